import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../../../../src/base/errors.ts';
import { errorCodes } from '../../../../../src/base/errors.ts';
import type { SignInMethod } from '../../../../../src/oauth/flows.ts';
import { drawQr as drawReal } from '../../../../../src/accounts/ui/signIn/qr.ts';
import type { PanelView, SignInState } from '../../../../../src/accounts/ui/signIn/signInView.ts';
import { panelActions, signInView } from '../../../../../src/accounts/ui/signIn/signInView.ts';
import { errorText } from '../../../../../src/shell/errorTexts.ts';

const drawQr = (text: string) => ({ size: text.length, path: 'M0 0h1v1h-1z' });
const view = (state: SignInState, notice?: string): PanelView => signInView(state, drawQr, notice);

const url = 'https://auth.openai.com/oauth/authorize?state=the-secret-state&code_challenge=the-challenge';
const page = 'https://auth.openai.com/codex/device';
const userCode = 'AB1C-D2EFG';
const expiresAt = Date.parse('2026-11-23T16:15:00Z');

const cancel = { action: 'cancel', title: 'Cancel' };
const useBrowser = { action: 'browser', title: 'Use the Browser' };
const useDeviceCode = { action: 'deviceCode', title: 'Use a Device Code' };
const showLog = { action: 'showLog', title: 'Show Log' };

const browser = (more: Partial<Extract<SignInState, { kind: 'browser' }>> = {}): SignInState => ({
  kind: 'browser',
  url,
  canSubmitUrl: true,
  others: [],
  ...more,
});
const device = (others: readonly SignInMethod[] = []): SignInState => ({
  kind: 'deviceCode',
  userCode,
  verificationUri: page,
  expiresAt,
  requiresOptIn: true,
  others,
});

const waitingForBrowser = {
  title: 'Waiting for your browser',
  isFailure: false,
  isWaiting: true,
  paragraphs: ['Sign in on the page that opened. If no page opened, copy the link and open it in a browser on this computer.'],
  input: {
    label: 'Is your browser on another computer?',
    hint: "Then the sign-in ends on a page that can't be displayed. Copy its URL from the address bar and paste it here, or use a device code.",
    submit: 'Paste URL',
  },
  buttons: [{ action: 'copyLink', title: 'Copy Link', isPrimary: true }, useDeviceCode, cancel],
};

