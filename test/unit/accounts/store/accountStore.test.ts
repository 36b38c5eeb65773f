import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../../../src/base/errors.ts';
import { ManualClock } from '../../support/clock.ts';
import { start } from './support/child.ts';
import { BrokenSecrets, SharedSecrets, SilentSecrets } from './support/secrets.ts';
import { ada, ben, FakeService, hour, json, networkFault, pending, rotated, service, tokensOf } from './support/service.ts';
import { signedIn, stored } from './support/signedIn.ts';
import { flow, openWindow, storageFolder } from './support/window.ts';

const now = new ManualClock().now();

describe('a sign-in', () => {
  it('is stored before it is told, and seen by another window at its next look', async () => {
    const folder = storageFolder();
    const secrets = new SharedSecrets();
    const [one, two] = [openWindow({ folder, secrets }), openWindow({ folder, secrets })];
    await two.store.reload();
    const account = await one.store.saveSignIn(service, tokensOf(ada, now), flow);
    expect(one.events).toEqual(['+ada@example.com']);
    expect(await two.store.accounts()).toEqual([account]);
    expect(two.events).toEqual(['+ada@example.com']);
    await two.store.reload();
    expect(two.events).toHaveLength(1);
  });

  it('of a known account replaces its tokens in place, and the old token is revoked once, after that [R33]', async () => {
    const window = await signedIn();
    const { account, store, server, events } = window;
    const tokens = tokensOf({ ...ada, email: 'new@example.com' }, now);
    server.onRevoke(async () => {
      expect(await stored(window)).toMatchObject([{ tokens }]);
      return json(200, {});
    });
    const again = await store.saveSignIn(service, tokens, flow);
    await store.settled();
    expect(again).toMatchObject({ hash: account.hash, label: account.label, generation: 1, tokens });
    expect(again.signInId).not.toBe(account.signInId);
    expect(server.asked).toEqual([{ kind: 'revoke', token: account.tokens.refreshToken }]);
    expect(events).toEqual(['~ada@example.com']);
  });

  it('is kept although the old token cannot be revoked [R33]', async () => {
    const { store, server } = await signedIn();
    server.onRevoke(() => networkFault('ECONNREFUSED'));
    const again = await store.saveSignIn(service, tokensOf(ada, now), flow);
    await store.settled();
    expect(await store.accounts()).toEqual([again]);
  });

  it('of another account than the one that was wanted is given back, and nothing is stored [R70]', async () => {
    const window = await signedIn();
    const { account, store, server } = window;
    const tokens = tokensOf(ben, now);
    await expect(store.saveSignIn(service, tokens, { ...flow, wanted: account.id })).rejects.toMatchObject({ code: 'wrongAccount' });
    await store.settled();
    expect(server.revoked).toEqual([tokens.refreshToken]);
    expect(await stored(window)).toEqual([account]);
    expect(window.events).toEqual([]);
  });

  it('of the account that was wanted is taken', async () => {
    const { account, store } = await signedIn();
    expect(await store.saveSignIn(service, tokensOf(ada, now), { ...flow, wanted: account.id })).toMatchObject({ id: account.id });
  });

  it.each(['opaque', 'e30.e30.e30'])('whose id_token tells nobody (%s) is given back', async idToken => {
    const { store, server } = await signedIn();
    const tokens = { ...tokensOf(ada, now), idToken };
    await expect(store.saveSignIn(service, tokens, flow)).rejects.toMatchObject({ code: 'identityInvalid' });
    await store.settled();
    expect(server.revoked).toEqual([tokens.refreshToken]);
  });

  it('that has no place to be kept is given back', async () => {
    const window = await signedIn();
    const [clock, server] = [new ManualClock(), new FakeService()];
    const stranger = openWindow({ folder: window.folder, clock, fetch: server.fetch });
    const tokens = tokensOf(ada, now);
    const adopted = stranger.store.saveSignIn(service, tokens, flow);
    await clock.untilSleeping(200);
    clock.advance(2_000);
    await expect(adopted).rejects.toMatchObject({ code: 'keyMissing' });
    await stranger.store.settled();
    expect(server.revoked).toEqual([tokens.refreshToken]);
    expect(await window.store.accounts()).toEqual([window.account]);
  });

  it('of several accounts keeps their labels apart and sorts by them', async () => {
    const { store, server } = await signedIn();
    const team = { ...ada, workspaceId: 'workspace-team' };
    const nameTeam = (name: string) => {
      server.onNames(() => json(200, { accounts: [{ id: team.workspaceId, name }] }));
    };
    await store.saveSignIn(service, tokensOf(ben, now), flow);
    nameTeam('Team');
    await store.saveSignIn(service, tokensOf(team, now), flow);
    const labels = (await store.accounts()).map(({ label }) => label);
    expect(labels).toEqual(['ada@example.com', 'ada@example.com (Team)', 'ben@example.com']);
    nameTeam('Renamed');
    await store.saveSignIn(service, tokensOf(team, now), flow);
    expect((await store.accounts()).map(({ label }) => label)).toEqual(labels);
  });

  it('with another issuer is another account [R54]', async () => {
    const { store } = await signedIn();
    await store.saveSignIn({ ...service, issuer: 'https://other.example' }, tokensOf(ada, now), flow);
    expect(await store.accounts()).toHaveLength(2);
  });

  it('stays one account where its window has several keys', async () => {
    const folder = storageFolder();
    const [secrets, lost] = [new SharedSecrets(), new SharedSecrets()];
    await openWindow({ folder, secrets: lost, clock: new ManualClock(now - hour) }).keys.require('ifNone');
    const window = openWindow({ folder, secrets });
    await window.keys.require('additional');
    const account = await window.store.saveSignIn(service, tokensOf(ada, now), flow);
    // The lost keyring is found again, with the key that was announced first.
    for (const [name, value] of lost.entries) secrets.entries.set(name, value);
    const both = openWindow({ folder, secrets, fetch: new FakeService().fetch });
    const again = await both.store.saveSignIn(service, tokensOf(ada, now), flow);
    expect(again).toMatchObject({ hash: account.hash, keyId: account.keyId });
    expect(await both.store.accounts()).toEqual([again]);
  });

  it('by two windows at once is one account, and the one that came first is revoked', async () => {
    const window = await signedIn();
    const other = window.another(window.clock);
    const [one, two] = [tokensOf(ben, now), tokensOf(ben, now)];
    await window.store.saveSignIn(service, one, flow);
    await other.store.saveSignIn(service, two, flow);
    await other.store.settled();
    expect(window.server.revoked).toEqual([one.refreshToken]);
    expect((await window.store.accounts()).map(({ tokens }) => tokens.refreshToken)).toContain(two.refreshToken);
    expect(await window.store.accounts()).toHaveLength(2);
  });
});

