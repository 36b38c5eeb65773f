// A second window of the same browser, in which VS Code shows dialogs; it refuses to in the window of the tests.
import assert from 'node:assert/strict';
import { authentication, type AuthenticationGetSessionOptions } from 'vscode';
import {
  labelOf,
  liveSessions,
  nextTokenIsShort,
  providerId,
  scopes,
  signIn,
  signInForConsumer,
  signOut,
  simulator,
  startAfresh,
  untilDue,
} from './support/accounts.ts';
import { consumer as here, consumerOfNewWindow, type Consumer } from './support/consumer.ts';
import { until } from './support/until.ts';
import { openSecondWindow } from './support/secondWindow.ts';
import { describeWindows, testWindow, type WorkbenchWindow } from './support/window.ts';

describeWindows('In a second window', () => {
  let there: Consumer;
  let second: WorkbenchWindow;

  before(async () => {
    ({ second, there } = await openSecondWindow());
  });

  after(async () => {
    await second.close();
  });

  beforeEach(async () => {
    await startAfresh();
    await second.statusSays('ChatGPT: Sign in');
    await there.runCommand('notifications.clearAll');
    await there.runCommand('workbench.action.closeAllEditors');
  });

  const labels = async () => (await authentication.getAccounts(providerId)).map(({ label }) => label);

  describe('another extension', () => {
    const wants = "The extension 'Consumer' wants to sign in using ChatGPT";
    const wantsAgain = "The extension 'Consumer' wants you to sign in again using ChatGPT";

    /** Requests a session in the second window, and answers VS Code's dialog with this button. */
    async function askAndAnswer(options: AuthenticationGetSessionOptions, question: string, button: string) {
      const asked = there.getSession(scopes, options);
      asked.catch(() => undefined);
      assert.match(await second.dialog(), new RegExp(question));
      await second.click(button);
      return await asked;
    }

    async function signInAda() {
      await simulator.set({ autoApprove: 'ada' });
      const session = await askAndAnswer({ createIfNone: true }, wants, 'Allow');
      assert.ok(session);
      return session;
    }

    it('a silent request opens no dialog [R37]', async () => {
      assert.equal(await there.getSession(scopes, { silent: true }), undefined);
      assert.deepEqual((await second.text()).dialogs, []);
    });

    it('an extension that the person allows to sign in gets its session, and gets it silently from then on', async () => {
      const session = await signInAda();
      assert.equal(session.account.label, labelOf('ada'));
      assert.deepEqual(session.scopes, scopes);
      assert.deepEqual(await there.getSession(scopes, { silent: true }), session);
      assert.deepEqual(await there.getSession(scopes, { createIfNone: true }), session);
      const { authorize, code, refresh } = await simulator.counts();
      assert.deepEqual({ authorize, code, refresh }, { authorize: 1, code: 1, refresh: 0 });
      assert.deepEqual(await labels(), [labelOf('ada')]);
    });

    it('a request whose dialog the person cancels fails, and no sign-in starts [R36]', async () => {
      await simulator.set({ autoApprove: 'ada' });
      await assert.rejects(askAndAnswer({ createIfNone: true }, wants, 'Cancel'), /did not consent/);
      assert.equal((await simulator.counts()).authorize, 0);
      assert.deepEqual(await labels(), []);
    });

    it('forceNewSession signs the same account in again and revokes nothing', async () => {
      const session = await signInAda();
      const again = await askAndAnswer({ forceNewSession: true }, wantsAgain, 'Allow');
      assert.equal(again?.id, session.id);
      assert.notEqual(again.accessToken, session.accessToken);
      const { code, revoke } = await simulator.counts();
      assert.deepEqual({ code, revoke }, { code: 2, revoke: 0 });
    });

    it('forceNewSession with an account signs in that account again', async () => {
      const ada = await signInAda();
      await signIn('ben');
      await simulator.set({ autoApprove: 'ada' });
      const again = await askAndAnswer({ forceNewSession: true, account: ada.account }, wantsAgain, 'Allow');
      assert.deepEqual(again?.account, ada.account);
      assert.deepEqual((await labels()).sort(), [labelOf('ada'), labelOf('ben')]);
    });

    it('a sign-in with another account than requested fails, says so, and gives its session back [R70]', async () => {
      const ada = await signInAda();
      await simulator.set({ autoApprove: 'ben' });
      const asked = askAndAnswer({ forceNewSession: true, account: ada.account }, wantsAgain, 'Allow');
      await assert.rejects(asked, /You signed in with a different account than requested/);
      assert.deepEqual(await labels(), [labelOf('ada')]);
      await until('the other session to be revoked', async () => (await liveSessions('ben')).length === 0);
      const all = await simulator.sessions({ all: true });
      assert.ok(all.some(({ account, revoked }) => account === 'ben' && revoked !== undefined));
      assert.deepEqual(await there.getSession(scopes, { silent: true }), ada);
      await second.panelSays('You signed in with a different account than requested.');
      assert.deepEqual((await second.text()).dialogs, []);
    });
  });

  describe('the status bar', () => {
    it('a sign-in and a sign-out in the other window show within moments', async () => {
      await signIn('ada');
      await second.statusSays(/^Plus/);
      await signOut(labelOf('ada'));
      await second.statusSays('ChatGPT: Sign in');
    });
  });

  describe('the command Sign Out', () => {
    beforeEach(async () => {
      await signInForConsumer(here, 'ada');
      await second.statusSays(/^Plus/);
      await second.command('ChatGPT: Sign Out');
      assert.match(await second.dialog(), new RegExp(`Sign out of ${labelOf('ada').replace(/[().]/g, '\\$&')}\\?`));
    });

    it('confirming the dialog signs the account out in every window and revokes its session', async () => {
      assert.ok(await here.getSession(scopes, { silent: true }));
      const before = (await here.heard()).length;
      await second.click('Sign Out');
      await until('the account to go', async () => (await labels()).length === 0);
      assert.deepEqual((await second.text()).dialogs, []);
      assert.ok((await here.heard()).length > before, 'the other window got no event');
      assert.equal(await here.getSession(scopes, { silent: true }), undefined);
      await until('the revocation', async () => (await liveSessions('ada')).length === 0);
      assert.equal((await simulator.counts()).revoke, 1);
      await testWindow.statusSays('ChatGPT: Sign in');
      await second.statusSays('ChatGPT: Sign in');
    });

    it('cancelling the dialog leaves the account signed in', async () => {
      await second.click('Cancel');
      await until('the dialog to go', async () => (await second.text()).dialogs.length === 0);
      assert.deepEqual(await labels(), [labelOf('ada')]);
      assert.equal((await liveSessions('ada')).length, 1);
      assert.equal((await simulator.counts()).revoke, 0);
    });
  });

  it('an access token that expires soon is refreshed once for both windows', async () => {
    await simulator.set({ autoApprove: 'ada' });
    await nextTokenIsShort();
    await signInForConsumer(here, 'ada');
    const signedInAt = Date.now();
    const before = await here.getSession(scopes, { silent: true });
    await until('the access there', async () => (await there.getSession(scopes, { silent: true })) !== undefined);
    await untilDue(signedInAt);
    const asked = [here, there, here, there].map((consumer, index) => consumer.getSession([`scope-${index}`], { silent: true }));
    const tokens = new Set((await Promise.all(asked)).map(session => session?.accessToken));
    assert.equal(tokens.size, 1);
    assert.ok(!tokens.has(undefined) && !tokens.has(before?.accessToken), 'the token was not renewed');
    assert.equal((await simulator.counts()).refresh, 1);
  });

  it('a session is available after the window reloads, without a token request', async () => {
    await signInForConsumer(here, 'ada');
    const session = await here.getSession(scopes, { silent: true });
    await second.statusSays(/^Plus/);
    const before = await simulator.counts();
    there = await consumerOfNewWindow(() => second.reload());
    await second.statusSays(/^Plus · .* left$/);
    assert.deepEqual(await there.getSession(scopes, { silent: true }), session);
    const { authorize, code, refresh, revoke } = await simulator.counts();
    assert.deepEqual({ authorize, code, refresh, revoke }, { authorize: before.authorize, code: before.code, refresh: 0, revoke: 0 });
  });
});