describe('the sign-in panel', () => {
  it('the panel says that the sign-in is being prepared', () => {
    expect(view({ kind: 'preparing' })).toEqual({
      title: 'Preparing sign-in…',
      isFailure: false,
      isWaiting: true,
      paragraphs: [],
      buttons: [cancel],
    });
  });

  it('the panel waits for the browser, and offers every other step', () => {
    expect(view(browser({ others: ['deviceCode'] }))).toEqual(waitingForBrowser);
  });

  it('the panel offers no device code if the service has none', () => {
    expect(view(browser())).toEqual({ ...waitingForBrowser, buttons: [waitingForBrowser.buttons[0], cancel] });
  });

  it('the panel has no field for a redirect URL if none can be submitted', () => {
    const { input, ...others } = waitingForBrowser;
    expect(input).toBeDefined();
    expect(view(browser({ others: ['deviceCode'], canSubmitUrl: false }))).toEqual(others);
  });

  it('the panel says that the browser did not open, and what to do', () => {
    expect(view(browser({ others: ['deviceCode'], error: 'browserNotOpened' }))).toEqual({
      ...waitingForBrowser,
      paragraphs: ["Couldn't open your browser. Copy the link and open it yourself.", ...waitingForBrowser.paragraphs],
    });
  });

  it.each([
    ['callbackIncomplete', 'This URL contains no sign-in code: it is not that of the last sign-in page.'],
    ['stateMismatch', 'This URL belongs to an earlier sign-in. Use the URL of the most recent page.'],
  ] as const)('the panel says at the field what is wrong with a redirect URL: %s', (code, message) => {
    expect(view(browser({ others: ['deviceCode'], error: code }))).toEqual({
      ...waitingForBrowser,
      input: { ...waitingForBrowser.input, error: message },
    });
  });

  it('the panel mentions no setting of ChatGPT if the service does not require one', () => {
    const { paragraphs } = view({ kind: 'deviceCode', userCode, verificationUri: page, expiresAt, requiresOptIn: false, others: [] });
    expect(paragraphs).toHaveLength(2);
    expect(paragraphs.join(' ')).not.toContain('ChatGPT');
  });

  it('the panel shows a device code with its page, QR code, expiry and warnings [R27] [R28]', () => {
    expect(view(device(['browser']))).toEqual({
      title: 'Enter this code on the sign-in page',
      isFailure: false,
      isWaiting: true,
      paragraphs: [
        'Open the page on any device, sign in, and enter the code. VS Code continues automatically.',
        "Device codes must be turned on in ChatGPT's security settings. A workspace can turn them off.",
        "This code is for you only. Don't share it, and never enter a code that someone else gave you.",
      ],
      code: { text: userCode, spoken: 'A B 1 C hyphen D 2 E F G', label: 'Your code' },
      link: {
        address: page,
        label: 'Sign-in page:',
        picture: { size: page.length, path: 'M0 0h1v1h-1z', label: `QR code for ${page}` },
      },
      expiry: {
        at: expiresAt,
        minutes: 'The code expires in {0} minutes.',
        seconds: 'The code expires in {0} seconds.',
        over: 'The code has expired.',
      },
      buttons: [
        { action: 'copyCodeAndOpenPage', title: 'Copy Code and Open Page', isPrimary: true },
        { action: 'copyCode', title: 'Copy Code' },
        { action: 'openPage', title: 'Open Page' },
        useBrowser,
        cancel,
      ],
    });
  });

  it('the panel shows an error with one action, the other methods and the log', () => {
    expect(view({ kind: 'failed', error: { code: 'portsBusy' }, others: ['deviceCode'] })).toEqual({
      title: "You're not signed in",
      isFailure: true,
      isWaiting: false,
      paragraphs: ['Other programs are using both redirect ports (1455 and 1457). Close one of them, then try again.'],
      buttons: [{ action: 'retry', title: 'Try Again', isPrimary: true }, useDeviceCode, showLog],
    });
  });

  it.each<[ErrorCode, string]>([
    ['codeExpired', 'Get a New Code'],
    ['signedOut', 'Sign In Again'],
    ['timedOut', 'Try Again'],
    ['deviceCodeDisabled', 'Open Security Settings'],
    ['certificateNotTrusted', 'Open Settings'],
    ['settingsIncomplete', 'Open Settings'],
    ['keyMissing', 'Reload Window'],
  ])('the panel names the action after %s by what it does: %s', (error, title) => {
    expect(view({ kind: 'failed', error: { code: error }, others: [] }).buttons[0]).toMatchObject({ title, isPrimary: true });
  });

  it('the panel shows the notice of the first sign-in in every state, and otherwise none', () => {
    for (const state of states) {
      expect(view(state, 'This extension is unofficial.')).toEqual({ ...view(state), notice: 'This extension is unofficial.' });
      expect(view(state)).not.toHaveProperty('notice');
    }
  });
});

const states: SignInState[] = [
  { kind: 'preparing' },
  browser(),
  browser({ others: ['deviceCode'], error: 'stateMismatch' }),
  device(),
  device(['browser']),
  ...errorCodes.map((error): SignInState => ({ kind: 'failed', error: { code: error }, others: ['browser', 'deviceCode'] })),
];

