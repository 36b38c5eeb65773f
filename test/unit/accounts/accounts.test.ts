import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError } from '../../../src/base/errors.ts';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { AccountInfo, Credential, PresentCredential } from '../../../src/accounts/account.ts';
import { chatGptProviderId } from '../../../src/accounts/account.ts';
import type { AccountSource, SignInWish } from '../../../src/accounts/accountSource.ts';
import type { Change } from '../../../src/base/change.ts';
import { codexAccountInfo, codexCredential } from '../../../src/codexCli/codexAccount.ts';
import { CodexTokens } from '../../../src/codexCli/codexTokens.ts';
import { consentFile } from '../../../src/codexCli/consent.ts';
import { CodexSource } from '../../../src/codexCli/codexSource.ts';
import { account } from '../usage/support/account.ts';
import { noActions, TestSource } from './support/registry.ts';
import { Accounts } from '../../../src/accounts/accounts.ts';
import { accountLabel } from '../../../src/accounts/accountLabel.ts';
import { AppServer } from '../../../src/codexCli/appServer.ts';
import { CodexAccounts } from '../../../src/codexCli/codexAccounts.ts';
import { ProcessLocks } from '../../../src/storage/processLock.ts';
import { codexDefaults } from '../../../src/oauth/services/codexClient.ts';
import { codexService } from '../../../src/oauth/services/codexService.ts';
import { ManualClock } from '../support/clock.ts';
import { jwt } from '../support/jwt.ts';
import { MemoryLog } from '../support/log.ts';

const start = Date.parse('2026-11-23T16:00:00Z');
const flow = { correlationId: 'ab12' };

/** A source with one account that is signed in here, and the calls to the source. */
class OneAccountSource implements AccountSource {
  readonly id = 'chatgpt';
  readonly providerId = chatGptProviderId;
  readonly calls: string[] = [];
  readonly #listeners = new Set<(change: Change<AccountInfo>) => void>();
  readonly own: AccountInfo = { ...account(), hash: 'own', label: 'ben@example.com', source: this.id };

  accounts(): Promise<AccountInfo[]> {
    return Promise.resolve([this.own]);
  }

  credential(hash: string): Promise<Credential> {
    this.calls.push(`credential ${hash}`);
    return Promise.resolve(credentialOf(this.own));
  }

  presentCredentials(): Promise<PresentCredential[]> {
    return Promise.resolve([{ ...credentialOf(this.own), isValid: true }]);
  }

  reportRefused(id: string): Promise<undefined> {
    this.calls.push(`refused ${id}`);
    return Promise.resolve(undefined);
  }

  updateProfile({ hash }: Pick<AccountInfo, 'hash'>): Promise<void> {
    this.calls.push(`update ${hash}`);
    return Promise.resolve();
  }

  reload(): Promise<void> {
    this.calls.push('reload');
    return Promise.resolve();
  }

