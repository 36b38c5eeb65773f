// What other extensions are told when sessions come, change and go, whoever brought it about.
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

describe('A change of sessions', () => {
  beforeEach(startAfresh);

  /** Changes that come from the provider. VS Code tells of a changed access too, with the account's label in place of the provider's. */
  const heard = async () => (await consumer.heard()).filter(label => label === 'ChatGPT').length;

  /** How many changes the consumer is told of in the course of something that brings at least one. */
  async function changesDuring(something: () => Promise<unknown>): Promise<number> {
    const before = await heard();
    await something();
    return await until('a change', async () => (await heard()) - before || undefined);
  }

  const labels = async () => (await authentication.getAccounts(providerId)).map(({ label }) => label);

  it('is told once when an account is signed in', async () => {
    assert.equal(await changesDuring(() => signIn('ada')), 1);
    assert.deepEqual(await labels(), [labelOf('ada')]);
  });

  it('is told once when a known account signs in again: same place, new token, the old session given back [R33]', async () => {
    await signInForConsumer(consumer, 'ada');
    const before = await consumer.getSession(scopes, { silent: true });
    const [session] = await liveSessions('ada');
    assert.equal(await changesDuring(() => signIn('ada')), 1);
    const after = await consumer.getSession(scopes, { silent: true });
    assert.deepEqual({ ...after, accessToken: '' }, { ...before, accessToken: '' });
    assert.notEqual(after?.accessToken, before?.accessToken);
    await until('the old session to be revoked', async () => (await liveSessions('ada')).length === 1);
    assert.notEqual((await liveSessions('ada'))[0]?.sessionId, session?.sessionId);
    assert.equal((await simulator.counts()).revoke, 1);
  });

  it('is told once when a token is renewed', async () => {
    await nextTokenIsShort();
    await signInForConsumer(consumer, 'ada');
    await untilDue(Date.now());
    assert.equal(await changesDuring(() => consumer.getSession(scopes, { silent: true })), 1);
    assert.equal((await simulator.counts()).refresh, 1);
  });

  it('is told once when an account is signed out in the Accounts menu, which also ends its session at the service', async () => {
    await signInForConsumer(consumer, 'ada');
    await changesDuring(() => signIn('ben'));
    assert.equal(await changesDuring(() => signOut(labelOf('ada'))), 1);
    assert.deepEqual(await labels(), [labelOf('ben')]);
    assert.equal(await consumer.getSession(scopes, { silent: true }), undefined);
    assert.equal((await simulator.counts()).revoke, 1);
    assert.deepEqual(await liveSessions('ada'), []);
    assert.equal((await liveSessions('ben')).length, 1);
  });

  it('takes the account away even where the service refuses to end its session [R32]', async () => {
    await signInForConsumer(consumer, 'ada');
    await simulator.fail({ route: 'revoke', fault: { status: 500 } });
    assert.equal(await changesDuring(() => signOut(labelOf('ada'))), 1);
    assert.deepEqual(await labels(), []);
    assert.equal(await consumer.getSession(scopes, { silent: true }), undefined);
    assert.equal((await liveSessions('ada')).length, 1);
  });

  it('takes the account away at once, not when the service has answered', async () => {
    await signInForConsumer(consumer, 'ada');
    await simulator.set({ revokeDelayMs: 3_000 });
    const before = await heard();
    const signingOut = signOut(labelOf('ada'));
    await until('a change', async () => (await heard()) > before);
    assert.equal((await liveSessions('ada')).length, 1, 'the service has not answered yet');
    await signingOut;
    assert.deepEqual(await liveSessions('ada'), []);
  });
});
