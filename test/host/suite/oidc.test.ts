// Signing in at any OpenID Connect issuer, end to end.
import assert from 'node:assert/strict';
import { authentication, commands } from 'vscode';
import {
  configure,
  liveSessions,
  providerId,
  scopes,
  signIn,
  signInForConsumer,
  signOut,
  simulator,
  startAfresh,
  trySignIn,
  withCodeOf,
} from './support/accounts.ts';
import { plainLabelOf } from '../../simulator/labels.ts';
import { consumer } from './support/consumer.ts';
import { describeWindows, testWindow } from './support/window.ts';

const issuer = simulator.plainIssuer;
const requestsOf = async (kind: string) => (await simulator.requests()).filter(each => each.kind === kind);

/** Sets a person's settings for an OIDC service. The tests' settings have a backend URL, which this service has not. */
async function useService(settings: Record<string, string | undefined>): Promise<() => Promise<void>> {
  return configure({ service: 'oidc', issuer, clientId: 'test-client', backendUrl: undefined, ...settings });
}

describe('The service "oidc"', () => {
  let restore: () => Promise<void>;

  before(async () => {
    restore = await useService({});
  });

  after(async () => {
    await startAfresh();
    await restore();
  });

  beforeEach(startAfresh);

  const labels = async () => (await authentication.getAccounts(providerId)).map(({ label }) => label);

  async function signsOut(): Promise<void> {
    assert.equal((await liveSessions('ada')).length, 1);
    await signOut(plainLabelOf(issuer, 'ada'));
    assert.deepEqual(await labels(), []);
    assert.deepEqual(await liveSessions('ada'), []);
    const [revocation, ...others] = await requestsOf('revoke');
    assert.deepEqual(others, []);
    // RFC 7009, 2.1.
    assert.equal(revocation?.path, '/plain/token/revocation');
    assert.equal(revocation.headers['content-type'], 'application/x-www-form-urlencoded');
    assert.equal(revocation.params['token_type_hint'], 'refresh_token');
    assert.equal(revocation.status, 200);
  }

  it('a browser sign-in gives another extension its session, and the account can sign out', async () => {
    await signInForConsumer(consumer, 'ada');
    assert.deepEqual(await labels(), [plainLabelOf(issuer, 'ada')]);
    const session = await consumer.getSession(scopes, { silent: true });
    assert.equal(session?.account.label, plainLabelOf(issuer, 'ada'));
    const [authorize] = await requestsOf('authorize');
    assert.equal(authorize?.path, '/plain/auth');
    assert.equal(authorize.params['client_id'], 'test-client');
    assert.equal(authorize.params['scope'], 'openid profile email offline_access');
    assert.equal(authorize.params['code_challenge_method'], 'S256');
    assert.ok(authorize.params['nonce'] !== undefined, 'no nonce was sent');
    for (const name of ['originator', 'id_token_add_organizations', 'resource']) assert.equal(authorize.params[name], undefined, name);
    await signsOut();
  });

  it('a device code sign-in adds the account, which can sign out', async () => {
    await withCodeOf('ada', () => commands.executeCommand('chatgptSignIn.signInWithDeviceCode'), `${issuer}/device`);
    assert.deepEqual(await labels(), [plainLabelOf(issuer, 'ada')]);
    assert.equal((await requestsOf('authorize')).length, 0);
    assert.equal((await requestsOf('deviceStart'))[0]?.path, '/plain/device/auth');
    await signsOut();
  });

  describeWindows('without a backend', () => {
    it('without a backend URL, usage is shown as not available and not requested', async () => {
      await signIn('ada');
      await testWindow.statusSays('ChatGPT', 'ChatGPT. Usage is not available for this account.');
      await commands.executeCommand('chatgptSignIn.refreshUsage');
      await testWindow.tells('Usage is not available for this account.');
      assert.equal((await requestsOf('usage')).length, 0);
    });
  });

  describeWindows('with incomplete settings', () => {
    const sentence = 'The service "oidc" requires the settings chatgptSignIn.issuer and chatgptSignIn.clientId. Set both, then try again.';
    for (const name of ['issuer', 'clientId']) {
      it(`without a ${name}, signing in is refused with the reason and sends no request`, async () => {
        const back = await configure({ [name]: undefined });
        try {
          await trySignIn('ada');
          await testWindow.panelSays(sentence);
          assert.deepEqual(await simulator.requests(), []);
          assert.deepEqual(await labels(), []);
        } finally {
          await back();
        }
      });
    }
  });
});
