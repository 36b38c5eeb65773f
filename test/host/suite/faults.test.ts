// What extensions and people get when the service fails.
import assert from 'node:assert/strict';
import { authentication } from 'vscode';
import {
  labelOf,
  nextTokenIsShort,
  providerId,
  scopes,
  signIn,
  signInForConsumer,
  simulator,
  startAfresh,
  trySignIn,
  untilDue,
  untilExpired,
} from './support/accounts.ts';
import { consumer } from './support/consumer.ts';
import type { Fault } from '../../simulator/client.ts';

describe('A session when the service fails', () => {
  beforeEach(startAfresh);

  /** Seconds: the token is refreshed after half of them, and the other half is enough for a slow machine. */
  const life = 8;

  /** Signs in with an access token that is valid and due for a refresh. */
  async function signInWithTokenThatIsDue(): Promise<string> {
    await nextTokenIsShort(life);
    await signInForConsumer(consumer, 'ada');
    const signedInAt = Date.now();
    const session = await consumer.getSession(scopes, { silent: true });
    assert.ok(session);
    await untilDue(signedInAt, life);
    return session.accessToken;
  }

  const passing: [string, Fault][] = [
    ['responds to a refresh with 500', { status: 500 }],
    ['drops the connection', 'drop'],
    ['is behind a network filter', 'html'],
  ];
  for (const [what, fault] of passing) {
    it(`a valid access token is handed out while the service ${what}`, async () => {
      const token = await signInWithTokenThatIsDue();
      await simulator.fail({ route: 'refresh', fault });
      const session = await consumer.getSession(scopes, { silent: true });
      assert.equal(session?.accessToken, token);
      assert.equal((await simulator.counts()).refresh, 1);
    });
  }

  it('an expired session lasts as long as its access token, then gives extensions nothing, and the account stays and can sign in again', async () => {
    const token = await signInWithTokenThatIsDue();
    await simulator.endSession('ada');
    assert.equal((await consumer.getSession(scopes, { silent: true }))?.accessToken, token);
    await untilExpired(Date.now(), life);
    assert.equal(await consumer.getSession(scopes, { silent: true }), undefined);
    assert.equal(await consumer.getSession(scopes, { silent: true }), undefined);
    assert.equal((await simulator.counts()).refresh, 1, 'a refresh token of an expired session is not sent again');
    const accounts = await authentication.getAccounts(providerId);
    assert.deepEqual(
      accounts.map(({ label }) => label),
      [labelOf('ada')],
    );
    await signIn('ada');
    const session = await consumer.getSession(scopes, { silent: true });
    assert.ok(session && session.accessToken !== token);
    assert.equal(session.account.label, labelOf('ada'));
  });

  it('an expired session leaves the other account signed in', async () => {
    await signInForConsumer(consumer, 'ben');
    await signInWithTokenThatIsDue();
    await simulator.endSession('ada');
    await untilExpired(Date.now(), life);
    const [ada, ben] = [...(await consumer.getAccounts())].sort((a, b) => a.label.localeCompare(b.label));
    assert.ok(ada && ben);
    assert.equal(await consumer.getSession(scopes, { silent: true, account: ada }), undefined);
    assert.equal((await consumer.getSession(scopes, { silent: true, account: ben }))?.account.label, labelOf('ben'));
  });

  it('a code that the service refuses adds no account, and the next sign-in succeeds', async () => {
    await simulator.fail({ route: 'token', fault: { status: 500 } });
    await trySignIn('ada');
    assert.equal((await simulator.counts()).code, 1);
    assert.deepEqual(await authentication.getAccounts(providerId), []);
    await signIn('ada');
    assert.equal((await authentication.getAccounts(providerId)).length, 1);
  });
});
