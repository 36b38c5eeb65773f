import { describe, expect, it } from 'vitest';
import { errorCodes } from '../../../src/base/errors.ts';
import { windowKinds } from '../../simulator/contract.ts';
import { texts as accountsTexts } from '../../../src/accounts/ui/texts.ts';
import { commonTexts } from '../../../src/shell/commonTexts.ts';
import { texts as signInTexts } from '../../../src/accounts/ui/signIn/texts.ts';
import { statusTexts } from '../../../src/usage/ui/statusTexts.ts';
import { texts as usagePanelTexts } from '../../../src/usage/ui/panel/texts.ts';
import { errorText, actionTitle } from '../../../src/shell/errorTexts.ts';
import { callbackTexts } from '../../../src/accounts/ui/signIn/callbackTexts.ts';
import { panelTexts } from '../../../src/accounts/ui/signIn/panelTexts.ts';
import { texts as usageTexts } from '../../../src/usage/ui/texts.ts';

describe('an error', () => {
  it.each(errorCodes)('has a sentence and a next step: %s', code => {
    const { message: sentence, action: next } = errorText(code);
    expect(sentence).toMatch(/^[A-Z][^{}]+\.$/);
    expect(actionTitle(next, code)).toMatch(/^[A-Z]/);
  });

  it('has a sentence of its own for each code', () => {
    expect(new Set(errorCodes.map(code => errorText(code).message)).size).toBe(errorCodes.length);
  });

  it.each([
    ['addressNotSecure', 'openSettings'],
    ['addressInvalid', 'openSettings'],
    ['certificateNotTrusted', 'openSettings'],
    ['proxyFailed', 'openSettings'],
    ['vaultNewer', 'reloadWindow'],
    ['extensionOutdated', 'updateExtension'],
    ['secretStoreUnavailable', 'reloadWindow'],
    ['unexpected', 'diagnose'],
    ['timedOut', 'retry'],
    ['signedOut', 'retry'],
    ['deviceCodeDisabled', 'openSecuritySettings'],
    ['deviceCodeNotOffered', 'otherMethod'],
    ['settingsIncomplete', 'openSettings'],
    ['browserNotOpened', 'otherMethod'],
  ] as const)('leads to where it can be mended: %s to %s', (code, next) => {
    expect(errorText(code).action).toBe(next);
  });
});

describe('the page in the browser', () => {
  it('says that it worked', () => {
    expect(callbackTexts.signedIn()).toMatchObject({ mood: 'good', language: 'en', title: "You're signed in" });
  });

  it.each(errorCodes)('says what went wrong, and to go back to VS Code: %s [R12]', code => {
    const { mood, paragraphs } = callbackTexts.failed(code);
    expect(mood).toBe('bad');
    expect(paragraphs[0]).toBe(errorText(code).message);
    expect(paragraphs.at(-1)).toContain('go back to VS Code');
  });

  it('tells strangers and latecomers apart', () => {
    expect(callbackTexts.otherSignIn().title).not.toBe(callbackTexts.alreadyFinishing().title);
    expect([callbackTexts.otherSignIn().mood, callbackTexts.alreadyFinishing().mood]).toEqual(['bad', 'bad']);
  });
});

describe('a window', () => {
  it.each([
    ['5h', undefined, '5h', '5-hour limit'],
    ['daily', undefined, 'day', 'Daily limit'],
    ['weekly', undefined, 'wk', 'Weekly limit'],
    ['monthly', undefined, 'mo', 'Monthly limit'],
    ['annual', undefined, 'yr', 'Annual limit'],
    ['unknown', undefined, 'limit', 'Usage limit'],
    ['other', 3 * 86_400, '3d', '3d limit'],
    ['other', 9 * 3_600, '9h', '9h limit'],
    ['other', 900, '15m', '15m limit'],
    ['other', 61, '2m', '2m limit'],
  ] as const)('%s of %s seconds is called %s and %s', (kind, seconds, short, name) => {
    expect(usageTexts.windowShort(kind, seconds)).toBe(short);
    expect(usageTexts.windowName(kind, seconds)).toBe(name);
    expect(usageTexts.windowInSentence(kind, seconds)).toBe(name.toLowerCase());
  });

  it('has a name for each that the service has', () => {
    for (const kind of windowKinds) expect(usageTexts.windowShort(kind, undefined)).not.toBe('');
  });
});

/** What is put into a text that takes none, or up to three names. */
const all = [accountsTexts, commonTexts, panelTexts, signInTexts, statusTexts, usagePanelTexts, usageTexts];
const plain = all
  .flatMap(texts => Object.entries<unknown>(texts))
  .filter((entry): entry is [string, (...names: string[]) => unknown] => typeof entry[1] === 'function')
  .filter(([name]) => !/^(window|allowance$|savedResets|historyExported|(minutes|seconds)Left)/.test(name));

it.each(plain)('%s is whole, with all that is put into it', (_name, text) => {
  const filled = String(Reflect.apply(text, undefined, ['first', 'second', 'third']));
  expect(filled).not.toMatch(/[{}]|undefined/);
  expect(filled.trim()).not.toBe('');
  for (const name of ['first', 'second', 'third'].slice(0, text.length)) expect(filled).toContain(name);
});

it('the countdown of a code keeps its place for the number, which the panel fills in', () => {
  expect(panelTexts.minutesLeft()).toContain('{0}');
  expect(panelTexts.secondsLeft()).toContain('{0}');
});
