// Session ids and labels, over all issuers and sources and over time: VS Code finds sessions by the one and keeps its grants by the other.
import { describe, expect, it } from 'vitest';
import type { AccountInfo } from '../../../src/accounts/account.ts';
import { chatGptProviderId } from '../../../src/accounts/account.ts';
import { SessionProvider } from '../../../src/accounts/ui/sessionProvider.ts';
import { codexAccount, codexAccountInfo } from '../../../src/codexCli/codexAccount.ts';
import { codexService } from '../../../src/oauth/services/codexService.ts';
import type { Identity } from '../../../src/oauth/tokenSet.ts';
import { jwt } from '../support/jwt.ts';
import { ada, FakeService, service, tokensOf } from './store/support/service.ts';
import type { SignedIn } from './store/support/signedIn.ts';
import { signedIn } from './store/support/signedIn.ts';
import { flow, openWindow, storageFolder } from './store/support/window.ts';
import { noActions } from './support/registry.ts';
import { Accounts } from '../../../src/accounts/accounts.ts';
import { SignedInAccounts } from '../../../src/accounts/store/signedInAccounts.ts';

const settings = { clientId: '', backendUrl: 'https://chatgpt.com/backend-api', originator: 'test/1' };
const elsewhere = codexService({ ...settings, issuer: 'https://login.example' });
const tenant = codexService({ ...settings, issuer: 'https://login.example/tenant' });

/** The registry and VS Code's provider of a window, which signs out as a window does. */
function providerOf({ store, clock, log }: Pick<SignedIn, 'store' | 'clock' | 'log'>) {
  const accounts = new Accounts(log, clock);
  const signOut = async ({ hash }: AccountInfo) => {
    await store.disconnect(hash, flow);
  };
  accounts.register(new SignedInAccounts(store, { clock, log, allowedWorkspaces: () => [] }), { ...noActions, signOut });
  return { accounts, provider: new SessionProvider({ id: chatGptProviderId, scopes: [], accounts, log }) };
}

/** The account that the CLI would have with these ids. */
function cliAccountOf({ userId, workspaceId, email }: Identity, at = service): AccountInfo {
  const auth = { chatgpt_user_id: userId, chatgpt_account_id: workspaceId };
  const token = jwt({ iss: at.issuer, 'https://api.openai.com/auth': auth, 'https://api.openai.com/profile': { email } });
  const account = codexAccount(at, token, { profile: {}, generation: 1, now: 0 });
  return account ? codexAccountInfo(account) : expect.fail('no account');
}

describe('the same ids at several issuers and sources', () => {
  async function everybody() {
    const window = await signedIn();
    const others = [];
    for (const at of [elsewhere, tenant]) others.push(await window.store.saveSignIn(at, tokensOf(ada, window.clock.now()), flow));
    return { window, all: [window.account, ...others] };
  }

  it('give different session ids, hashes and labels [R54]', async () => {
    const { all } = await everybody();
    const known = [...all, ...[service, elsewhere, tenant].map(at => cliAccountOf(ada, at))];
    for (const name of ['id', 'hash', 'label'] as const) expect(new Set(known.map(each => each[name])).size).toBe(6);
  });

  it("the ids of OpenAI's accounts are what they always were", async () => {
    const { window } = await everybody();
    expect(window.account.id).toBe('user-ada/workspace-ada');
    expect(cliAccountOf(ada).id).toBe('codex-cli:user-ada/workspace-ada');
  });

  it("signing one out revokes and removes no other, and a request for one gets no other's token", async () => {
    const { window, all } = await everybody();
    const { provider } = providerOf(window);
    for (const { id, label, tokens } of all) {
      const sessions = await provider.getSessions([], { account: { id, label } });
      expect(sessions.map(({ accessToken }) => accessToken)).toEqual([tokens.accessToken]);
    }
    const [first, second, third] = all;
    await provider.removeSession(second?.id ?? '');
    expect(window.server.revoked).toEqual([second?.tokens.refreshToken]);
    expect((await window.store.accounts()).map(({ id }) => id).sort()).toEqual([first?.id, third?.id].sort());
  });

  it('a sign-in that another issuer answers with the wanted ids is another account', async () => {
    const window = await signedIn();
    const wanted = { ...flow, wanted: window.account.id };
    await expect(window.store.saveSignIn(elsewhere, tokensOf(ada, 0), wanted)).rejects.toMatchObject({ code: 'wrongAccount' });
  });

  it("no issuer can make a session id that OpenAI's or the CLI's account has", async () => {
    const { store } = await signedIn();
    const plain = { ...elsewhere, dialect: 'standard' as const };
    for (const userId of ['user-ada/workspace-ada', 'codex-cli:user-ada/workspace-ada']) {
      const { id } = await store.saveSignIn(plain, tokensOf({ userId, email: 'eve@example.com' }, 0), flow);
      expect(['user-ada/workspace-ada', 'codex-cli:user-ada/workspace-ada']).not.toContain(id);
      expect(id.startsWith('codex-cli')).toBe(false);
    }
  });
});

