// What callers and people are left with when the service fails.
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
} from './support/accounts.ts';
import { consumer } from './support/consumer.ts';
import type { Fault } from '../../simulator/client.ts';

describe('When the service fails', () => {
  beforeEach(startAfresh);

  /** Renewed after half of it, and valid for the other half, which a slow machine needs. */
  const life = 8;

  /** Somebody is signed in with a token that is valid and due to be renewed. */
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
    ['answers a refresh with 500', { status: 500 }],
    ['is down', 'drop'],
    ['stands behind a network filter', 'html'],
  ];
  for (const [what, fault] of passing) {
    it(`hands out the token that is still valid while the service ${what}`, async () => {
      const token = await signInWithTokenThatIsDue();
      await simulator.fail({ route: 'refresh', fault });
      const session = await consumer.getSession(scopes, { silent: true });
      assert.equal(session?.accessToken, token);
      assert.equal((await simulator.counts()).refresh, 1);
    });
  }

  it('gives nothing and throws nothing when the service has ended the session, and the account keeps its place', async () => {
    const token = await signInWithTokenThatIsDue();
    await simulator.endSession('ada');
    assert.equal(await consumer.getSession(scopes, { silent: true }), undefined);
    assert.equal(await consumer.getSession(scopes, { silent: true }), undefined);
    assert.equal((await simulator.counts()).refresh, 1, 'an ended session is not presented again');
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

  it('loses nobody when the service ends one of two sessions', async () => {
    await signInForConsumer(consumer, 'ben');
    await signInWithTokenThatIsDue();
    await simulator.endSession('ada');
    const [ada, ben] = [...(await consumer.getAccounts())].sort((a, b) => a.label.localeCompare(b.label));
    assert.ok(ada && ben);
    assert.equal(await consumer.getSession(scopes, { silent: true, account: ada }), undefined);
    assert.equal((await consumer.getSession(scopes, { silent: true, account: ben }))?.account.label, labelOf('ben'));
  });

  it('fails to sign in when the code is refused, and signs nobody in', async () => {
    await simulator.fail({ route: 'token', fault: { status: 500 } });
    await trySignIn('ada');
    assert.equal((await simulator.counts()).code, 1);
    assert.deepEqual(await authentication.getAccounts(providerId), []);
    await signIn('ada');
    assert.equal((await authentication.getAccounts(providerId)).length, 1);
  });
});
