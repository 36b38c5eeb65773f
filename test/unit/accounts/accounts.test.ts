import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Accounts } from '../../../src/accounts/accounts.ts';
import { AppServer } from '../../../src/codexCli/appServer.ts';
import { CodexAccounts } from '../../../src/codexCli/codexAccounts.ts';
import { CodexTokens } from '../../../src/codexCli/codexTokens.ts';
import { consentFile } from '../../../src/codexCli/consent.ts';
import type { AccountInfo } from '../../../src/accounts/account.ts';
import type { AccountStore } from '../../../src/accounts/store/accountStore.ts';
import type { Change } from '../../../src/vault/vaultCache.ts';
import { ProcessLocks } from '../../../src/storage/processLock.ts';
import { codexDefaults, codexService } from '../../../src/oauth/services/codex.ts';
import { ManualClock } from '../support/clock.ts';
import { jwt } from '../support/jwt.ts';
import { MemoryLog } from '../support/log.ts';

const start = Date.parse('2026-11-23T16:00:00Z');
const flow = { correlationId: 'ab12' };

/** One account of its own, and what it was asked for. */
class OneAccountCustody {
  readonly asked: string[] = [];
  readonly #listeners = new Set<(change: Change<AccountInfo>) => void>();
  readonly own = { hash: 'own', label: 'ben@example.com' } as AccountInfo;

  accounts(): Promise<AccountInfo[]> {
    return Promise.resolve([this.own]);
  }

  credential(hash: string): Promise<AccountInfo> {
    this.asked.push(`usable ${hash}`);
    return Promise.resolve(this.own);
  }

  updateProfile({ hash }: AccountInfo): Promise<void> {
    this.asked.push(`rename ${hash}`);
    return Promise.resolve();
  }

  reload(): Promise<void> {
    this.asked.push('reload');
    return Promise.resolve();
  }

  onDidChange(listener: (change: Change<AccountInfo>) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(change: Partial<Change<AccountInfo>>): void {
    for (const listener of this.#listeners) listener({ added: [], removed: [], changed: [], ...change });
  }
}

/** A machine whose CLI is signed in to Ada's account, in a file alone. */
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
    const [clock, log, store, consent] = [new ManualClock(start), new MemoryLog(), new OneAccountCustody(), consentFile(folder)];
    const loads: number[] = [];
    const executable = () => undefined;
    const load = () => {
      loads.push(clock.now());
      const client = { name: 'test', title: 'Test', version: '0' };
      const server = new AppServer({ executable, folder, env: {}, client, clock, log });
      const service = () => codexService({ ...codexDefaults, clientId: '', originator: 'test' });
      const locks = new ProcessLocks({ folder, clock, random: Math.random });
      const tokens = new CodexTokens({ home, executable, server, service, locks, clock });
      return Promise.resolve(new CodexAccounts({ home, tokens, consent, clock, log }));
    };
    const accounts = new Accounts(store as unknown as AccountStore, { consent, load });
    const events: string[] = [];
    const stop = accounts.onDidChange(({ added, removed }) => {
      events.push([...added.map(({ label }) => `+${label}`), ...removed.map(({ label }) => `-${label}`)].join(' '));
    });
    const labels = async () => (await accounts.accounts()).map(({ label }) => label);
    return { accounts, store, loads, events, labels, stop };
  };
  return { window };
}

const ben = 'ben@example.com';
const ada = 'ada@example.com (Codex CLI)';

describe('accounts of our own and of the Codex CLI', () => {
  it('costs one look whether the person has agreed, and loads nothing, until they have [R61]', async () => {
    const { accounts, loads, labels } = machine().window();
    expect(await labels()).toEqual([ben]);
    await accounts.reload();
    expect(await accounts.disconnectCodexCli()).toBe(false);
    expect(loads).toEqual([]);
    await (await accounts.codexAccounts()).connect();
    expect(await labels()).toEqual([ben, ada]);
    expect(loads).toHaveLength(1);
  });

  it('are in every window once one has agreed, and gone from every window once one takes it back', async () => {
    const { window } = machine();
    const [here, there] = [window(), window()];
    expect(await there.labels()).toEqual([ben]);
    await (await here.accounts.codexAccounts()).connect();
    expect(await there.labels()).toEqual([ben, ada]);
    expect(await there.accounts.disconnectCodexCli()).toBe(true);
    await here.accounts.reload();
    expect([await here.labels(), await there.labels()]).toEqual([[ben], [ben]]);
    expect([here.events, there.events]).toEqual([
      [`+${ada}`, `-${ada}`],
      [`+${ada}`, `-${ada}`],
    ]);
  });

  it('are each asked where they belong', async () => {
    const { accounts, store } = machine().window();
    const borrowed = await (await accounts.codexAccounts()).connect();
    expect((await accounts.credential(borrowed.hash, flow)).label).toBe(ada);
    await accounts.updateProfile(borrowed, { plan: 'pro' });
    expect(store.asked).toEqual([]);
    expect((await accounts.credential('own', flow)).label).toBe(ben);
    await accounts.updateProfile(store.own, { plan: 'pro' });
    await accounts.reload();
    expect(store.asked).toEqual(['usable own', 'rename own', 'reload']);
    expect((await accounts.accounts()).map(({ identity }) => identity)[1]).toMatchObject({ plan: 'pro' });
  });

  it('are told of to those who listen, and to nobody who has stopped', async () => {
    const { accounts, store, events, stop } = machine().window();
    store.tell({ added: [store.own] });
    await (await accounts.codexAccounts()).connect();
    stop();
    store.tell({ removed: [store.own] });
    await accounts.disconnectCodexCli();
    expect(events).toEqual([`+${ben}`, `+${ada}`]);
  });
});