describe('signing out', () => {
  it('takes the account from every window before the service is asked, then deletes its record [R69]', async () => {
    const window = await signedIn();
    const { account, store, server } = window;
    const other = window.another();
    await other.store.reload();
    const { answer, give } = pending();
    server.onRevoke(() => answer);
    const done = store.disconnect(account.hash, flow);
    await server.untilAsked(1);
    expect(window.events).toEqual(['-ada@example.com']);
    expect(await other.store.accounts()).toEqual([]);
    expect(other.events).toEqual(['+ada@example.com', '-ada@example.com']);
    expect(await stored(window)).toMatchObject([{ state: 'signingOut' }]);
    await expect(store.credential(account.hash, flow)).rejects.toMatchObject({ code: 'signedOut' });
    give(json(200, {}));
    expect(await done).toBe(true);
    expect(server.revoked).toEqual([account.tokens.refreshToken]);
    expect(await stored(window)).toEqual([]);
  });

  it.each<[string, () => Response]>([
    ['cannot be reached', () => networkFault('ENOTFOUND')],
    ['fails', () => json(503, {})],
  ])('goes through although the service %s, and says that the session may live on', async (_how, reply) => {
    const window = await signedIn();
    window.server.onRevoke(reply);
    expect(await window.store.disconnect(window.account.hash, flow)).toBe(false);
    expect(await stored(window)).toEqual([]);
  });

  it('does not wait for a service that never answers for more than ten seconds [R32]', async () => {
    const window = await signedIn();
    window.server.onRevoke(() => new Promise(() => undefined));
    const done = window.store.disconnect(window.account.hash, flow);
    await window.server.untilAsked(1);
    window.clock.advance(10_000);
    expect(await done).toBe(false);
    expect(await stored(window)).toEqual([]);
  });

  it('twice, or in two windows, revokes once', async () => {
    const window = await signedIn();
    const other = window.another(window.clock);
    const { hash } = window.account;
    await other.store.reload();
    await window.store.disconnect(hash, flow);
    expect(await other.store.disconnect(hash, flow)).toBe(true);
    expect(await window.store.disconnect(hash, flow)).toBe(true);
    expect(window.server.asked).toHaveLength(1);
  });

  it('does not touch an account that signed in again meanwhile', async () => {
    const window = await signedIn();
    const { answer, give } = pending();
    window.server.onRevoke(() => answer);
    const done = window.store.disconnect(window.account.hash, flow);
    await window.server.untilAsked(1);
    const again = await window.another().store.saveSignIn(service, tokensOf(ada, now), flow);
    give(json(200, {}));
    await done;
    expect(await window.store.accounts()).toEqual([again]);
  });

  it('does not wait for a refresh that runs', async () => {
    const window = await signedIn();
    const lock = await window.locks.acquire(window.account.hash, new AbortController().signal);
    expect(await window.store.disconnect(window.account.hash, flow)).toBe(true);
    lock.release();
  });

  it('that was cut short by a crash is completed at the next start of any window [R69]', async () => {
    const window = await signedIn();
    const { account, server } = window;
    server.onRevoke(() => new Promise(() => undefined));
    void window.store.disconnect(account.hash, flow);
    await server.untilAsked(1);
    server.onRevoke(() => json(200, {}));
    const next = window.another();
    await next.store.prepare();
    expect(await next.store.accounts()).toEqual([]);
    await next.store.settled();
    expect(server.revoked).toEqual([account.tokens.refreshToken, account.tokens.refreshToken]);
    expect(await stored(next)).toEqual([]);
  });

  it('whose record cannot be deleted is done all the same, and the next start deletes it', async () => {
    const window = await signedIn();
    const { vault, store, server, account } = window;
    const write = vault.write.bind(vault);
    server.onRevoke(() => {
      vault.write = () => Promise.reject(new AppError('vaultUnavailable'));
      return json(200, {});
    });
    expect(await store.disconnect(account.hash, flow)).toBe(true);
    expect(await store.accounts()).toEqual([]);
    vault.write = write;
    server.onRevoke(() => json(200, {}));
    expect(await stored(window)).toMatchObject([{ state: 'signingOut' }]);
    await store.prepare();
    await store.settled();
    expect(await stored(window)).toEqual([]);
  });

  it('that cannot be written down is told, and the account stays', async () => {
    const { vault, store, account } = await signedIn();
    vault.write = () => Promise.reject(new AppError('vaultUnavailable'));
    await expect(store.disconnect(account.hash, flow)).rejects.toMatchObject({ code: 'vaultUnavailable' });
    expect(await store.accounts()).toEqual([account]);
  });

  it('is completed by one of two windows that start at once', async () => {
    const window = await signedIn();
    const { server, account } = window;
    server.onRevoke(() => new Promise(() => undefined));
    void window.store.disconnect(account.hash, flow);
    await server.untilAsked(1);
    const { answer, give } = pending();
    server.onRevoke(() => answer);
    const [one, two] = [window.another(), window.another()];
    await one.store.prepare();
    await server.untilAsked(2);
    await two.store.prepare();
    await two.store.settled();
    give(json(200, {}));
    await one.store.settled();
    expect(server.asked).toHaveLength(2);
    expect(await stored(one)).toEqual([]);
  });
});

