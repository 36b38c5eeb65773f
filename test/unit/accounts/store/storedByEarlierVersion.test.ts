/** `test/fixtures/storage-0.1.0` is a storage folder as version 0.1.0 wrote it, and what that version read in it. */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { AccountState } from '../../../../src/accounts/store/accountState.ts';
import type { StoredAccount } from '../../../../src/accounts/store/storedAccount.ts';
import { defined } from '../../../../src/base/defined.ts';
import type { ApiKey } from '../../../../src/apiKeys/apiKey.ts';
import { hour, minute } from '../../../../src/base/duration.ts';
import { consentFile } from '../../../../src/codexCli/consent.ts';
import { codexDefaults } from '../../../../src/oauth/services/codexClient.ts';
import type { Identity } from '../../../../src/oauth/tokenSet.ts';
import type { UsageSample } from '../../../../src/usage/history.ts';
import { UsageStore } from '../../../../src/usage/polling/usageStore.ts';
import type { RecordHeader, SealKey } from '../../../../src/vault/seal.ts';
import { unseal } from '../../../../src/vault/seal.ts';
import { readFixture } from '../../support/captured.ts';
import { ManualClock } from '../../support/clock.ts';
import { MemoryLog } from '../../support/log.ts';
import { SharedSecrets } from './support/secrets.ts';
import { json, rotated } from './support/service.ts';
import { stored } from './support/signedIn.ts';
import type { Window } from './support/window.ts';
import { flow, openWindow, storageFolder } from './support/window.ts';

/** An account in the words of its record. The id_token is in its three parts. */
interface WrittenAccount extends RecordHeader {
  readonly id: string;
  readonly keyId: string;
  readonly sealed: {
    readonly label: string;
    readonly service: StoredAccount['service'];
    readonly identity: Identity;
    readonly tokens: Omit<StoredAccount['tokens'], 'idToken'> & { readonly idToken: readonly string[] };
    readonly asked?: { readonly at: number; readonly times: number };
    readonly waitUntil?: number;
    readonly unexplained?: { readonly since: number; readonly times: number };
  };
}

interface WrittenUsage {
  readonly revision: number;
  readonly progress: { readonly trouble?: { readonly login: string } };
  readonly snapshot: object;
  readonly marks: readonly object[];
}

interface Written {
  readonly writtenAt: number;
  readonly sealKeys: readonly string[];
  /** By id. */
  readonly accounts: readonly WrittenAccount[];
  /** By name. */
  readonly apiKeys: readonly ApiKey[];
  readonly usesCodexCli: boolean;
  /** By the account's hash, as is `history`. */
  readonly usage: Readonly<Record<string, WrittenUsage>>;
  readonly history: Readonly<Record<string, readonly UsageSample[]>>;
}

const written = readFixture('storage-0.1.0/expected.json') as Written;

const states: Readonly<Record<string, AccountState>> = {
  ready: 'ready',
  asking: 'refreshing',
  ended: 'expired',
  leaving: 'signingOut',
};

interface Opened extends Window {
  readonly folder: string;
  readonly clock: ManualClock;
  /** Each refresh token that was presented or revoked, with its address. */
  readonly requests: string[];
  readonly key: SealKey;
  hashOf(name: string): string;
}

/** Today's code on a copy of the folder. @param reply the response to each request; the names of workspaces are unknown */
async function openFolder(now: number, reply: (name: string) => Response | Promise<Response>): Promise<Opened> {
  const folder = storageFolder();
  cpSync(fileURLToPath(new URL('../../../fixtures/storage-0.1.0/storage', import.meta.url)), folder, { recursive: true });
  const secrets = new SharedSecrets();
  const inSecretStore = readFixture('storage-0.1.0/secrets.json') as Record<string, string>;
  for (const [name, value] of Object.entries(inSecretStore)) await secrets.store(name, value);
  const clock = new ManualClock(now);
  const requests: string[] = [];
  const fetch = async (url: string, { body }: RequestInit): Promise<Response> => {
    if (url.endsWith('/wham/accounts/check')) return json(404, {});
    const [token = '', name = ''] = /fixture-refresh-token-(\w+)-\d/.exec(body as string) ?? [];
    requests.push(`${url} ${token}`);
    return reply(name);
  };
  const window = openWindow({ folder, secrets, clock, fetch, random: () => 0.5 });
  const [key] = await window.keys.find(written.sealKeys);
  if (!key) throw new Error('the seal key is missing');
  return { ...window, folder, clock, requests, key, hashOf: name => accountNamed(name).hash };
}

