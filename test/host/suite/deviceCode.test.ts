// Device code sign-in as other extensions see it.
import assert from 'node:assert/strict';
import { commands, window } from 'vscode';
import { configure, labelOf, panelTabs, scopes, signIn, simulator, startAfresh, selectEntry, withCodeOf } from './support/accounts.ts';
import { consumer } from './support/consumer.ts';
import { until } from './support/until.ts';

describe('Device code sign-in', () => {
  let restore: () => Promise<void>;

  before(async () => {
    restore = await configure({ signInMethod: 'deviceCode' });
  });

  after(() => restore());

  beforeEach(startAfresh);

  it('a device code sign-in gives another extension its session', async () => {
    await withCodeOf('ada', () => selectEntry(consumer));
    const session = await consumer.getSession(scopes, { silent: true });
    assert.equal(session?.account.label, labelOf('ada'));
    const issued = (await simulator.secrets()).filter(({ kind }) => kind === 'access_token').map(({ value }) => value);
    assert.ok(issued.includes(session.accessToken), 'the token is not one that the service gave out');
    const { authorize, deviceStart, code } = await simulator.counts();
    assert.deepEqual({ authorize, deviceStart, code }, { authorize: 0, deviceStart: 1, code: 1 });
    assert.deepEqual(panelTabs(), []);
  });

  it('concurrent sign-ins share one device code, one panel and one session', async () => {
    await withCodeOf('ada', async () => {
      const first = commands.executeCommand('chatgptSignIn.signIn');
      await until('the panel', () => panelTabs().length === 1);
      const signIns = [first, selectEntry(consumer), commands.executeCommand('chatgptSignIn.signInWithDeviceCode')];
      assert.equal(panelTabs().length, 1);
      await Promise.all(signIns);
    });
    assert.equal((await consumer.getSession(scopes, { silent: true }))?.account.label, labelOf('ada'));
    const { deviceStart, code } = await simulator.counts();
    assert.deepEqual({ deviceStart, code }, { deviceStart: 1, code: 1 });
    assert.equal((await simulator.sessions()).length, 1);
    await until('the panel to go', () => panelTabs().length === 0);
  });

  it('the command for device codes joins a sign-in in the browser, whoever runs it [R71]', async () => {
    await simulator.set({ autoApprove: 'ada', approveDelayMs: 1_000 });
    const first = commands.executeCommand('chatgptSignIn.signInWithBrowser');
    await until('the browser to come', async () => (await simulator.counts()).authorize === 1);
    await Promise.all([first, commands.executeCommand('chatgptSignIn.signInWithDeviceCode')]);
    const { deviceStart, code } = await simulator.counts();
    assert.deepEqual({ deviceStart, code }, { deviceStart: 0, code: 1 });
    assert.equal((await simulator.sessions()).length, 1);
  });

  it('closing the panel cancels the sign-in for all who wait, and the next sign-in starts anew', async () => {
    await simulator.set({ deviceInterval: 1 });
    const waiting = [commands.executeCommand('chatgptSignIn.signIn'), selectEntry(consumer)];
    await until('a poll', async () => (await simulator.counts()).devicePoll > 0);
    await window.tabGroups.close(panelTabs());
    // Both settle without an error: VS Code does not report a cancellation.
    await Promise.allSettled(waiting);
    assert.equal(await consumer.getSession(scopes, { silent: true }), undefined);
    assert.deepEqual(await simulator.sessions(), []);
    await restore();
    await signIn('ada');
    restore = await configure({ signInMethod: 'deviceCode' });
  });
});