describe('disconnecting all accounts', () => {
  it('revokes each and deletes every record and key, and the store keeps none [R42]', async () => {
    const window = await signedIn();
    const { store, server, vault, secrets, account, folder } = window;
    const other = window.another();
    await other.store.reload();
    const tokens = tokensOf(ben, now);
    await store.saveSignIn(service, tokens, flow);
    expect(await store.disconnectAll(flow)).toEqual({ revoked: 2, unrevoked: 0 });
    expect(server.revoked.sort()).toEqual([account.tokens.refreshToken, tokens.refreshToken].sort());
    expect(await vault.read()).toEqual({ rows: [], apiKeys: [], keyIds: [] });
    expect(secrets.entries.size).toBe(0);
    expect(readdirSync(folder)).toContain('vault-1.db');
    expect(await store.accounts()).toEqual([]);
    expect(await other.store.accounts()).toEqual([]);
  });

  it('counts what could not be revoked: at a service that is away, and under keys of other stores [R32]', async () => {
    const window = await signedIn();
    const stranger = openWindow({ folder: window.folder });
    await stranger.store.requireSealKey('additional');
    await stranger.store.saveSignIn(service, tokensOf(ben, now), flow);
    window.server.onRevoke(() => json(503, {}));
    expect(await window.store.disconnectAll(flow)).toEqual({ revoked: 0, unrevoked: 2 });
    expect(await stranger.store.accounts()).toEqual([]);
    expect(await stored(window)).toEqual([]);
  });

  it('takes along who signs in meanwhile, and who was leaving when a window died', async () => {
    const window = await signedIn();
    const { store, server, account } = window;
    server.onRevoke(() => new Promise(() => undefined));
    void window.another().store.disconnect(account.hash, flow);
    await server.untilAsked(1);
    const late = tokensOf(ben, now);
    server.onRevoke(async token => {
      if (token === account.tokens.refreshToken) await window.another(window.clock).store.saveSignIn(service, late, flow);
      return json(200, {});
    });
    expect(await store.disconnectAll(flow)).toEqual({ revoked: 2, unrevoked: 0 });
    expect(server.revoked).toContain(late.refreshToken);
    expect(await stored(window)).toEqual([]);
  });

  it('deletes nothing that could not be read, and says what is wrong', async () => {
    const window = await signedIn();
    const blind = openWindow({ folder: window.folder, secrets: new BrokenSecrets() });
    await expect(blind.store.disconnectAll(flow)).rejects.toMatchObject({ code: 'secretStoreUnavailable' });
    expect(await window.store.accounts()).toEqual([window.account]);
  });

  it('lets people sign in again afterwards, in any window', async () => {
    const window = await signedIn();
    const other = window.another(window.clock);
    await other.store.reload();
    await window.store.disconnectAll(flow);
    const again = await other.store.saveSignIn(service, tokensOf(ada, now), flow);
    expect(await window.store.accounts()).toEqual([again]);
  });
});

