// The example extension does what docs/for-extension-authors.md says.
import assert from 'node:assert/strict';
import { commands } from 'vscode';
import { labelOf, scopes, signInForConsumer, signOut, simulator, startAfresh } from './support/accounts.ts';
import { consumer } from './support/consumer.ts';
import type { Fault } from '../../simulator/client.ts';

describe('The example extension', () => {
  beforeEach(async () => {
    await startAfresh();
    await consumer.forgetAccount();
    await simulator.account({ account: 'ada', used: { '5h': 34, weekly: 58 } });
  });

  const ask = () => consumer.runCommand('consumer.ask', 'How are you?');
  const answer = { text: 'The simulator has read: How are you?' };
  const refusedToken: Fault = { code: 'token_expired' };

  /** The statuses of its model requests. */
  async function asked(): Promise<number[]> {
    const requests = (await simulator.requests()).filter(({ path }) => path === '/backend-api/codex/responses');
    return requests.map(({ status }) => status);
  }

  async function token(): Promise<string | undefined> {
    return (await consumer.getSession(scopes, { silent: true }))?.accessToken;
  }

  it('a model request uses the plan of the signed-in account', async () => {
    await signInForConsumer(consumer, 'ada');
    assert.deepEqual(await ask(), answer);
    const request = (await simulator.requests()).find(({ path }) => path.endsWith('/codex/responses'));
    assert.equal(request?.headers['chatgpt-account-id'], '51500003-0000-4000-8000-000000000003');
    assert.match(request.headers['user-agent'] ?? '', /^example-consumer\//);
  });

  it("a model request names the account's workspace, which the service requires", async () => {
    await signInForConsumer(consumer, 'ben');
    assert.deepEqual(await ask(), answer);
  });

  it('a model request with a refused access token is repeated once with a refreshed one', async () => {
    await signInForConsumer(consumer, 'ada');
    const before = await token();
    await simulator.fail({ route: 'responses', fault: refusedToken });
    assert.deepEqual(await ask(), answer);
    assert.deepEqual(await asked(), [401, 200]);
    assert.equal((await simulator.counts()).refresh, 1);
    assert.notEqual(await token(), before);
  });

  it('a model request whose refreshed token is refused too fails, and further ones do not refresh again [R39]', async () => {
    await signInForConsumer(consumer, 'ada');
    await simulator.fail({ route: 'responses', fault: refusedToken, times: 4 });
    assert.deepEqual(await ask(), { failed: 'refused' });
    assert.deepEqual(await asked(), [401, 401]);
    // The token is seconds old, so it is not refreshed again.
    assert.deepEqual(await ask(), { failed: 'refused' });
    assert.deepEqual(await asked(), [401, 401, 401]);
    assert.equal((await simulator.counts()).refresh, 1);
  });

  it('a report about a token that the session never had changes nothing [R39]', async () => {
    await signInForConsumer(consumer, 'ada');
    const session = await consumer.getSession(scopes, { silent: true });
    for (const args of [[], [session?.id], [session?.id, 'another'], [session?.id, {}]]) {
      await commands.executeCommand('chatgptSignIn.tokenRefused', ...args);
    }
    assert.equal(await token(), session?.accessToken);
    assert.equal((await simulator.counts()).refresh, 0);
  });

  it('a session that the service has ended is over with the first refused request, and its refresh token is presented once', async () => {
    await signInForConsumer(consumer, 'ada');
    await simulator.endSession('ada');
    assert.deepEqual(await ask(), { failed: 'signedOut' });
    assert.deepEqual(await ask(), { failed: 'signedOut' });
    // Already the list of models was refused.
    assert.deepEqual(await asked(), []);
    assert.equal(await token(), undefined);
    assert.equal((await simulator.counts()).refresh, 1);
  });

  it('a limit that is used up is reported with its reset, without another request', async () => {
    await signInForConsumer(consumer, 'ada');
    await simulator.account({ account: 'ada', used: { '5h': { percent: 100, resetsInSeconds: 600 } } });
    const { failed, until: reset } = (await ask()) as { failed: string; until: string };
    assert.equal(failed, 'limitReached');
    assert.ok(Math.abs(Date.parse(reset) - Date.now() - 600_000) < 30_000, reset);
    assert.deepEqual(await asked(), [429]);
  });

  it('a busy service is distinguished from a limit', async () => {
    await signInForConsumer(consumer, 'ada');
    await simulator.fail({ route: 'responses', fault: { retryAfterSeconds: 30, as: 'seconds' } });
    assert.equal(((await ask()) as { failed: string }).failed, 'busy');
  });

  for (const [fault, code] of [
    ['html200', 'blocked'],
    ['truncated', 'failed'],
  ] as const) {
    it(`an incomplete or invalid response is reported as what it is: ${fault}`, async () => {
      await signInForConsumer(consumer, 'ada');
      await simulator.fail({ route: 'responses', fault });
      assert.deepEqual(await ask(), { failed: code });
    });
  }

  it('the chosen account is used as long as it is chosen: once it is signed out, no other one takes its place', async () => {
    await signInForConsumer(consumer, 'ada');
    await signInForConsumer(consumer, 'ben');
    const [ada, ben] = [...(await consumer.getAccounts())].sort((a, b) => a.label.localeCompare(b.label));
    const usedBy = async () => (await simulator.requests()).findLast(({ path }) => path.endsWith('/codex/responses'))?.headers;
    await consumer.runCommand('consumer.chooseAccount', ben);
    assert.deepEqual(await ask(), answer);
    assert.match(String((await usedBy())?.['chatgpt-account-id']), /^51500005/);
    await signOut(labelOf('ben'));
    assert.deepEqual(await ask(), { failed: 'signedOut' });
    await consumer.runCommand('consumer.chooseAccount', ada);
    assert.deepEqual(await ask(), answer);
    assert.match(String((await usedBy())?.['chatgpt-account-id']), /^51500003/);
    assert.deepEqual(await asked(), [200, 200]);
  });

  it('without accounts, no dialog opens and no request is sent', async () => {
    assert.deepEqual(await ask(), { failed: 'signedOut' });
    assert.deepEqual(await asked(), []);
  });

  it('an account that was signed out is not used again', async () => {
    await signInForConsumer(consumer, 'ada');
    assert.deepEqual(await ask(), answer);
    await signOut(labelOf('ada'));
    assert.deepEqual(await ask(), { failed: 'signedOut' });
    assert.deepEqual(await asked(), [200]);
  });
});