function accountNamed(name: string): WrittenAccount {
  const account = written.accounts.find(({ id }) => id.startsWith(`user-fixture-${name}`));
  if (!account) throw new Error(`no account of ${name}`);
  return account;
}

/** The account as today's code has to see it. */
function inWordsOfToday({ id, hash, keyId, login, generation, state, sealed }: WrittenAccount): StoredAccount {
  const { asked, tokens, ...same } = sealed;
  const idToken = tokens.idToken.map(part => Buffer.from(part).toString('base64url')).join('.');
  return {
    ...same,
    // Since then, an id names any issuer but OpenAI's own.
    id: sealed.service.issuer === codexDefaults.issuer ? id : `${sealed.service.issuer}#${id}`,
    ...{ hash, keyId, signInId: login, generation, state: states[state] ?? expect.fail(state), tokens: { ...tokens, idToken } },
    ...(asked ? { refreshAttempt: asked } : {}),
  };
}

function openUsage(folder: string): UsageStore {
  const clock = new ManualClock(written.writtenAt);
  const store = new UsageStore({ folder, clock, http: { clockOffset: 0 }, log: new MemoryLog(), random: () => 0.5 });
  onTestFinished(() => {
    store.close();
  });
  return store;
}

/** What SQLite itself finds in a file. */
function rowsIn(folder: string, file: string, table: string): Record<string, unknown>[] {
  const database = new DatabaseSync(join(folder, file), { readOnly: true });
  try {
    return database.prepare(`SELECT * FROM ${table}`).all();
  } finally {
    database.close();
  }
}

/** The accounts as their records are, whoever wrote them. */
function recordsIn(folder: string, key: SealKey): WrittenAccount[] {
  const rows = rowsIn(folder, 'vault-1.db', 'account') as unknown as (RecordHeader & { key_id: string; sealed: Uint8Array })[];
  const records = rows.map(({ key_id: keyId, sealed, ...header }) => {
    const content = unseal(key, header, sealed) as Omit<WrittenAccount['sealed'], 'tokens'> & Pick<StoredAccount, 'tokens'>;
    const { userId, workspaceId } = content.identity;
    const idToken = content.tokens.idToken.split('.').map(part => Buffer.from(part, 'base64url').toString('utf8'));
    const id = workspaceId === undefined ? userId : `${userId}/${workspaceId}`;
    return { id, ...header, keyId, sealed: { ...content, tokens: { ...content.tokens, idToken } } };
  });
  return records.sort((a, b) => (a.id < b.id ? -1 : 1));
}

const noRequest = () => expect.fail('nothing is to be requested');