describe('what an account is called', () => {
  it('is kept as the service says it now, told to every window, and its label stays', async () => {
    const window = await signedIn();
    const other = window.another();
    await other.store.reload();
    other.events.length = 0;
    await window.store.updateProfile(window.account, { plan: 'pro', email: 'new@example.com', workspaceName: 'Ada and Sons' });
    const renamed = { ...ada, plan: 'pro', email: 'new@example.com', workspaceName: 'Ada and Sons' };
    expect(await other.store.accounts()).toMatchObject([{ label: 'ada@example.com', generation: 1, identity: renamed }]);
    expect([window.events, other.events]).toEqual([['~ada@example.com'], ['~ada@example.com']]);
  });

  it('is not written again while nothing is new', async () => {
    const { store, account, vault, events } = await signedIn();
    vault.write = () => Promise.reject(new Error('written'));
    await store.updateProfile(account, { plan: 'plus', email: 'ada@example.com' });
    expect(events).toEqual([]);
  });

  it('that cannot be stored is in the log, and harms nobody', async () => {
    const { store, account, vault, log } = await signedIn();
    vault.write = () => Promise.reject(new AppError('diskFull'));
    await store.updateProfile(account, { plan: 'pro' });
    expect(log.entries.map(({ step }) => step)).toContain('a new name could not be stored');
  });

  it('is not said of an account that signed out or in again meanwhile', async () => {
    const window = await signedIn();
    const again = await window.store.saveSignIn(service, tokensOf(ada, now), flow);
    await window.store.updateProfile(window.account, { plan: 'pro' });
    expect(await window.store.accounts()).toEqual([again]);
    await window.store.disconnect(again.hash, flow);
    await window.store.updateProfile(again, { plan: 'pro' });
    expect(await stored(window)).toEqual([]);
  });

  it('is asked for after a refresh, where the workspace may have been renamed', async () => {
    const window = await signedIn();
    const { store, account, clock, server } = window;
    server.onNames(() => json(200, { accounts: [{ id: ada.workspaceId, name: 'Ada and Daughters' }] }));
    server.onRefresh(() => rotated({ ...ada, plan: 'pro', email: 'new@example.com' }));
    clock.advance(hour);
    await store.credential(account.hash, flow);
    await store.settled();
    const identity = { ...ada, plan: 'pro', email: 'new@example.com', workspaceName: 'Ada and Daughters' };
    expect(await stored(window)).toMatchObject([{ generation: 2, label: 'ada@example.com', identity }]);
  });
});

