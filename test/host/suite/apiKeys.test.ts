// API keys as another extension gets and uses them: added, replaced, revoked and removed, beside an account.
import assert from 'node:assert/strict';
import { authentication, commands, type AuthenticationGetSessionOptions } from 'vscode';
import { nextTokenIsShort, scopes, signInForConsumer, simulator, startAfresh, untilDue } from './support/accounts.ts';
import { consumer as here, type Consumer } from './support/consumer.ts';
import { until } from './support/until.ts';
import { openSecondWindow } from './support/secondWindow.ts';
import { describeWindows, type WorkbenchWindow } from './support/window.ts';

const keyProviderId = 'openai-api-key';

describeWindows('API keys', () => {
  let there: Consumer;
  let second: WorkbenchWindow;

  before(async () => {
    ({ second, there } = await openSecondWindow());
  });

  after(async () => {
    await second.close();
  });

  beforeEach(startAfresh);

  afterEach(async () => {
    // Before the next reset, which clears the recorded requests.
    const strays = (await simulator.requests()).filter(request => request.strays.length > 0);
    assert.deepEqual(strays, [], 'requests with a credential of another kind');
    for (const name of await names()) await remove(name);
    await there.runCommand('notifications.clearAll');
  });

  const names = async () => (await authentication.getAccounts(keyProviderId)).map(({ label }) => label);

  /** Removes a key in the Accounts menu, whose confirmation VS Code gives by itself during tests. */
  const remove = async (name: string) => {
    await commands.executeCommand('_signOutOfAccount', { providerId: keyProviderId, accountLabel: name });
    await until('the key to be gone', async () => !(await names()).includes(name));
  };

  /** The status of a request with this key, as any extension could send it. */
  const use = async (key: string) => (await fetch(`${simulator.apiUrl}/models`, { headers: { authorization: `Bearer ${key}` } })).status;

  async function enterKey(key: string, name?: string): Promise<void> {
    await second.enter('Paste the key.', key);
    if (name !== undefined) await second.enter('Name of the key', name);
  }

  /** Requests a key for the extension in the second window, allows access there, and types the key. */
  async function askAndType(options: AuthenticationGetSessionOptions, key: string, name?: string) {
    const request = there.getKey(options);
    request.catch(() => undefined);
    assert.match(await second.dialog(), /The extension 'Consumer' wants .+ using OpenAI API key/);
    await second.click('Allow');
    await enterKey(key, name);
    const session = await request;
    assert.ok(session);
    return session;
  }

  const add = (secret: string, name: string) => askAndType({ createIfNone: true }, secret, name);

  it('an extension that the person allows gets the API key as the access token of its session, in every window', async () => {
    const secret = await simulator.issueApiKey({ organization: 'ada-and-sons', project: 'proj_1' });
    const session = await add(secret, 'Work');
    assert.equal(session.accessToken, secret);
    assert.match(session.account.label, /^Work \(\w{8}\)$/);
    assert.ok(!JSON.stringify({ ...session, accessToken: '' }).includes(secret.slice(0, 12)), 'the key is in another field too');
    assert.equal(await use(session.accessToken), 200);
    assert.deepEqual(await names(), [session.account.label]);
    assert.deepEqual(await there.getKey({ silent: true }), session);
  });

  it('an extension that the person has not allowed gets no API key, and no dialog opens [R57]', async () => {
    await second.command('ChatGPT: Add API Key');
    await enterKey(await simulator.issueApiKey(), 'Private');
    await until('the key', async () => (await names()).some(name => name.startsWith('Private')));
    assert.equal(await there.getKey({ silent: true }), undefined);
    assert.equal(await here.getKey({ silent: true }), undefined);
    assert.deepEqual((await second.text()).dialogs, []);
  });

  it('a revoked API key that is replaced keeps its account, and the old key is not handed out again', async () => {
    const old = await simulator.issueApiKey();
    const session = await add(old, 'Work');
    await simulator.setApiKey(old, 'revoked');
    assert.equal(await use(session.accessToken), 401);
    const next = await simulator.issueApiKey();
    const again = await askAndType({ forceNewSession: true, account: session.account }, next);
    assert.deepEqual(again, { ...session, accessToken: next });
    assert.equal(await use(again.accessToken), 200);
    assert.deepEqual(await there.getKey({ silent: true }), again);
    assert.deepEqual(await names(), [session.account.label]);
  });

  it('an API key reported as refused is checked once for all windows, if the extension that reports it has the key [R57]', async () => {
    const secret = await simulator.issueApiKey();
    const session = await add(secret, 'Work');
    await simulator.setApiKey(secret, 'revoked');
    const { api } = await simulator.counts();
    await there.runCommand('chatgptSignIn.tokenRefused', session.id, 'sk-not-the-one');
    assert.equal((await simulator.counts()).api, api);
    await there.runCommand('chatgptSignIn.tokenRefused', session.id, secret);
    await second.tells('The API rejected “Work”. The key was revoked or belongs to another API.');
    await here.runCommand('chatgptSignIn.tokenRefused', session.id, secret);
    assert.equal((await simulator.counts()).api, api + 1);
  });

  it('an API key removed in one window is gone in the other, and stays valid at the API', async () => {
    const secret = await simulator.issueApiKey();
    const { account } = await add(secret, 'Work');
    await remove(account.label);
    await until('the key to be gone there', async () => (await there.getKey({ silent: true })) === undefined);
    assert.equal(await use(secret), 200);
  });

  it('an API key is in no request about an account, and no access token of an account is sent to the API [R56]', async () => {
    const secret = await simulator.issueApiKey();
    const { accessToken: key } = await add(secret, 'Work');
    await nextTokenIsShort();
    await signInForConsumer(here, 'ada');
    await untilDue(Date.now());
    const session = await here.getSession(scopes, { silent: true });
    assert.ok(session);
    assert.notEqual(session.accessToken, key);
    assert.equal(await use(key), 200);
    await until('the usage', async () => (await simulator.counts()).usage > 0);
    const { code, refresh, api } = await simulator.counts();
    assert.deepEqual({ code, refresh, api }, { code: 1, refresh: 1, api: 2 });
    const headers = { authorization: `Bearer ${session.accessToken}` };
    assert.equal((await fetch(`${simulator.backendUrl}/wham/accounts/check`, { headers })).status, 200);
  });
});
