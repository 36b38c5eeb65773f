import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../../../src/base/errors.ts';
import { readFixture } from '../../support/captured.ts';
import { ManualClock } from '../../support/clock.ts';
import { start } from './support/child.ts';
import { BrokenSecrets, SharedSecrets, SilentSecrets } from './support/secrets.ts';
import {
  ada,
  ben,
  FakeService,
  hour,
  json,
  networkFault,
  oneSessionService,
  pending,
  rotated,
  service,
  tokensOf,
} from './support/service.ts';
import { signedIn, stored } from './support/signedIn.ts';
import type { Window } from './support/window.ts';
import { flow, openWindow, passDamage, storageFolder } from './support/window.ts';

const now = new ManualClock().now();

describe('saveSignIn', () => {
  it('a sign-in is stored before it is announced, and another window finds it at its next read', async () => {
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

  it('a sign-in of a known account replaces its tokens, and the old refresh token is dropped: revoking it would end the new session [R33]', async () => {
    const { account, store, server, events } = await signedIn();
    const tokens = tokensOf({ ...ada, email: 'new@example.com' }, now);
    const again = await store.saveSignIn(service, tokens, flow);
    await store.settled();
    expect(again).toMatchObject({ hash: account.hash, label: account.label, generation: 1, tokens });
    expect(again.signInId).not.toBe(account.signInId);
    expect(server.requests).toEqual([]);
    expect(events).toEqual(['~ada@example.com']);
  });

  it('where a revocation ends one session, the old refresh token of a known account is revoked once, after the new one is stored [R33]', async () => {
    const window = await signedIn(ada, oneSessionService);
    const { account, store, server, events } = window;
    const tokens = tokensOf({ ...ada, email: 'new@example.com' }, now);
    server.onRevoke(async () => {
      expect(await stored(window)).toMatchObject([{ tokens }]);
      return json(200, {});
    });
    const again = await store.saveSignIn(oneSessionService, tokens, flow);
    await store.settled();
    expect(again).toMatchObject({ hash: account.hash, label: account.label, generation: 1, tokens });
    expect(again.signInId).not.toBe(account.signInId);
    expect(server.requests).toEqual([{ kind: 'revoke', token: account.tokens.refreshToken }]);
    expect(events).toEqual(['~ada@example.com']);
  });

  it('a sign-in of a known account is kept even if the old refresh token cannot be revoked [R33]', async () => {
    const { store, server } = await signedIn(ada, oneSessionService);
    server.onRevoke(() => networkFault('ECONNREFUSED'));
    const again = await store.saveSignIn(oneSessionService, tokensOf(ada, now), flow);
    await store.settled();
    expect(await store.accounts()).toEqual([again]);
  });

  it('a sign-in of another account than the requested one is revoked and not stored [R70]', async () => {
    const window = await signedIn();
    const { account, store, server } = window;
    const tokens = tokensOf(ben, now);
    await expect(store.saveSignIn(service, tokens, { ...flow, wanted: account.id })).rejects.toMatchObject({ code: 'wrongAccount' });
    await store.settled();
    expect(server.revoked).toEqual([tokens.refreshToken]);
    expect(await stored(window)).toEqual([account]);
    expect(window.events).toEqual([]);
  });

  it('a sign-in of the requested account is stored', async () => {
    const { account, store } = await signedIn();
    expect(await store.saveSignIn(service, tokensOf(ada, now), { ...flow, wanted: account.id })).toMatchObject({ id: account.id });
  });

  it.each(['opaque', 'e30.e30.e30'])(
    'a sign-in whose id_token identifies nobody (%s) is revoked where nobody is signed in that it may be',
    async idToken => {
      const { store, server, account } = await signedIn();
      await store.disconnect(account.hash, flow);
      server.requests.length = 0;
      const tokens = { ...tokensOf(ada, now), idToken };
      await expect(store.saveSignIn(service, tokens, flow)).rejects.toMatchObject({ code: 'identityInvalid' });
      await store.settled();
      expect(server.revoked).toEqual([tokens.refreshToken]);
    },
  );

  it.each(['opaque', 'e30.e30.e30'])(
    'a sign-in whose id_token identifies nobody (%s) may be of anybody who is signed in, so it is dropped',
    async idToken => {
      const { store, server } = await signedIn();
      await expect(store.saveSignIn(service, { ...tokensOf(ada, now), idToken }, flow)).rejects.toMatchObject({ code: 'identityInvalid' });
      await store.settled();
      expect(server.revoked).toEqual([]);
    },
  );

  it('a sign-in that cannot be sealed is dropped: records of another secret store may be of the same person', async () => {
    const window = await signedIn();
    const [clock, server] = [new ManualClock(), new FakeService()];
    const withoutKey = openWindow({ folder: window.folder, clock, fetch: server.fetch });
    const tokens = tokensOf(ada, now);
    const saving = withoutKey.store.saveSignIn(service, tokens, flow);
    await clock.untilSleeping(200);
    clock.advance(2_000);
    await expect(saving).rejects.toMatchObject({ code: 'keyMissing' });
    await withoutKey.store.settled();
    expect(server.revoked).toEqual([]);
    expect(await window.store.accounts()).toEqual([window.account]);
  });

  it('several accounts have different labels, and are sorted by them', async () => {
    const { store, server } = await signedIn();
    const team = { ...ada, workspaceId: 'workspace-team' };
    const setTeamName = (name: string) => {
      server.onNames(() => json(200, { accounts: [{ id: team.workspaceId, name }] }));
    };
    await store.saveSignIn(service, tokensOf(ben, now), flow);
    setTeamName('Team');
    await store.saveSignIn(service, tokensOf(team, now), flow);
    const labels = (await store.accounts()).map(({ label }) => label);
    expect(labels).toEqual([
      expect.stringMatching(/^ada@.+ \(Team, \w{8}\)$/),
      expect.stringMatching(/^ada@.+ \(\w{8}\)$/),
      expect.stringMatching(/^ben@/),
    ]);
    setTeamName('Renamed');
    await store.saveSignIn(service, tokensOf(team, now), flow);
    expect((await store.accounts()).map(({ label }) => label)).toEqual(labels);
  });

  it('a sign-in with another issuer is another account [R54]', async () => {
    const { store } = await signedIn();
    await store.saveSignIn({ ...service, issuer: 'https://other.example' }, tokensOf(ada, now), flow);
    expect(await store.accounts()).toHaveLength(2);
  });

  it('a second sign-in of an account is the same account, even if its window has several seal keys', async () => {
    const folder = storageFolder();
    const [secrets, lost] = [new SharedSecrets(), new SharedSecrets()];
    await openWindow({ folder, secrets: lost, clock: new ManualClock(now - hour) }).keys.require('ifNone');
    const window = openWindow({ folder, secrets });
    await window.keys.require('additional');
    const account = await window.store.saveSignIn(service, tokensOf(ada, now), flow);
    // The lost keyring is back, with the key that was announced first.
    for (const [name, value] of lost.entries) secrets.entries.set(name, value);
    const both = openWindow({ folder, secrets, fetch: new FakeService().fetch });
    const again = await both.store.saveSignIn(service, tokensOf(ada, now), flow);
    expect(again).toMatchObject({ hash: account.hash, keyId: account.keyId });
    expect(await both.store.accounts()).toEqual([again]);
  });

  it('sign-ins of one account in two windows are one account, and the earlier one is dropped', async () => {
    const window = await signedIn();
    const other = window.another(window.clock);
    const [one, two] = [tokensOf(ben, now), tokensOf(ben, now)];
    await window.store.saveSignIn(service, one, flow);
    await other.store.saveSignIn(service, two, flow);
    await other.store.settled();
    expect(window.server.revoked).toEqual([]);
    expect((await window.store.accounts()).map(({ tokens }) => tokens.refreshToken)).toContain(two.refreshToken);
    expect(await window.store.accounts()).toHaveLength(2);
  });
});

describe('disconnect', () => {
  it('a sign-out removes the account from every window before its revocation, and then deletes its record [R69]', async () => {
    const window = await signedIn();
    const { account, store, server } = window;
    const other = window.another();
    await other.store.reload();
    const { response, respond } = pending();
    server.onRevoke(() => response);
    const done = store.disconnect(account.hash, flow);
    await server.untilRequested(1);
    expect(window.events).toEqual(['-ada@example.com']);
    expect(await other.store.accounts()).toEqual([]);
    expect(other.events).toEqual(['+ada@example.com', '-ada@example.com']);
    expect(await stored(window)).toMatchObject([{ state: 'signingOut' }]);
    await expect(store.credential(account.hash, flow)).rejects.toMatchObject({ code: 'signedOut' });
    respond(json(200, {}));
    expect(await done).toEqual({ kind: 'revoked' });
    expect(server.revoked).toEqual([account.tokens.refreshToken]);
    expect(await stored(window)).toEqual([]);
  });

  it.each<[string, () => Response]>([
    ['cannot be reached', () => networkFault('ENOTFOUND')],
    ['fails', () => json(503, {})],
  ])('a sign-out succeeds if the service %s, and reports that the session was not revoked', async (_how, reply) => {
    const window = await signedIn();
    window.server.onRevoke(reply);
    expect(await window.store.disconnect(window.account.hash, flow)).toEqual({ kind: 'unrevoked' });
    expect(await stored(window)).toEqual([]);
  });

  it('a sign-out waits at most ten seconds for its revocation [R32]', async () => {
    const window = await signedIn();
    window.server.onRevoke(() => new Promise(() => undefined));
    const done = window.store.disconnect(window.account.hash, flow);
    await window.server.untilRequested(1);
    window.clock.advance(10_000);
    expect(await done).toEqual({ kind: 'unrevoked' });
    expect(await stored(window)).toEqual([]);
  });

  it('a second sign-out, in the same window or in another, revokes nothing more', async () => {
    const window = await signedIn();
    const other = window.another(window.clock);
    const { hash } = window.account;
    await other.store.reload();
    await window.store.disconnect(hash, flow);
    expect(await other.store.disconnect(hash, flow)).toEqual({ kind: 'gone' });
    expect(await window.store.disconnect(hash, flow)).toEqual({ kind: 'gone' });
    expect(window.server.requests).toHaveLength(1);
  });

  it('a sign-out leaves an account alone that has signed in again meanwhile', async () => {
    const window = await signedIn();
    const { response, respond } = pending();
    window.server.onRevoke(() => response);
    const done = window.store.disconnect(window.account.hash, flow);
    await window.server.untilRequested(1);
    const again = await window.another().store.saveSignIn(service, tokensOf(ada, now), flow);
    respond(json(200, {}));
    await done;
    expect(await window.store.accounts()).toEqual([again]);
  });

  it('a sign-out does not wait for a refresh', async () => {
    const window = await signedIn();
    const lock = await window.locks.acquire(window.account.hash, new AbortController().signal);
    expect(await window.store.disconnect(window.account.hash, flow)).toEqual({ kind: 'revoked' });
    lock.release();
  });

  it('a sign-out that a crash interrupted is completed when any window starts [R69]', async () => {
    const window = await signedIn();
    const { account, server } = window;
    server.onRevoke(() => new Promise(() => undefined));
    void window.store.disconnect(account.hash, flow);
    await server.untilRequested(1);
    server.onRevoke(() => json(200, {}));
    const next = window.another();
    await next.store.prepare();
    expect(await next.store.accounts()).toEqual([]);
    await next.store.settled();
    expect(server.revoked).toEqual([account.tokens.refreshToken, account.tokens.refreshToken]);
    expect(await stored(next)).toEqual([]);
  });

  it('a sign-out whose record cannot be deleted succeeds, and the next start deletes the record', async () => {
    const window = await signedIn();
    const { vault, store, server, account } = window;
    const write = vault.write.bind(vault);
    server.onRevoke(() => {
      vault.write = () => Promise.reject(new AppError('vaultUnavailable'));
      return json(200, {});
    });
    expect(await store.disconnect(account.hash, flow)).toEqual({ kind: 'revoked' });
    expect(await store.accounts()).toEqual([]);
    vault.write = write;
    server.onRevoke(() => json(200, {}));
    expect(await stored(window)).toMatchObject([{ state: 'signingOut' }]);
    await store.prepare();
    await store.settled();
    expect(await stored(window)).toEqual([]);
  });

  it('a sign-out that cannot be stored fails, and the account stays', async () => {
    const { vault, store, account } = await signedIn();
    vault.write = () => Promise.reject(new AppError('vaultUnavailable'));
    await expect(store.disconnect(account.hash, flow)).rejects.toMatchObject({ code: 'vaultUnavailable' });
    expect(await store.accounts()).toEqual([account]);
  });

  it('an interrupted sign-out is completed by one of two windows that start at once', async () => {
    const window = await signedIn();
    const { server, account } = window;
    server.onRevoke(() => new Promise(() => undefined));
    void window.store.disconnect(account.hash, flow);
    await server.untilRequested(1);
    const { response, respond } = pending();
    server.onRevoke(() => response);
    const [one, two] = [window.another(), window.another()];
    await one.store.prepare();
    await server.untilRequested(2);
    await two.store.prepare();
    await two.store.settled();
    respond(json(200, {}));
    await one.store.settled();
    expect(server.requests).toHaveLength(2);
    expect(await stored(one)).toEqual([]);
  });
});

describe('disconnectAll', () => {
  it('disconnecting all revokes each account, and deletes every record and every seal key [R42]', async () => {
    const window = await signedIn();
    const { store, server, vault, secrets, account, folder } = window;
    const other = window.another();
    await other.store.reload();
    const tokens = tokensOf(ben, now);
    await store.saveSignIn(service, tokens, flow);
    expect(await store.disconnectAll(flow)).toEqual({ revoked: 2, unrevoked: 0, unreadableFiles: 0 });
    expect(server.revoked.sort()).toEqual([account.tokens.refreshToken, tokens.refreshToken].sort());
    expect(await vault.read()).toEqual({ rows: [], apiKeys: [], keyIds: [] });
    expect(secrets.entries.size).toBe(0);
    expect(readdirSync(folder)).toContain('vault-1.db');
    expect(await store.accounts()).toEqual([]);
    expect(await other.store.accounts()).toEqual([]);
  });

  it('disconnecting all counts what it could not revoke, at a service that fails and under keys of other secret stores [R32]', async () => {
    const window = await signedIn();
    const withoutKey = openWindow({ folder: window.folder });
    await withoutKey.keys.require('additional');
    await withoutKey.store.saveSignIn(service, tokensOf(ben, now), flow);
    window.server.onRevoke(() => json(503, {}));
    expect(await window.store.disconnectAll(flow)).toEqual({ revoked: 0, unrevoked: 2, unreadableFiles: 0 });
    expect(await withoutKey.store.accounts()).toEqual([]);
    expect(await stored(window)).toEqual([]);
  });

  it('disconnecting all includes an account that signs in meanwhile, and one whose sign-out was interrupted', async () => {
    const window = await signedIn();
    const { store, server, account } = window;
    server.onRevoke(() => new Promise(() => undefined));
    void window.another().store.disconnect(account.hash, flow);
    await server.untilRequested(1);
    const late = tokensOf(ben, now);
    server.onRevoke(async token => {
      if (token === account.tokens.refreshToken) await window.another(window.clock).store.saveSignIn(service, late, flow);
      return json(200, {});
    });
    expect(await store.disconnectAll(flow)).toEqual({ revoked: 2, unrevoked: 0, unreadableFiles: 0 });
    expect(server.revoked).toContain(late.refreshToken);
    expect(await stored(window)).toEqual([]);
  });

  it('disconnecting all fails and deletes nothing if the accounts cannot be read', async () => {
    const window = await signedIn();
    const blind = openWindow({ folder: window.folder, secrets: new BrokenSecrets() });
    await expect(blind.store.disconnectAll(flow)).rejects.toMatchObject({ code: 'secretStoreUnavailable' });
    expect(await window.store.accounts()).toEqual([window.account]);
  });

  it('a person can sign in again in any window after disconnecting all', async () => {
    const window = await signedIn();
    const other = window.another(window.clock);
    await other.store.reload();
    await window.store.disconnectAll(flow);
    const again = await other.store.saveSignIn(service, tokensOf(ada, now), flow);
    expect(await window.store.accounts()).toEqual([again]);
  });
});

describe('updateProfile', () => {
  it('a new profile is stored and announced in every window, and the label stays', async () => {
    const window = await signedIn();
    const other = window.another();
    await other.store.reload();
    other.events.length = 0;
    await window.store.updateProfile(window.account, { plan: 'pro', email: 'new@example.com', workspaceName: 'Ada and Sons' });
    const renamed = { ...ada, plan: 'pro', email: 'new@example.com', workspaceName: 'Ada and Sons' };
    expect(await other.store.accounts()).toMatchObject([{ label: window.account.label, generation: 1, identity: renamed }]);
    expect([window.events, other.events]).toEqual([['~ada@example.com'], ['~ada@example.com']]);
  });

  it('what the service reports goes before the claims of a refreshed token, so that a refresh is one change', async () => {
    const seat = readFixture('cases/c03-business-premium-seat.json') as { plan_type: string; id_token_plan: string };
    const { plan_type: reported, id_token_plan: claimed } = seat;
    const window = await signedIn();
    const { store, server, account, events } = window;
    await store.updateProfile(account, { plan: reported, email: 'seat@example.com' });
    for (const generation of [2, 3]) {
      events.length = 0;
      server.onRefresh(() => rotated({ ...ada, plan: claimed, email: 'ada@example.org' }));
      await store.credential(account.hash, { ...flow, refused: { ...account, generation: generation - 1 } });
      await store.updateProfile(account, { plan: reported, email: 'seat@example.com' });
      expect(events).toEqual(['~ada@example.com']);
      expect(await store.accounts()).toMatchObject([{ generation, identity: { plan: reported, email: 'seat@example.com' } }]);
    }
  });

  it('without a report, the claims of a refreshed token count', async () => {
    const { store, server, account } = await signedIn();
    server.onRefresh(() => rotated({ ...ada, plan: 'team' }));
    await store.credential(account.hash, { ...flow, refused: account });
    expect(await store.accounts()).toMatchObject([{ generation: 2, identity: { plan: 'team' } }]);
  });

  it('an unchanged profile is not stored again', async () => {
    const { store, account, vault, events } = await signedIn();
    vault.write = () => Promise.reject(new Error('written'));
    await store.updateProfile(account, { plan: 'plus', email: 'ada@example.com' });
    expect(events).toEqual([]);
  });

  it('a profile that cannot be stored is logged, and nothing else happens', async () => {
    const { store, account, vault, log } = await signedIn();
    vault.write = () => Promise.reject(new AppError('diskFull'));
    await store.updateProfile(account, { plan: 'pro' });
    expect(log.entries.map(({ step }) => step)).toContain('a new profile could not be stored');
  });

  it('a profile is not stored for an account that has signed out or signed in again meanwhile', async () => {
    const window = await signedIn();
    const again = await window.store.saveSignIn(service, tokensOf(ada, now), flow);
    await window.store.updateProfile(window.account, { plan: 'pro' });
    expect(await window.store.accounts()).toEqual([again]);
    await window.store.disconnect(again.hash, flow);
    await window.store.updateProfile(again, { plan: 'pro' });
    expect(await stored(window)).toEqual([]);
  });

  it('the name of the workspace is requested again after a refresh', async () => {
    const window = await signedIn();
    const { store, account, clock, server } = window;
    server.onNames(() => json(200, { accounts: [{ id: ada.workspaceId, name: 'Ada and Daughters' }] }));
    server.onRefresh(() => rotated({ ...ada, plan: 'pro', email: 'new@example.com' }));
    clock.advance(hour);
    await store.credential(account.hash, flow);
    await store.settled();
    const identity = { ...ada, plan: 'pro', email: 'new@example.com', workspaceName: 'Ada and Daughters' };
    expect(await stored(window)).toMatchObject([{ generation: 2, label: account.label, identity }]);
  });
});

describe('a seal key that nobody has used for 90 days', () => {
  const day = 24 * hour;

  /** A window in which ada has signed in, and in whose vault another secret store has sealed a record of ben. */
  async function besideAnother() {
    const window = await signedIn();
    const withoutKey = openWindow({ folder: window.folder, clock: window.clock, fetch: window.server.fetch });
    await withoutKey.keys.require('additional');
    await withoutKey.store.saveSignIn(service, tokensOf(ben, now), flow);
    /** A response of the service, by whose clock it is then. */
    const measure = async (at: number, { http, store }: Window = window) => {
      window.server.onNames(() => new Response('{}', { headers: { date: new Date(at).toUTCString() } }));
      await http.send(`${service.backendUrl ?? ''}/wham/accounts/check`, { method: 'GET', purpose: 'usage', ...flow });
      await store.settled();
    };
    const rows = async () => (await window.vault.read())?.rows.length;
    return { window, withoutKey, measure, rows };
  }

  it('an unused seal key is deleted with its records after 90 days, while an open window keeps its own in use', async () => {
    const { window, measure, rows } = await besideAnother();
    await measure(window.clock.now());
    for (let days = 0; days < 90; days++) {
      window.clock.advance(day);
      await window.store.settled();
    }
    expect(await rows()).toBe(2);
    window.clock.advance(day);
    await window.store.settled();
    expect(await stored(window)).toMatchObject([{ label: window.account.label }]);
    expect(await window.vault.read()).toMatchObject({ rows: [{ hash: window.account.hash }], keyIds: [window.account.keyId] });
  });

  it.each([
    ['this computer', 1, 0],
    ['the service', 0, 1],
  ])('a clock of %s that is a year ahead deletes nothing of another secret store', async (_whose, here, there) => {
    const { window, measure, rows } = await besideAnother();
    const year = 365 * day;
    const start = window.clock.now();
    window.clock.set(start + here * year);
    const later = window.another(window.clock);
    await later.store.settled();
    expect(await rows()).toBe(2);
    await measure(start + there * year);
    window.clock.advance(day);
    await window.store.settled();
    expect(await rows()).toBe(2);
  });

  it('a seal key that was used while the clock was a year behind counts as used when the service has told the time', async () => {
    const { window, withoutKey, measure, rows } = await besideAnother();
    const today = window.clock.now() + 365 * day;
    await measure(today, withoutKey);
    window.clock.set(today);
    await measure(today);
    window.clock.advance(day);
    await window.store.settled();
    expect(await rows()).toBe(2);
  });

  it('accounts are read even if the use of their seal key cannot be stored', async () => {
    const window = await signedIn();
    const { store, vault, clock, log } = window;
    vault.write = () => Promise.reject(new AppError('diskFull'));
    clock.advance(day);
    expect(await store.accounts()).toEqual([window.account]);
    await store.settled();
    expect(log.entries.map(({ step }) => step)).toContain('the keys could not be marked as used');
  });
});

describe('an account store whose locks are unreliable', () => {
  const remote = { fileSystemType: () => Promise.resolve(0x6969) };

  it('without reliable locks, the mark of one window keeps another from refreshing, and both get the tokens of the first', async () => {
    const [folder, secrets, clock, server] = [storageFolder(), new SharedSecrets(), new ManualClock(), new FakeService()];
    const open = () => openWindow({ folder, secrets, clock, fetch: server.fetch, ...remote });
    const [one, two] = [open(), open()];
    const account = await one.store.saveSignIn(service, tokensOf(ada, clock.now()), flow);
    expect(await one.locks.areUnreliable()).toBe(true);
    clock.advance(hour);
    const { response, respond } = pending();
    server.onRefresh(() => response);
    const first = one.store.credential(account.hash, flow);
    await server.untilRequested(1);
    const second = two.store.credential(account.hash, flow);
    await clock.untilSleeping(500);
    respond(rotated(ada));
    expect((await first).generation).toBe(2);
    clock.advance(500);
    expect((await second).generation).toBe(2);
    expect(server.refreshed).toEqual([account.tokens.refreshToken]);
    expect(readdirSync(folder).filter(name => name.startsWith('lock-'))).toEqual([]);
  });
});

describe('the start of a window', () => {
  it('a window creates the seal key at its start, and sends no request', async () => {
    const [secrets, server] = [new SharedSecrets(), new FakeService()];
    const { store } = openWindow({ folder: storageFolder(), secrets, fetch: server.fetch });
    await store.prepare();
    expect(await store.accounts()).toEqual([]);
    expect(secrets.entries.size).toBe(1);
    expect(server.requests).toEqual([]);
  });

  it('a window starts without waiting for the revocation of an interrupted sign-out', async () => {
    const window = await signedIn();
    window.server.onRevoke(() => new Promise(() => undefined));
    void window.store.disconnect(window.account.hash, flow);
    await window.server.untilRequested(1);
    const next = window.another();
    await next.store.prepare();
    expect(next.store.problem).toBeUndefined();
  });

  it('a window that starts with a newer vault reports a problem, and changes nothing', async () => {
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
    await expect(next.keys.require('ifUnused')).rejects.toMatchObject({ code: 'extensionOutdated' });
    // A window that already had the vault open returns the account from memory.
    expect(await window.store.accounts()).toEqual([window.account]);
    expect(window.store.problem?.code).toBe('vaultNewer');
    expect(await window.store.credential(window.account.hash, flow)).toEqual(window.account);
  });

  it('a window that starts without a writable folder reports its problem once, until the folder is writable', async () => {
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

  it('a window that starts with a silent secret store waits five seconds for its key and five for the accounts', async () => {
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

describe('a window whose secret store lacks the seal key of the records', () => {
  it('a window without the seal key shows no account, and leaves the records alone [R43]', async () => {
    const window = await signedIn();
    const withoutKey = openWindow({ folder: window.folder });
    await withoutKey.store.prepare();
    expect(await withoutKey.store.accounts()).toEqual([]);
    expect(withoutKey.store.problem).toBeUndefined();
    expect(await withoutKey.store.disconnect(window.account.hash, flow)).toEqual({ kind: 'gone' });
    await expect(withoutKey.store.credential(window.account.hash, flow)).rejects.toMatchObject({ code: 'signedOut' });
    expect(await window.store.accounts()).toEqual([window.account]);
  });

  it('a window without the seal key has accounts of its own once its person confirms a second key', async () => {
    const window = await signedIn();
    const withoutKey = openWindow({ folder: window.folder });
    await withoutKey.keys.require('additional');
    const account = await withoutKey.store.saveSignIn(service, tokensOf(ada, now), flow);
    expect(await withoutKey.store.accounts()).toEqual([account]);
    expect(await window.store.accounts()).toEqual([window.account]);
    expect(account.hash).not.toBe(window.account.hash);
  });
});

describe('accounts while the vault is locked', () => {
  it('a window uses the accounts in memory after 200 ms, and announces the change once the vault is unlocked', async () => {
    const window = await signedIn();
    const clock = new ManualClock();
    const other = window.another(clock);
    await other.store.reload();
    const holder = await start('statement', [join(window.folder, 'vault-1.db')]);
    const run = async (sql: string) => {
      holder.say(sql);
      expect(await holder.hear()).toBe('done');
    };
    await run('BEGIN EXCLUSIVE');
    await run('DELETE FROM account');
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
    await run('COMMIT');
    await clock.untilSleeping(250);
    clock.advance(250);
    await changed;
    expect(other.events).toEqual(['+ada@example.com', '-ada@example.com']);
  });

  it('a window without accounts in memory waits ten seconds for the vault, and reports a problem until it has read it', async () => {
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
    const announced = new Promise<void>(resolve => {
      late.store.onDidChange(() => {
        resolve();
      });
    });
    clock.advance(250);
    await announced;
    expect(late.store.problem).toBeUndefined();
    expect(late.events).toEqual(['', '+ada@example.com']);
  });
});

describe('reloads of the account store', () => {
  it('fifty reads at once read the vault once', async () => {
    const { store, vault } = await signedIn();
    const read = vault.read.bind(vault);
    let reads = 0;
    vault.read = timeout => {
      reads++;
      return read(timeout);
    };
    await Promise.all(Array.from({ length: 50 }, () => store.accounts()));
    expect(reads).toBe(1);
  });

  it('a listener that throws keeps no other listener from a change', async () => {
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

  it('a sign-out and a sign-in between two reloads are announced as one change', async () => {
    const window = await signedIn();
    const other = window.another(window.clock);
    await other.store.disconnect(window.account.hash, flow);
    await other.store.saveSignIn(service, tokensOf(ada, now), flow);
    await window.store.reload();
    expect(window.events).toEqual(['~ada@example.com']);
  });
});

it('a damaged vault hides its accounts, and the person can sign in again', async () => {
  const window = await signedIn();
  window.vault.close();
  writeFileSync(join(window.folder, 'vault-1.db'), 'no database any more, '.repeat(100));
  const clock = new ManualClock(now);
  const next = window.another(clock);
  await passDamage(clock, next.store.prepare());
  expect(await next.store.accounts()).toEqual([]);
  const again = await next.store.saveSignIn(service, tokensOf(ada, now), flow);
  await window.store.reload();
  // The new vault has a seal key of its own, which gives the account another hash.
  expect(window.events).toEqual(['+ada@example.com -ada@example.com']);
  expect(await window.store.accounts()).toMatchObject([{ signInId: again.signInId }]);
});