describe('a key that nobody has shown for 90 days', () => {
  const day = 24 * hour;

  it('goes with its records, while a window that stays open shows its own every day', async () => {
    const window = await signedIn();
    const stranger = openWindow({ folder: window.folder, clock: window.clock });
    await stranger.store.requireSealKey('additional');
    await stranger.store.saveSignIn(service, tokensOf(ben, now), flow);
    for (let days = 0; days < 90; days++) {
      window.clock.advance(day);
      await window.store.settled();
    }
    expect((await window.vault.read())?.rows).toHaveLength(2);
    window.clock.advance(day);
    await window.store.settled();
    expect(await stored(window)).toMatchObject([{ label: 'ada@example.com' }]);
    expect(await window.vault.read()).toMatchObject({ rows: [{ hash: window.account.hash }], keyIds: [window.account.keyId] });
  });

  it('is not waited for: a look that cannot write it down goes through', async () => {
    const window = await signedIn();
    const { store, vault, clock, log } = window;
    vault.write = () => Promise.reject(new AppError('diskFull'));
    clock.advance(day);
    expect(await store.accounts()).toEqual([window.account]);
    await store.settled();
    expect(log.entries.map(({ step }) => step)).toContain('the keys could not be marked as used');
  });
});

describe('where locks may lie', () => {
  const remote = { fileSystemType: () => Promise.resolve(0x6969) };

  it('the mark of one window keeps the other from asking, which gets what the first one got', async () => {
    const [folder, secrets, clock, server] = [storageFolder(), new SharedSecrets(), new ManualClock(), new FakeService()];
    const open = () => openWindow({ folder, secrets, clock, fetch: server.fetch, ...remote });
    const [one, two] = [open(), open()];
    const account = await one.store.saveSignIn(service, tokensOf(ada, clock.now()), flow);
    expect(await one.store.hasUnreliableLocks()).toBe(true);
    clock.advance(hour);
    const { answer, give } = pending();
    server.onRefresh(() => answer);
    const first = one.store.credential(account.hash, flow);
    await server.untilAsked(1);
    const second = two.store.credential(account.hash, flow);
    await clock.untilSleeping(500);
    give(rotated(ada));
    expect((await first).generation).toBe(2);
    clock.advance(500);
    expect((await second).generation).toBe(2);
    expect(server.refreshed).toEqual([account.tokens.refreshToken]);
    expect(readdirSync(folder).filter(name => name.startsWith('lock-'))).toEqual([]);
  });
});