  onDidChange(listener: (change: Change<AccountInfo>) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  fire(change: Partial<Change<AccountInfo>>): void {
    for (const listener of this.#listeners) listener({ added: [], removed: [], changed: [], ...change });
  }
}

function credentialOf(account: AccountInfo): Credential {
  return { account, accessToken: 'access', tokenSetId: { signInId: 's', generation: 1 } };
}

/** A machine whose Codex CLI is signed in to Ada's account, in its file alone. */
function machine() {
  const root = mkdtempSync(join(tmpdir(), 'accounts-'));
  onTestFinished(() => rm(root, { recursive: true, force: true, maxRetries: 5 }));
  const [home, folder] = [join(root, 'home'), join(root, 'storage')];
  for (const path of [home, folder]) mkdirSync(path, { mode: 0o700 });
  const auth = { chatgpt_user_id: 'user-ada', chatgpt_account_id: 'w-ada' };
  const accessToken = jwt({
    iss: codexDefaults.issuer,
    exp: start / 1000 + 86_400,
    'https://api.openai.com/auth': auth,
    'https://api.openai.com/profile': { email: 'ada@example.com' },
  });
  writeFileSync(join(home, 'auth.json'), JSON.stringify({ auth_mode: 'chatgpt', tokens: { access_token: accessToken } }), { mode: 0o600 });

  const window = () => {
    const [clock, log, store, consent] = [new ManualClock(start), new MemoryLog(), new OneAccountSource(), consentFile(folder)];
    const loads: number[] = [];
    const executable = () => {
      throw new AppError('codexNotFound');
    };
    const load = () => {
      loads.push(clock.now());
      const client = { name: 'test', title: 'Test', version: '0' };
      const server = new AppServer({ executable, folder, client, clock, log });
      const service = () => codexService({ ...codexDefaults, clientId: '', originator: 'test' });
      const locks = new ProcessLocks({ folder, clock, random: Math.random });
      const tokens = new CodexTokens({ home, executable, server, service, locks, clock });
      const accounts = new CodexAccounts({ home, tokens, consent, clock, log });
      return Promise.resolve({ accounts, convert: { codexAccountInfo, codexCredential } });
    };
    const cli = new CodexSource({ consent, load, clock, log });
    const disconnects: string[] = [];
    const accounts = new Accounts(log, clock);
    const actions = (name: string) => ({
      ...noActions,
      signIn: ({ wanted, another }: SignInWish) =>
        Promise.resolve({ ...store.own, label: `${name} ${wanted ?? (another ? 'another' : 'any')}` }),
      disconnectAll: () => {
        disconnects.push(name);
        return Promise.resolve(name === 'cli' ? { revoked: 0, unrevoked: 0, note: 'The CLI stays.' } : { revoked: 2, unrevoked: 1 });
      },
    });
    accounts.register(store, actions('own'));
    accounts.register(cli, actions('cli'));
    const events: string[] = [];
    const stop = accounts.onDidChange(({ change: { added, removed } }) => {
      events.push([...added.map(({ label }) => `+${label}`), ...removed.map(({ label }) => `-${label}`)].join(' '));
    });
    const labels = async () => (await accounts.list(chatGptProviderId)).map(({ label }) => label);
    return { accounts, cli, store, loads, events, labels, stop, disconnects };
  };
  return { window };
}

const ben = 'ben@example.com';
const ada = accountLabel({ ...codexDefaults }, { userId: 'user-ada', email: 'ada@example.com' }, 'codex-cli:user-ada/w-ada', 'Codex CLI');

describe('the registry of the signed-in accounts and the Codex CLI', () => {
  it('the registry loads nothing of the Codex CLI until the person consents [R61]', async () => {
    const { accounts, cli, loads, labels } = machine().window();
    expect(await labels()).toEqual([ben]);
    await accounts.reload();
    await accounts.credentials(chatGptProviderId, undefined, flow);
    await accounts.reportRefused('codex-cli:user-ada', 'access', 'ab12');
    expect(loads).toEqual([]);
    await (await cli.codexAccounts()).connect();
    expect(await labels()).toEqual([ben, ada]);
    expect(loads).toHaveLength(1);
  });

  it('the account of the Codex CLI is in every window on consent, and in none once it is disconnected', async () => {
    const { window } = machine();
    const [here, there] = [window(), window()];
    expect(await there.labels()).toEqual([ben]);
    await (await here.cli.codexAccounts()).connect();
    expect(await there.labels()).toEqual([ben, ada]);
    await (await there.cli.codexAccounts()).disconnect();
    await here.accounts.reload();
    expect([await here.labels(), await there.labels()]).toEqual([[ben], [ben]]);
    expect([here.events, there.events]).toEqual([
      [`+${ada}`, `-${ada}`],
      [`+${ada}`, `-${ada}`],
    ]);
  });

  it('the registry calls the source of the account', async () => {
    const { accounts, cli, store } = machine().window();
    await (await cli.codexAccounts()).connect();
    const codexAccount = (await accounts.list(chatGptProviderId)).find(({ source }) => source === 'codexCli');
    if (!codexAccount) throw new Error('the CLI has no account');
    expect(await accounts.credential(codexAccount, flow)).toMatchObject({ account: { label: ada } });
    await accounts.updateProfile(codexAccount, { plan: 'pro' });
    expect(store.calls).toEqual([]);
    expect(await accounts.credential(store.own, flow)).toMatchObject({ account: { label: ben } });
    await accounts.updateProfile(store.own, { plan: 'pro' });
    await accounts.reload();
    expect(store.calls).toEqual(['credential own', 'update own', 'reload']);
    expect((await accounts.list(chatGptProviderId))[1]?.identity).toMatchObject({ plan: 'pro' });
  });

  it('a sign-in goes to the source of the requested session, and otherwise to the first source, which is told that another is wanted', async () => {
    const { accounts } = machine().window();
    expect((await accounts.signIn(chatGptProviderId)).label).toBe('own another');
    expect((await accounts.signIn(chatGptProviderId, 'user-ben')).label).toBe('own user-ben');
    expect((await accounts.signIn(chatGptProviderId, 'codex-cli:user-ada')).label).toBe('cli codex-cli:user-ada');
  });

  it('a sign-in while there is no account wants any', async () => {
    const wishes: SignInWish[] = [];
    const signIn = (wish: SignInWish) => Promise.resolve(wishes.push(wish)).then(() => account());
    const accounts = new Accounts(new MemoryLog(), new ManualClock());
    accounts.register(new TestSource(), { ...noActions, signIn });
    await accounts.signIn(chatGptProviderId);
    expect(wishes).toEqual([{ another: false }]);
  });

  it('the registry announces each credential that it hands out, and none that usage requests', async () => {
    const { accounts, store } = machine().window();
    const handedOut: string[] = [];
    accounts.onDidHandOut(({ hash }) => handedOut.push(hash));
    await accounts.credential(store.own, flow);
    expect(handedOut).toEqual([]);
    await accounts.credentials(chatGptProviderId, 'another', flow);
    await accounts.credentials(chatGptProviderId, store.own.id, flow);
    expect(handedOut).toEqual(['own']);
  });

  it('disconnecting all calls every source, the one with the seal keys last, and waits for the rooms that delete their data', async () => {
    const { accounts, disconnects } = machine().window();
    accounts.onDisconnectAll(async () => {
      await Promise.resolve();
      disconnects.push('usage');
    });
    expect(await accounts.disconnectAll('ab12')).toEqual({ revoked: 2, unrevoked: 1, note: 'The CLI stays.' });
    expect(disconnects).toEqual(['cli', 'own', 'usage']);
  });

  it('a change of any source is announced to every listener until it stops', async () => {
    const { cli, store, events, stop } = machine().window();
    store.fire({ added: [store.own] });
    await (await cli.codexAccounts()).connect();
    stop();
    store.fire({ removed: [store.own] });
    await (await cli.codexAccounts()).disconnect();
    expect(events).toEqual([`+${ben}`, `+${ada}`]);
  });
});
