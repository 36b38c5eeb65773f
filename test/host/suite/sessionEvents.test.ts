// The events that other extensions get when sessions are added, changed and removed, whatever the cause.
import assert from 'node:assert/strict';
import { authentication } from 'vscode';
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
import { consumer } from './support/consumer.ts';
import { until } from './support/until.ts';

describe('The event for changed sessions', () => {
  beforeEach(startAfresh);

  /** The events of the provider. VS Code also fires one for changed access, with the account's label instead of the provider's. */
  const events = async () => (await consumer.heard()).filter(label => label === 'ChatGPT').length;

  /** The number of events during an action that fires at least one. */
  async function changesDuring(action: () => Promise<unknown>): Promise<number> {
    const before = await events();
    await action();
    return await until('a change', async () => (await events()) - before || undefined);
  }

  const labels = async () => (await authentication.getAccounts(providerId)).map(({ label }) => label);

  it('signing in fires one event', async () => {
    assert.equal(await changesDuring(() => signIn('ada')), 1);
    assert.deepEqual(await labels(), [labelOf('ada')]);
  });

  it('signing in to a known account again fires one event, replaces its access token and revokes nothing [R33]', async () => {
    await signInForConsumer(consumer, 'ada');
    const before = await consumer.getSession(scopes, { silent: true });
    assert.equal(await changesDuring(() => signIn('ada')), 1);
    const after = await consumer.getSession(scopes, { silent: true });
    assert.deepEqual({ ...after, accessToken: '' }, { ...before, accessToken: '' });
    assert.notEqual(after?.accessToken, before?.accessToken);
    assert.equal((await liveSessions('ada')).length, 2, 'the superseded session is dropped, not revoked');
    assert.equal((await simulator.counts()).revoke, 0);
  });

  it('refreshing an access token fires one event', async () => {
    await nextTokenIsShort();
    await signInForConsumer(consumer, 'ada');
    await untilDue(Date.now());
    assert.equal(await changesDuring(() => consumer.getSession(scopes, { silent: true })), 1);
    assert.equal((await simulator.counts()).refresh, 1);
  });

  it('signing out in the Accounts menu fires one event and revokes the session', async () => {
    await signInForConsumer(consumer, 'ada');
    await changesDuring(() => signIn('ben'));
    assert.equal(await changesDuring(() => signOut(labelOf('ada'))), 1);
    assert.deepEqual(await labels(), [labelOf('ben')]);
    assert.equal(await consumer.getSession(scopes, { silent: true }), undefined);
    assert.equal((await simulator.counts()).revoke, 1);
    assert.deepEqual(await liveSessions('ada'), []);
    assert.equal((await liveSessions('ben')).length, 1);
  });

  it('signing out removes the account even if the service refuses to revoke its session [R32]', async () => {
    await signInForConsumer(consumer, 'ada');
    await simulator.fail({ route: 'revoke', fault: { status: 500 } });
    assert.equal(await changesDuring(() => signOut(labelOf('ada'))), 1);
    assert.deepEqual(await labels(), []);
    assert.equal(await consumer.getSession(scopes, { silent: true }), undefined);
    assert.equal((await liveSessions('ada')).length, 1);
  });

  it('signing out removes the account before the service responds to the revocation', async () => {
    await signInForConsumer(consumer, 'ada');
    await simulator.set({ revokeDelayMs: 3_000 });
    const before = await events();
    const signingOut = signOut(labelOf('ada'));
    await until('a change', async () => (await events()) > before);
    assert.equal((await liveSessions('ada')).length, 1, 'the service has not answered yet');
    await signingOut;
    assert.deepEqual(await liveSessions('ada'), []);
  });
});