describe('the start of a window', () => {
  it('makes the key before anybody signs in, and asks nobody', async () => {
    const [secrets, server] = [new SharedSecrets(), new FakeService()];
    const { store } = openWindow({ folder: storageFolder(), secrets, fetch: server.fetch });
    await store.prepare();
    expect(await store.accounts()).toEqual([]);
    expect(secrets.entries.size).toBe(1);
    expect(server.asked).toEqual([]);
  });

  it('is not held up by a service that does not answer a revocation', async () => {
    const window = await signedIn();
    window.server.onRevoke(() => new Promise(() => undefined));
    void window.store.disconnect(window.account.hash, flow);
    await window.server.untilAsked(1);
    const next = window.another();
    await next.store.prepare();
    expect(next.store.problem).toBeUndefined();
  });

  it('beside a newer vault goes through with a problem, and changes nothing', async () => {
    const window = await signedIn();
    const database = new DatabaseSync(join(window.folder, 'vault-1.db'));
    database.exec('PRAGMA user_version = 9');
    database.close();
    const next = window.another();
    const changes: unknown[] = [];
    next.store.onDidChange(change => changes.push(change));
    await next.store.prepare();
    await next.store.settled();
    expect(next.store.problem).toMatchObject({ code: 'extensionOutdated' });
    expect(changes).toHaveLength(1);
    await expect(next.store.credential(window.account.hash, flow)).rejects.toMatchObject({ code: 'extensionOutdated' });
    await expect(next.store.requireSealKey('ifUnused')).rejects.toMatchObject({ code: 'extensionOutdated' });
    // A window that had it open answers from memory.
    expect(await window.store.accounts()).toEqual([window.account]);
    expect(window.store.problem?.code).toBe('vaultNewer');
    expect(await window.store.credential(window.account.hash, flow)).toEqual(window.account);
  });

  it('without a folder to write to goes through with a problem, which is told once and goes away again', async () => {
    const folder = storageFolder();
    writeFileSync(folder, '');
    const { store, log } = openWindow({ folder });
    const changes: unknown[] = [];
    store.onDidChange(() => changes.push(store.problem?.code));
    await store.prepare();
    await store.reload();
    await store.settled();
    expect(store.problem?.code).toBe('vaultUnavailable');
    expect(log.entries.filter(({ step }) => step === 'the vault cannot be read')).toHaveLength(1);
    rmSync(folder);
    await store.reload();
    expect(store.problem).toBeUndefined();
    expect(changes).toEqual(['vaultUnavailable', undefined]);
  });

  it('with a secret store that never answers ends after five seconds each for the key and for the look', async () => {
    const window = await signedIn();
    const clock = new ManualClock();
    const { store } = openWindow({ folder: window.folder, clock, secrets: new SilentSecrets() });
    const prepared = store.prepare();
    for (let calls = 0; calls < 2; calls++) {
      await clock.untilSleeping(5_000);
      clock.advance(5_000);
    }
    await prepared;
    expect(store.problem?.code).toBe('secretStoreUnavailable');
  });
});

describe('a window whose store has no key of the records', () => {
  it('shows no account and leaves the records alone [R43]', async () => {
    const window = await signedIn();
    const stranger = openWindow({ folder: window.folder });
    await stranger.store.prepare();
    expect(await stranger.store.accounts()).toEqual([]);
    expect(stranger.store.problem).toBeUndefined();
    expect(await stranger.store.disconnect(window.account.hash, flow)).toBe(true);
    await expect(stranger.store.credential(window.account.hash, flow)).rejects.toMatchObject({ code: 'signedOut' });
    expect(await window.store.accounts()).toEqual([window.account]);
  });

  it('has accounts of its own beside them once its person said so', async () => {
    const window = await signedIn();
    const stranger = openWindow({ folder: window.folder });
    await stranger.store.requireSealKey('additional');
    const account = await stranger.store.saveSignIn(service, tokensOf(ada, now), flow);
    expect(await stranger.store.accounts()).toEqual([account]);
    expect(await window.store.accounts()).toEqual([window.account]);
    expect(account.hash).not.toBe(window.account.hash);
  });
});