describe('a storage folder of version 0.1.0', () => {
  it('opens with every account as it was', async () => {
    const window = await openFolder(written.writtenAt, noRequest);
    const all = (await stored(window)).sort((a, b) => (a.identity.userId < b.identity.userId ? -1 : 1));
    expect(all).toEqual(written.accounts.map(inWordsOfToday));
    expect(all.map(({ state }) => state)).toEqual(['ready', 'refreshing', 'expired', 'signingOut', 'ready', 'ready']);
    const listed = (await window.store.accounts()).map(({ label }) => label);
    expect(listed.sort()).toEqual(written.accounts.flatMap(({ state, sealed }) => (state === 'leaving' ? [] : sealed.label)).sort());
    expect(window.store.problem).toBeUndefined();
  });

  it.each(['ada', 'ben', 'eve', 'finn'])('refreshes the account of %s with the stored refresh token', async name => {
    const { sealed } = accountNamed(name);
    const { store, requests, hashOf } = await openFolder(written.writtenAt + hour, () =>
      rotated(sealed.identity, { token_type: 'bearer' }),
    );
    const { tokens, generation, state } = await store.credential(hashOf(name), flow);
    expect(requests).toEqual([`${sealed.service.endpoints.token} ${sealed.tokens.refreshToken}`]);
    expect([generation, state]).toEqual([accountNamed(name).generation + 1, 'ready']);
    expect(tokens.accessToken).not.toBe(sealed.tokens.accessToken);
  });

  it('hands out a token that is still valid without a request, and none of an expired session', async () => {
    const { store, hashOf } = await openFolder(written.writtenAt, noRequest);
    expect((await store.credential(hashOf('ada'), flow)).tokens.accessToken).toBe('fixture-access-token-ada-2');
    await expect(store.credential(hashOf('cyd'), flow)).rejects.toMatchObject({ code: 'signedOut' });
  });

  it('lets a refresh token rest whose last two responses were lost', async () => {
    const { at } = accountNamed('ben').sealed.asked ?? expect.fail();
    const { store, clock, requests, hashOf } = await openFolder(at + 2 * minute - 1, () => rotated(accountNamed('ben').sealed.identity));
    await expect(store.credential(hashOf('ben'), flow)).rejects.toMatchObject({ code: 'serviceUnavailable' });
    expect(requests).toEqual([]);
    clock.advance(1);
    await store.credential(hashOf('ben'), flow);
    expect(requests).toHaveLength(1);
  });

  it('waits as the service asked, and is not over at its third refusal without a code', async () => {
    const { waitUntil = 0 } = accountNamed('eve').sealed;
    const { store, clock, requests, hashOf } = await openFolder(waitUntil - 1, () => json(401, {}));
    await expect(store.credential(hashOf('eve'), flow)).rejects.toMatchObject({ code: 'serviceUnavailable' });
    expect(requests).toEqual([]);
    clock.advance(1);
    await expect(store.credential(hashOf('eve'), flow)).rejects.toMatchObject({ code: 'refused' });
    expect((await store.accounts()).find(({ hash }) => hash === hashOf('eve'))).toMatchObject({ state: 'ready', refusals: { times: 1 } });
  });

  it('has its interrupted sign-out finished', async () => {
    const window = await openFolder(written.writtenAt, () => new Response('{}'));
    await window.store.prepare();
    await window.store.settled();
    expect(window.requests).toEqual(['https://auth.openai.com/oauth/revoke fixture-refresh-token-dora-1']);
    expect(recordsIn(window.folder, window.key)).toEqual(written.accounts.filter(({ state }) => state !== 'leaving'));
  });

  it('opens with its API keys and the consent to use the Codex CLI', async () => {
    const { apiKeys, folder } = await openFolder(written.writtenAt, noRequest);
    expect(await apiKeys.list()).toEqual(written.apiKeys);
    expect(written.apiKeys.map(({ isRefused }) => isRefused)).toEqual([true, false]);
    expect([consentFile(folder).hasConsent(), written.usesCodexCli]).toEqual([true, true]);
  });

  it('opens with readings, poll states, alert marks and history', async () => {
    const { folder } = await openFolder(written.writtenAt, noRequest);
    const store = openUsage(folder);
    const expected = Object.entries(written.usage).map(([hash, each]): [string, object] => {
      const { trouble, ...rest } = each.progress;
      if (!trouble) return [hash, each];
      const { login: signInId, ...known } = trouble;
      return [hash, { ...each, progress: { ...rest, failure: { ...known, signInId } } }];
    });
    expect(Object.fromEntries((await store.read()) ?? [])).toEqual(Object.fromEntries(expected));
    for (const [hash, samples] of Object.entries(written.history)) expect(await store.history(hash)).toEqual(samples);
  });

  it('keeps its words where accounts are written again', async () => {
    const { store, folder, key, hashOf, requests } = await openFolder(written.writtenAt, () => new Promise<never>(() => undefined));
    for (const account of await store.accounts()) await store.updateProfile(account, { plan: 'fixture' });
    const again = written.accounts.map(account => {
      const { state, sealed } = account;
      // Refusals without a code are not counted by themselves any more.
      const kept = defined({ ...sealed, unexplained: undefined });
      const changed = { ...kept, identity: { ...sealed.identity, plan: 'fixture' }, reported: { plan: 'fixture' } };
      return state === 'leaving' ? account : { ...account, sealed: changed };
    });
    expect(recordsIn(folder, key)).toEqual(again);
    const revoking = store.disconnect(hashOf('finn'), flow);
    await expect.poll(() => requests).toHaveLength(1);
    const leaving = (each: (typeof again)[number]) => ({
      ...each,
      state: 'leaving',
      sealed: { ...each.sealed, signedOutAt: written.writtenAt },
    });
    expect(recordsIn(folder, key)).toEqual(again.map(each => (each.hash === hashOf('finn') ? leaving(each) : each)));
    void revoking;
  });

  it('keeps its words where refreshes fail', async () => {
    const lost = () => Promise.reject(new TypeError('fetch failed', { cause: Object.assign(new Error(), { code: 'ECONNRESET' }) }));
    const replies: Record<string, () => Response | Promise<Response>> = {
      ada: () => json(400, { error: { code: 'invalid_grant' } }),
      ben: lost,
      finn: () => json(401, {}),
    };
    const now = written.writtenAt + hour;
    const { store, folder, key, hashOf } = await openFolder(now, name => (replies[name] ?? noRequest)());
    for (const [name, code] of [['ada', 'signedOut'] as const, ['ben', 'offline'] as const, ['finn', 'refused'] as const])
      await expect(store.credential(hashOf(name), flow)).rejects.toMatchObject({ code });
    const [ada, ben, finn] = ['ada', 'ben', 'finn']
      .map(accountNamed)
      .map(({ hash }) => recordsIn(folder, key).find(each => each.hash === hash));
    expect(ada).toEqual({ ...accountNamed('ada'), state: 'ended' });
    const before = accountNamed('ben');
    expect(ben).toEqual({ ...before, sealed: { ...before.sealed, asked: { at: now, times: 3 } } });
    expect(finn?.sealed).toMatchObject({ refusals: { at: now, times: 1, code: '401', lasting: 0 }, waitUntil: now + minute });
  });

  it('keeps its words where an API key is written again', async () => {
    const { apiKeys, folder, key } = await openFolder(written.writtenAt, noRequest);
    for (const apiKey of await apiKeys.list()) await apiKeys.saveCheckResult(apiKey, 'refused');
    const rows = rowsIn(folder, 'vault-1.db', 'api_key') as unknown as { id: string; key_id: string; sealed: Uint8Array }[];
    const records = rows.map(({ id, key_id: keyId, sealed }) => {
      const content = unseal(key, { hash: id, login: 'api-key', generation: 0, state: 'ready' }, sealed) as Omit<ApiKey, 'id' | 'keyId'>;
      return { id, keyId, ...content };
    });
    const byName = records.sort((a, b) => (a.name < b.name ? -1 : 1));
    expect(byName).toEqual(written.apiKeys.map(each => ({ ...each, isRefused: true })));
  });

  it('keeps its words where usage is written again', async () => {
    const { folder } = await openFolder(written.writtenAt, noRequest);
    const store = openUsage(folder);
    const before = rowsIn(folder, 'usage-1.db', 'sample');
    for (const hash of Object.keys(written.usage)) await store.update(hash, () => ({}));
    const rows = rowsIn(folder, 'usage-1.db', 'usage') as { hash: string; progress: string; snapshot: string; marks: string }[];
    const read = rows.map(({ hash, progress, snapshot, marks, ...rest }) => {
      const [parsed, reading, alerts] = [progress, snapshot, marks].map(text => JSON.parse(text) as unknown);
      return [hash, { ...rest, progress: parsed, snapshot: reading, marks: alerts }] as const;
    });
    const expected = Object.entries(written.usage).map(([hash, each]) => [hash, { ...each, revision: each.revision + 1 }]);
    expect(Object.fromEntries(read)).toEqual(Object.fromEntries(expected));
    expect(rowsIn(folder, 'usage-1.db', 'sample')).toEqual(before);
  });
});
