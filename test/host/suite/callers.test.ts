// What another extension gets when it requests a session, as far as no dialog comes before it; secondWindow.test.ts has those.
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
  simulator,
  startAfresh,
  untilDue,
} from './support/accounts.ts';
import { consumer } from './support/consumer.ts';

describe('A session for another extension', () => {
  beforeEach(startAfresh);

  it('a silent request without accounts returns nothing and opens no dialog [R37]', async () => {
    // A dialog would throw: during tests, VS Code refuses to show any in this window.
    assert.equal(await consumer.getSession(scopes, { silent: true }), undefined);
    assert.deepEqual(await consumer.getAccounts(), []);
    const counts = await simulator.counts();
    assert.deepEqual(counts, { authorize: 0, code: 0, refresh: 0, revoke: 0, usage: 0, deviceStart: 0, devicePoll: 0, api: 0, other: 0 });
  });

  it('a silent request for an account that the extension has no access to returns nothing [R36]', async () => {
    await signIn('ada');
    assert.equal(await consumer.getSession(scopes, { silent: true }), undefined);
  });

  it("a sign-in from the extension's entry in the Accounts menu gives it a session with the service's access token", async () => {
    await signInForConsumer(consumer, 'ada');
    const session = await consumer.getSession(scopes, { silent: true });
    assert.ok(session);
    assert.equal(session.account.label, labelOf('ada'));
    assert.match(session.id, /^http:.+#user-SimulatedAda\/[0-9a-f-]{36}$/);
    assert.equal(session.account.id, session.id);
    const issued = (await simulator.secrets()).filter(({ kind }) => kind === 'access_token').map(({ value }) => value);
    assert.ok(issued.includes(session.accessToken), 'the token is not one that the service gave out');
    assert.equal((await simulator.counts()).code, 1);
  });

  it('a session has exactly the scopes of the request, whatever their order and names', async () => {
    await signInForConsumer(consumer, 'ada');
    for (const requested of [['email', 'openid'], ['openid', 'email'], ['profile'], ['openid', 'openid'], ['of-its-own'], []]) {
      const session = await consumer.getSession(requested, { silent: true });
      assert.deepEqual(session?.scopes, requested);
    }
  });

  it('a repeated request returns the same session without a request to the service', async () => {
    await signInForConsumer(consumer, 'ada');
    const first = await consumer.getSession(scopes, { silent: true });
    const before = await simulator.counts();
    const again = await consumer.getSession(scopes, { silent: true });
    assert.deepEqual(again, first);
    const passively = await consumer.getSession(scopes);
    assert.deepEqual(passively, first);
    // The usage of the new account may be read meanwhile.
    const after = await simulator.counts();
    assert.deepEqual({ ...after, usage: 0 }, { ...before, usage: 0 });
  });

  it('a request that names an account returns the session of that account', async () => {
    await signInForConsumer(consumer, 'ada');
    await signInForConsumer(consumer, 'ben');
    const accounts = await consumer.getAccounts();
    assert.deepEqual(accounts.map(({ label }) => label).sort(), [labelOf('ada'), labelOf('ben')]);
    const tokens = new Set<string>();
    for (const account of [...accounts, ...accounts]) {
      const session = await consumer.getSession(scopes, { silent: true, account });
      assert.deepEqual(session?.account, account);
      tokens.add(session.accessToken);
    }
    assert.equal(tokens.size, 2);
  });

  it('a request for an account that is not signed in returns nothing, even with another account signed in [R36]', async () => {
    await signInForConsumer(consumer, 'ada');
    const account = { id: 'user-Nobody/none', label: 'nobody@example.com' };
    assert.equal(await consumer.getSession(scopes, { silent: true, account }), undefined);
  });

  it('two workspaces of one person are two accounts', async () => {
    await signIn('sam', 'personal');
    await signIn('sam', 'team');
    const accounts = await authentication.getAccounts(providerId);
    assert.equal(new Set(accounts.map(({ id }) => id)).size, 2);
    const [personal, team] = accounts.map(({ label }) => label).sort();
    assert.deepEqual([labelOf('sam'), labelOf('sam', 'team')].sort(), [personal, team].sort());
    assert.equal((await liveSessions('sam')).length, 2);
  });

  it('concurrent requests for an access token that expires soon share one refresh', async () => {
    await nextTokenIsShort();
    await signInForConsumer(consumer, 'ada');
    const signedInAt = Date.now();
    const old = await consumer.getSession(scopes, { silent: true });
    await untilDue(signedInAt);
    const requested = [scopes, ['openid'], ['profile'], ['email'], ['of-its-own']];
    const sessions = await Promise.all(requested.map(each => consumer.getSession(each, { silent: true })));
    const tokens = new Set(sessions.map(session => session?.accessToken));
    assert.equal(tokens.size, 1);
    assert.ok(!tokens.has(undefined) && !tokens.has(old?.accessToken), 'the token was not renewed');
    assert.equal((await simulator.counts()).refresh, 1);
    assert.deepEqual(
      (await liveSessions('ada')).map(({ generation }) => generation),
      [1],
    );
  });
});
