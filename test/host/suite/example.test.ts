// The example for extension authors does what docs/for-extension-authors.md says.
import assert from 'node:assert/strict';
import { commands } from 'vscode';
import { labelOf, scopes, signInForConsumer, signOut, simulator, startAfresh } from './support/accounts.ts';
import { consumer } from './support/consumer.ts';
import { until } from './support/until.ts';
import type { Fault } from '../../simulator/client.ts';

describe('The example extension', () => {
  beforeEach(async () => {
    await startAfresh();
    await simulator.account({ account: 'ada', used: { '5h': 34, weekly: 58 } });
  });

  const ask = () => consumer.runCommand('consumer.ask', 'How are you?');
  const answer = { text: 'The simulator has read: How are you?' };
  const refusedToken: Fault = { code: 'token_expired' };

  /** Its model requests, by status. */
  async function asked(): Promise<number[]> {
    const requests = (await simulator.requests()).filter(({ path }) => path === '/backend-api/codex/responses');
    return requests.map(({ status }) => status);
  }

  async function token(): Promise<string | undefined> {
    return (await consumer.getSession(scopes, { silent: true }))?.accessToken;
  }

  it('asks the model with the plan of the person who is signed in', async () => {
    await signInForConsumer(consumer, 'ada');
    assert.deepEqual(await ask(), answer);
    const request = (await simulator.requests()).find(({ path }) => path.endsWith('/codex/responses'));
    assert.equal(request?.headers['chatgpt-account-id'], '51500003-0000-4000-8000-000000000003');
    assert.match(request.headers['user-agent'] ?? '', /^example-consumer\//);
  });

  it('asks in the workspace of the account, which the service insists on', async () => {
    await signInForConsumer(consumer, 'ben');
    assert.deepEqual(await ask(), answer);
  });

  it('has a refused token renewed, asks once more with the new one, and reads the answer', async () => {
    await signInForConsumer(consumer, 'ada');
    const before = await token();
    await simulator.fail({ route: 'responses', fault: refusedToken });
    assert.deepEqual(await ask(), answer);
    assert.deepEqual(await asked(), [401, 200]);
    assert.equal((await simulator.counts()).refresh, 1);
    assert.notEqual(await token(), before);
  });

  it('gives up when the new token is refused too, and does not wear out the session by asking again [R39]', async () => {
    await signInForConsumer(consumer, 'ada');
    await simulator.fail({ route: 'responses', fault: refusedToken, times: 4 });
    assert.deepEqual(await ask(), { failed: 'refused' });
    assert.deepEqual(await asked(), [401, 401]);
    // The token is seconds old: it is not renewed again.
    assert.deepEqual(await ask(), { failed: 'refused' });
    assert.deepEqual(await asked(), [401, 401, 401]);
    assert.equal((await simulator.counts()).refresh, 1);
  });

  it('keeps its token when somebody reports one that it never had [R39]', async () => {
    await signInForConsumer(consumer, 'ada');
    const session = await consumer.getSession(scopes, { silent: true });
    for (const args of [[], [session?.id], [session?.id, 'another'], [session?.id, {}]]) {
      await commands.executeCommand('chatgptSignIn.tokenRefused', ...args);
    }
    assert.equal(await token(), session?.accessToken);
    assert.equal((await simulator.counts()).refresh, 0);
  });

  it('learns that the session is over, and asks the service no more', async () => {
    await signInForConsumer(consumer, 'ada');
    await simulator.endSession('ada');
    assert.deepEqual(await ask(), { failed: 'signedOut' });
    const before = await asked();
    // None where the reading of usage was refused first, and ended the account here.
    assert.ok(before.length <= 1 && before.every(status => status === 401), String(before));
    assert.deepEqual(await ask(), { failed: 'signedOut' });
    assert.deepEqual(await asked(), before);
    assert.ok((await simulator.counts()).refresh <= 1);
  });

  it('says until when a limit is used up, and does not try again', async () => {
    await signInForConsumer(consumer, 'ada');
    await simulator.account({ account: 'ada', used: { '5h': { percent: 100, resetsInSeconds: 600 } } });
    const { failed, until: reset } = (await ask()) as { failed: string; until: string };
    assert.equal(failed, 'limitReached');
    assert.ok(Math.abs(Date.parse(reset) - Date.now() - 600_000) < 30_000, reset);
    assert.deepEqual(await asked(), [429]);
  });

  it('tells a limit from a service that is busy', async () => {
    await signInForConsumer(consumer, 'ada');
    await simulator.fail({ route: 'responses', fault: { retryAfterSeconds: 30, as: 'seconds' } });
    assert.equal(((await ask()) as { failed: string }).failed, 'busy');
  });

  for (const fault of ['html200', 'truncated'] as const) {
    it(`takes an answer that is no whole one for none: ${fault}`, async () => {
      await signInForConsumer(consumer, 'ada');
      await simulator.fail({ route: 'responses', fault });
      const result = await ask().then(
        given => (given as { failed: string }).failed,
        () => 'failed',
      );
      assert.equal(result, 'failed');
    });
  }

  it('uses the account that was chosen, and forgets the choice when that one signs out', async () => {
    await signInForConsumer(consumer, 'ada');
    await signInForConsumer(consumer, 'ben');
    const ben = (await consumer.getAccounts()).find(({ label }) => label === labelOf('ben'));
    const usedBy = async () => {
      await ask();
      return (await simulator.requests()).findLast(({ path }) => path.endsWith('/codex/responses'))?.headers['chatgpt-account-id'];
    };
    await consumer.runCommand('consumer.chooseAccount', ben);
    assert.match((await usedBy()) ?? '', /^51500005/);
    await signOut(labelOf('ben'));
    await until('the other account', async () => (await usedBy())?.startsWith('51500003'));
  });

  it('asks nobody anything while nobody is signed in, and sends nothing', async () => {
    assert.deepEqual(await ask(), { failed: 'signedOut' });
    assert.deepEqual(await asked(), []);
  });

  it('goes without an account that was signed out meanwhile', async () => {
    await signInForConsumer(consumer, 'ada');
    assert.deepEqual(await ask(), answer);
    await signOut(labelOf('ada'));
    assert.deepEqual(await ask(), { failed: 'signedOut' });
    assert.deepEqual(await asked(), [200]);
  });
});