describe('an error in the sign-in panel', () => {
  it.each(errorCodes)('the error %s has a message and an action', error => {
    for (const others of [['browser'], ['deviceCode'], []] satisfies SignInMethod[][]) {
      const { paragraphs, buttons, isFailure, isWaiting } = view({ kind: 'failed', error: { code: error }, others });
      expect([isFailure, isWaiting]).toEqual([true, false]);
      expect(paragraphs).toHaveLength(1);
      expect(paragraphs[0]).toMatch(/^[A-Z].{15,}\.$/);
      expect(buttons.at(-1)).toEqual(showLog);
      // The action is the first button; without one it is another method by its name, or the log, which is there anyway.
      const { action = buttons[0]?.action } = errorText({ code: error });
      expect(buttons.find(each => each.action === action)?.title).toMatch(/\w/);
      expect(new Set(buttons.map(({ action }) => action)).size).toBe(buttons.length);
      for (const { action } of buttons) expect(panelActions).toContain(action);
      expect(buttons.filter(({ isPrimary }) => isPrimary).length).toBeLessThan(2);
    }
  });

  it('no two errors have the same message', () => {
    const sentences = errorCodes.map(code => errorText({ code }).message);
    expect(new Set(sentences).size).toBe(sentences.length);
  });

  it('an error whose cause lies elsewhere names the setting or the place that helps', () => {
    const named = (code: ErrorCode, words: string) => {
      expect(errorText({ code }).message).toContain(words);
    };
    named('certificateNotTrusted', 'http.systemCertificates');
    named('proxyFailed', 'http.proxy');
    named('wrongWorkspace', 'chatgptSignIn.allowedWorkspace');
    named('settingsIncomplete', 'chatgptSignIn.issuer');
    named('settingsIncomplete', 'chatgptSignIn.clientId');
    named('portsBusy', '1455');
    named('deviceCodeDisabled', "ChatGPT's security settings");
  });
});

describe('the secrets of a sign-in', () => {
  it('no view has a secret but the user code, which only its own panel shows [R1] [R29]', () => {
    for (const state of states) {
      const drawn = JSON.stringify(view(state, 'notice'));
      for (const secret of ['the-secret-state', 'the-challenge', url]) expect(drawn).not.toContain(secret);
      expect(drawn.includes(userCode)).toBe(state.kind === 'deviceCode');
    }
  });

  it('a device code is in its view as text and as speech, and nowhere else [R29]', () => {
    const { code, ...rest } = view(device(['browser']));
    expect(code).toEqual({ text: userCode, spoken: 'A B 1 C hyphen D 2 E F G', label: 'Your code' });
    expect(JSON.stringify(rest)).not.toContain('AB1C');
  });

  it('the QR code has the page alone, without the user code', () => {
    const drawn: string[] = [];
    signInView(device(), text => {
      drawn.push(text);
      return { size: 1, path: '' };
    });
    expect(drawn).toEqual([page]);
  });
});

describe('the speech of a user code', () => {
  it.each([
    ['ABCD-EFGH', 'A B C D hyphen E F G H'],
    ['12345678', '1 2 3 4 5 6 7 8'],
    ['A-B-C', 'A hyphen B hyphen C'],
    ['', ''],
  ])('the user code %j is spelled letter by letter: %j [R27]', (code, spoken) => {
    expect(
      view({ kind: 'deviceCode', userCode: code, verificationUri: page, expiresAt, requiresOptIn: false, others: [] }).code,
    ).toMatchObject({
      text: code,
      spoken,
    });
  });
});

it('the QR code of a page is a square that contains all its modules', () => {
  const { size, path } = drawReal(page);
  expect(size).toBeGreaterThan(20);
  const modules = [...path.matchAll(/M(\d+) (\d+)h1v1h-1z/g)].map(([, x, y]) => [Number(x), Number(y)] as const);
  expect(modules.map(([x, y]) => `M${String(x)} ${String(y)}h1v1h-1z`).join('')).toBe(path);
  expect(modules.length).toBeGreaterThan(size);
  for (const [x, y] of modules) expect(Math.max(x, y)).toBeLessThan(size);
});
