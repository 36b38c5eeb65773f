import { describe, expect, it } from 'vitest';
import { errorCodes } from '../../../src/base/errors.ts';
import { windowKinds } from '../../simulator/contract.ts';
import { texts as accountsTexts } from '../../../src/accounts/ui/texts.ts';
import { commonTexts } from '../../../src/shell/commonTexts.ts';
import { texts as signInTexts } from '../../../src/accounts/ui/signIn/texts.ts';
import { statusTexts } from '../../../src/usage/ui/statusTexts.ts';
import { texts as usagePanelTexts } from '../../../src/usage/ui/panel/texts.ts';
import { actionTitle } from '../../../src/shell/errorActions.ts';
import { errorText } from '../../../src/shell/errorTexts.ts';
import { callbackTexts } from '../../../src/accounts/ui/signIn/callbackTexts.ts';
import { panelTexts } from '../../../src/accounts/ui/signIn/panelTexts.ts';
import { texts as usageTexts } from '../../../src/usage/ui/texts.ts';

describe('error texts', () => {
  it.each(errorCodes)('the error %s has a message and an action', code => {
    const { message, action = 'showLog' } = errorText({ code });
    expect(message).toMatch(/^[A-Z][^{}]+\.$/);
    expect(actionTitle(action, code)).toMatch(/^[A-Z]/);
  });

  it.each(errorCodes)('the error %s does not say that nobody is signed in: other accounts may be', code => {
    expect(errorText({ code }).message).not.toMatch(/You're not signed in|signed out of it/);
  });

  it('no two error codes share a message', () => {
    expect(new Set(errorCodes.map(code => errorText({ code }).message)).size).toBe(errorCodes.length);
  });

  it.each([
    ['addressNotSecure', 'openSettings'],
    ['addressInvalid', 'openSettings'],
    ['certificateNotTrusted', 'openNetworkSettings'],
    ['proxyFailed', 'openNetworkSettings'],
    ['vaultNewer', 'reloadWindow'],
    ['extensionOutdated', 'updateExtension'],
    ['secretStoreUnavailable', 'reloadWindow'],
    ['unexpected', 'diagnose'],
    ['timedOut', 'retry'],
    ['signedOut', 'retry'],
    ['deviceCodeDisabled', 'openSecuritySettings'],
    ['deviceCodeNotOffered', undefined],
    ['settingsIncomplete', 'openSettings'],
    ['browserNotOpened', undefined],
  ] as const)('the error %s leads to the action %s', (code, next) => {
    expect(errorText({ code }).action).toBe(next);
  });
});

describe('texts of the callback page', () => {
  it('a successful sign-in shows a page that says so', () => {
    expect(callbackTexts.signedIn()).toMatchObject({ mood: 'good', language: 'en', title: "You're signed in" });
  });

  it.each(errorCodes)('a failed sign-in shows a page with the error message and the way back to VS Code: %s [R12]', code => {
    const { mood, paragraphs } = callbackTexts.failed({ code });
    expect(mood).toBe('bad');
    expect(paragraphs[0]).toBe(errorText({ code }).message);
    expect(paragraphs.at(-1)).toContain('go back to VS Code');
  });

  it('a redirect of another sign-in and one that comes twice show different error pages', () => {
    expect(callbackTexts.otherSignIn().title).not.toBe(callbackTexts.alreadyFinishing().title);
    expect([callbackTexts.otherSignIn().mood, callbackTexts.alreadyFinishing().mood]).toEqual(['bad', 'bad']);
  });
});

describe('names of usage windows', () => {
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
  ] as const)('a window of kind %s and length %s is called %s and %s', (kind, seconds, short, name) => {
    expect(usageTexts.windowShort(kind, seconds)).toBe(short);
    expect(usageTexts.windowName(kind, seconds)).toBe(name);
    expect(usageTexts.windowInSentence(kind, seconds)).toBe(name.toLowerCase());
  });

  it('every kind of window has a short name', () => {
    for (const kind of windowKinds) expect(usageTexts.windowShort(kind, undefined)).not.toBe('');
  });
});

/** Texts with no argument or up to three names. */
const all = [accountsTexts, commonTexts, panelTexts, signInTexts, statusTexts, usagePanelTexts, usageTexts];
const plain = all
  .flatMap(texts => Object.entries<unknown>(texts))
  .filter((entry): entry is [string, (...names: string[]) => unknown] => typeof entry[1] === 'function')
  .filter(([name]) => !/^(window|allowance$|savedResets|historyExported|(minutes|seconds)Left)/.test(name));

it.each(plain)('the text %s is complete with its arguments filled in', (_name, text) => {
  const filled = String(Reflect.apply(text, undefined, ['first', 'second', 'third']));
  expect(filled).not.toMatch(/[{}]|undefined/);
  expect(filled.trim()).not.toBe('');
  for (const name of ['first', 'second', 'third'].slice(0, text.length)) expect(filled).toContain(name);
});

it('the countdown of a device code keeps the placeholder that the panel fills in', () => {
  expect(panelTexts.minutesLeft()).toContain('{0}');
  expect(panelTexts.secondsLeft()).toContain('{0}');
});