describe('a label is never given to another id [R36]', () => {
  const others: readonly (readonly [string, Identity])[] = [
    ['workspace', { ...ada, workspaceId: 'another' }],
    ['person with the same email', { ...ada, userId: 'user-eve' }],
    ['account without a workspace', { userId: 'user-ada', email: 'ada@example.com' }],
  ];

  it.each(others)('another %s gets another one after a sign-out', async (_what, other) => {
    const { store, account } = await signedIn();
    await store.disconnect(account.hash, flow);
    expect((await store.saveSignIn(service, tokensOf(other, 0), flow)).label).not.toBe(account.label);
  });

  it.each(others)('another %s gets another one after everything was disconnected and deleted', async (_what, other) => {
    const { store, account } = await signedIn();
    await store.disconnectAll(flow);
    expect((await store.saveSignIn(service, tokensOf(other, 0), flow)).label).not.toBe(account.label);
  });

  it('the same account gets the same one, in any folder', async () => {
    const { store, account } = await signedIn();
    await store.disconnect(account.hash, flow);
    const fresh = openWindow({ folder: storageFolder(), fetch: new FakeService().fetch });
    for (const each of [store, fresh.store]) expect((await each.saveSignIn(service, tokensOf(ada, 0), flow)).label).toBe(account.label);
  });

  it('an account that signs in again keeps the label that it has, whatever it is called by now', async () => {
    const { store, account } = await signedIn();
    const again = await store.saveSignIn(service, tokensOf({ ...ada, email: 'new@example.com' }, 0), flow);
    expect([again.label, again.identity.email]).toEqual([account.label, 'new@example.com']);
  });

  it("the Codex CLI's account of another workspace gets another one", () => {
    const labels = [ada, ...others.map(([, identity]) => identity)].map(identity => cliAccountOf(identity).label);
    expect(new Set(labels).size).toBe(labels.length);
  });

  it('an API key gets another one than a key of the same name that was removed, replaced only in place', async () => {
    const { apiKeys } = openWindow({ folder: storageFolder() });
    const key = { name: 'API key', secret: 'sk-1', apiUrl: 'https://api.openai.com/v1', owner: {} };
    const first = await apiKeys.add(key);
    expect((await apiKeys.replace(first, { secret: 'sk-2', owner: {} })).label).toBe(first.label);
    await apiKeys.remove(first);
    const second = await apiKeys.add({ ...key, secret: 'sk-3' });
    const third = await apiKeys.add({ ...key, name: 'Other', secret: 'sk-3' });
    const renamedBack = await apiKeys.add({ ...key, secret: 'sk-3' });
    const labels = [first, second, third, renamedBack].map(({ label }) => label);
    expect(new Set(labels).size).toBe(4);
    expect(labels.every(label => label !== undefined)).toBe(true);
  });
});