describe('while the vault is busy', () => {
  it('memory answers after 200 ms, and what changed is seen without a further event', async () => {
    const window = await signedIn();
    const clock = new ManualClock();
    const other = window.another(clock);
    await other.store.reload();
    const holder = await start('statement', [join(window.folder, 'vault-1.db')]);
    const tell = async (sql: string) => {
      holder.say(sql);
      expect(await holder.hear()).toBe('done');
    };
    await tell('BEGIN EXCLUSIVE');
    await tell('DELETE FROM account');
    const accounts = other.store.accounts();
    await clock.untilSleeping(200);
    clock.advance(200);
    expect(await accounts).toEqual([window.account]);
    expect(other.store.problem).toBeUndefined();
    const changed = new Promise<void>(resolve => {
      other.store.onDidChange(() => {
        resolve();
      });
    });
    await tell('COMMIT');
    await clock.untilSleeping(250);
    clock.advance(250);
    await changed;
    expect(other.events).toEqual(['+ada@example.com', '-ada@example.com']);
  });

  it('a window that has no memory yet waits for ten seconds, and has a problem until it has seen something', async () => {
    const window = await signedIn();
    const holder = await start('statement', [join(window.folder, 'vault-1.db')]);
    holder.say('BEGIN EXCLUSIVE');
    await holder.hear();
    const clock = new ManualClock();
    const late = window.another(clock);
    const accounts = late.store.accounts();
    await clock.untilSleeping(15);
    clock.advance(10_000);
    expect(await accounts).toEqual([]);
    expect(late.store.problem?.code).toBe('vaultUnavailable');
    await holder.kill();
    await clock.untilSleeping(250);
    const told = new Promise<void>(resolve => {
      late.store.onDidChange(() => {
        resolve();
      });
    });
    clock.advance(250);
    await told;
    expect(late.store.problem).toBeUndefined();
    expect(late.events).toEqual(['', '+ada@example.com']);
  });
});

describe('looks', () => {
  it('that are wished for before one has begun are one', async () => {
    const { store, vault } = await signedIn();
    const read = vault.read.bind(vault);
    let reads = 0;
    vault.read = patience => {
      reads++;
      return read(patience);
    };
    await Promise.all(Array.from({ length: 50 }, () => store.accounts()));
    expect(reads).toBe(1);
  });

  it('go on after a listener has thrown, and the other listeners hear it', async () => {
    const { store, account, events, log } = await signedIn();
    const stop = store.onDidChange(() => {
      throw new Error('a listener of theirs');
    });
    await store.saveSignIn(service, tokensOf(ben, now), flow);
    stop();
    await store.disconnect(account.hash, flow);
    expect(events).toEqual(['+ben@example.com', '-ada@example.com']);
    expect(log.entries.filter(({ step }) => step === 'a listener failed')).toHaveLength(1);
  });

  it('see a sign-out and sign-in between two of them as one change', async () => {
    const window = await signedIn();
    const other = window.another(window.clock);
    await other.store.disconnect(window.account.hash, flow);
    await other.store.saveSignIn(service, tokensOf(ada, now), flow);
    await window.store.reload();
    expect(window.events).toEqual(['~ada@example.com']);
  });
});

it('a damaged vault takes the accounts from view and lets the person sign in again', async () => {
  const window = await signedIn();
  window.vault.close();
  writeFileSync(join(window.folder, 'vault-1.db'), 'no database any more, '.repeat(100));
  const next = window.another();
  await next.store.prepare();
  expect(await next.store.accounts()).toEqual([]);
  const again = await next.store.saveSignIn(service, tokensOf(ada, now), flow);
  await window.store.reload();
  // With a key of its own the new vault knows the account by another name.
  expect(window.events).toEqual(['+ada@example.com -ada@example.com']);
  expect(await window.store.accounts()).toMatchObject([{ signInId: again.signInId }]);
});
