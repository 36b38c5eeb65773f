import { describe, expect, it } from 'vitest';
import type { AccountInfo } from '../../../../src/accounts/account.ts';
import { AppError } from '../../../../src/base/errors.ts';
import { ManualClock } from '../../support/clock.ts';
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
import type { SignedIn } from './support/signedIn.ts';
import { signedIn, stored } from './support/signedIn.ts';
import { flow, openWindow } from './support/window.ts';

const now = new ManualClock().now();
const team = { ...ada, workspaceId: 'workspace-team' };

/** Two workspaces of one person. */
async function twoWorkspaces(): Promise<SignedIn> {
  const window = await signedIn();
  await window.store.saveSignIn(service, tokensOf(team, now), flow);
  window.events.length = 0;
  return window;
}

describe('signing out of one of two accounts of a person', () => {
  it('the first sign-out revokes nothing and says with which account the session ends, and the last one revokes [R33]', async () => {
    const { store, server, account } = await twoWorkspaces();
    const other = (await store.accounts()).find(({ hash }) => hash !== account.hash);
    expect(await store.disconnect(account.hash, flow)).toEqual({ kind: 'shared', labels: [other?.label] });
    expect(await store.accounts()).toEqual([other]);
    expect(server.requests).toEqual([]);
    expect(await store.disconnect(other?.hash ?? '', flow)).toEqual({ kind: 'revoked' });
    expect(server.revoked).toEqual([other?.tokens.refreshToken]);
  });

  it('the tokens of the first are gone from the vault at once', async () => {
    const window = await twoWorkspaces();
    await window.store.disconnect(window.account.hash, flow);
    expect((await stored(window)).map(({ hash }) => hash)).not.toContain(window.account.hash);
  });

  it('another person, another client and another issuer do not keep a session from being revoked', async () => {
    const { store, server, account } = await signedIn();
    await store.saveSignIn(service, tokensOf(ben, now), flow);
    await store.saveSignIn({ ...service, issuer: 'https://other.example' }, tokensOf(ada, now), flow);
    await store.saveSignIn({ ...service, clientId: 'another-client' }, tokensOf(team, now), flow);
    expect(await store.disconnect(account.hash, flow)).toEqual({ kind: 'revoked' });
    expect(server.revoked).toEqual([account.tokens.refreshToken]);
  });

  it('an account whose session has expired does not keep the session of the other from being revoked', async () => {
    const { store, server, account, clock } = await twoWorkspaces();
    const other = (await store.accounts()).find(({ hash }) => hash !== account.hash);
    server.onRefresh(() => json(401, { error: { code: 'app_session_terminated' } }));
    clock.advance(2 * hour);
    await expect(store.credential(other?.hash ?? '', flow)).rejects.toMatchObject({ code: 'signedOut' });
    expect(await store.disconnect(account.hash, flow)).toEqual({ kind: 'revoked' });
  });

  it('a person whom one token names by its subject alone is still the same', async () => {
    const { store, server, account } = await twoWorkspaces();
    const claims = { sub: ada.userId, email: ada.email };
    const idToken = `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.sig`;
    const byItsSubject = await store.saveSignIn(service, { ...tokensOf(ada, now), idToken }, flow);
    expect(await store.accounts()).toHaveLength(3);
    const result = await store.disconnect(account.hash, flow);
    expect('labels' in result && result.labels).toContain(byItsSubject.label);
    expect(server.requests).toEqual([]);
  });

  it('refreshed tokens that come after the sign-out are dropped as well', async () => {
    const window = await twoWorkspaces();
    const { store, server, account, clock } = window;
    clock.advance(hour);
    const { response, respond } = pending();
    server.onRefresh(() => response);
    const used = store.credential(account.hash, flow);
    await server.untilRequested(1);
    expect(await window.another().store.disconnect(account.hash, flow)).toMatchObject({ kind: 'shared' });
    respond(rotated(ada));
    await expect(used).rejects.toMatchObject({ code: 'signedOut' });
    expect(server.revoked).toEqual([]);
  });

  it('disconnecting all revokes every session', async () => {
    const { store, server } = await twoWorkspaces();
    expect(await store.disconnectAll(flow)).toEqual({ revoked: 2, unrevoked: 0, unreadableFiles: 0 });
    expect(server.revoked).toHaveLength(2);
  });
});

describe('a refused sign-in', () => {
  const refused = async (window: Pick<SignedIn, 'store'>, identity = ada) => {
    const tokens = tokensOf(identity, now);
    const saving = window.store.saveSignIn(service, tokens, { ...flow, wanted: 'somebody else' });
    await expect(saving).rejects.toMatchObject({ code: 'wrongAccount' });
    await window.store.settled();
    return tokens.refreshToken;
  };

  it('is dropped where the person has another account here, and revoked where not [R70]', async () => {
    const window = await signedIn();
    await refused(window, team);
    expect(window.server.revoked).toEqual([]);
    const token = await refused(window, ben);
    expect(window.server.revoked).toEqual([token]);
  });

  it('is dropped where the person is signed in by another source', async () => {
    const server = new FakeService();
    const cli: Pick<AccountInfo, 'host' | 'identity'> = { host: 'auth.openai.com', identity: { userId: ben.userId } };
    const { folder, secrets } = await signedIn();
    const window = openWindow({ folder, secrets, fetch: server.fetch, otherAccounts: () => Promise.resolve([cli as AccountInfo]) });
    await refused(window, ben);
    expect(server.revoked).toEqual([]);
  });

  it('is dropped where the vault cannot say who is signed in', async () => {
    const { store, server, vault } = await signedIn();
    vault.write = () => Promise.reject(new AppError('vaultUnavailable'));
    await expect(store.saveSignIn(service, tokensOf(ben, now), flow)).rejects.toMatchObject({ code: 'vaultUnavailable' });
    await store.settled();
    expect(server.revoked).toEqual([]);
  });

  it('is kept where its commit went through although it failed', async () => {
    const { store, server, vault } = await signedIn(ada, oneSessionService);
    const write = vault.write.bind(vault);
    const tokens = tokensOf({ userId: 'user-ben', email: 'ben@example.com' }, now);
    vault.write = async change => {
      const result = await write(change);
      const isStored = (await vault.read())?.rows.length === 2;
      if (!isStored) return result;
      vault.write = write;
      throw new AppError('vaultUnavailable');
    };
    await expect(store.saveSignIn(oneSessionService, tokens, flow)).rejects.toMatchObject({ code: 'vaultUnavailable' });
    await store.settled();
    expect(server.revoked).toEqual([]);
    expect((await store.accounts()).map(each => each.tokens.refreshToken)).toContain(tokens.refreshToken);
  });
});

it('refreshed tokens that were stored although their commit failed are kept, even if the profile was written before the next try', async () => {
  const window = await signedIn();
  const { account, store, server, vault, clock } = window;
  const write = vault.write.bind(vault);
  const tokens = tokensOf(ada, 0);
  clock.advance(hour);
  server.onRefresh(() => {
    vault.write = async change => {
      vault.write = write;
      await write(change);
      throw new AppError('vaultUnavailable');
    };
    return rotated(ada, { refresh_token: tokens.refreshToken });
  });
  const used = store.credential(account.hash, flow);
  await clock.untilSleeping(1_000);
  const other = window.another();
  await other.store.reload();
  await other.store.updateProfile(account, { plan: 'pro' });
  clock.advance(1_000);
  expect(await used).toMatchObject({ generation: 2, tokens: { refreshToken: tokens.refreshToken } });
  expect(server.revoked).toEqual([]);
  expect(await stored(window)).toMatchObject([
    { state: 'ready', identity: { plan: 'pro' }, tokens: { refreshToken: tokens.refreshToken } },
  ]);
});

it('refreshed tokens of another person are dropped where that person is signed in here', async () => {
  const { account, store, server, clock } = await signedIn();
  await store.saveSignIn(service, tokensOf(ben, now), flow);
  clock.advance(hour);
  server.onRefresh(() => rotated(ben));
  await expect(store.credential(account.hash, flow)).rejects.toMatchObject({ code: 'signedOut' });
  expect(server.revoked).toEqual([]);
});

describe('an interrupted sign-out', () => {
  const day = 24 * hour;

  /** A window was closed before the service had responded to its revocation. */
  async function interrupted(): Promise<SignedIn> {
    const window = await signedIn();
    window.server.onRevoke(() => new Promise(() => undefined));
    void window.store.disconnect(window.account.hash, flow);
    await window.server.untilRequested(1);
    window.server.onRevoke(() => networkFault('ENOTFOUND'));
    return window;
  }

  async function startAt(window: SignedIn, time: number) {
    const clock = new ManualClock(time);
    const next = window.another(clock);
    await next.store.prepare();
    await next.store.settled();
    return { ...next, clock };
  }

  it('stays while the service cannot be reached, and is finished by a later start [R69]', async () => {
    const window = await interrupted();
    const offline = await startAt(window, now + day);
    expect(await stored(window)).toMatchObject([{ state: 'signingOut', signedOutAt: now }]);
    expect(await offline.store.accounts()).toEqual([]);
    window.server.onRevoke(() => json(200, {}));
    const online = await startAt(window, now + 2 * day);
    expect(await stored(window)).toEqual([]);
    expect([...offline.givenUp, ...online.givenUp]).toEqual([]);
  });

  it.each([
    ['fails', () => json(503, {})],
    ['is hidden behind a page', () => new Response('<html>', { headers: { 'content-type': 'text/html' } })],
    ['is limiting requests', () => json(429, { error: { code: 'rate_limit_exceeded' } })],
  ])('stays while the service %s', async (_how, reply) => {
    const window = await interrupted();
    window.server.onRevoke(reply);
    const next = await startAt(window, now + day);
    expect(await stored(window)).toHaveLength(1);
    expect(next.givenUp).toEqual([]);
  });

  it('is tried again every hour by the window that could not finish it', async () => {
    const window = await interrupted();
    const { clock, store } = await startAt(window, now + day);
    window.server.onRevoke(() => json(200, {}));
    const before = window.server.requests.length;
    expect(clock.sleeping).toEqual([hour]);
    clock.advance(hour);
    await window.server.untilRequested(before + 1);
    await expect.poll(() => stored(window)).toEqual([]);
    await store.close();
    expect(clock.sleeping).toEqual([]);
  });

  it('is given up after seven days, and one window says so [R32]', async () => {
    const window = await interrupted();
    await startAt(window, now + 7 * day - 1);
    expect(await stored(window)).toHaveLength(1);
    const next = await startAt(window, now + 7 * day);
    const later = await startAt(window, now + 8 * day);
    expect(await stored(window)).toEqual([]);
    expect([next.givenUp, later.givenUp]).toEqual([[window.account.label], []]);
  });

  it('is given up at once, and said, where the service refuses to revoke or cannot', async () => {
    const refusing = await interrupted();
    refusing.server.onRevoke(() => json(400, { error: { code: 'invalid_request' } }));
    expect((await startAt(refusing, now)).givenUp).toEqual([refusing.account.label]);
    expect(await stored(refusing)).toEqual([]);
  });

  it('is kept where only the clock of this computer says that seven days are over', async () => {
    const window = await interrupted();
    let today = now + day;
    window.server.onRevoke(() => new Response('{}', { status: 503, headers: { date: new Date(today).toUTCString() } }));
    const ahead = await startAt(window, now + 30 * day);
    expect(await stored(window)).toHaveLength(1);
    today = now + 7 * day;
    const later = await startAt(window, today);
    expect(await stored(window)).toEqual([]);
    expect([ahead.givenUp, later.givenUp]).toEqual([[], [window.account.label]]);
  });

  it('counts seven days from now where the clock was put back', async () => {
    const window = await interrupted();
    await startAt(window, now - 30 * day);
    expect(await stored(window)).toMatchObject([{ signedOutAt: now - 30 * day }]);
    await startAt(window, now - 24 * day);
    expect(await stored(window)).toHaveLength(1);
    expect((await startAt(window, now - 23 * day)).givenUp).toEqual([window.account.label]);
  });

  it('does not end the session of a person who has signed in again since', async () => {
    const window = await interrupted();
    await window.another().store.saveSignIn(service, tokensOf(team, now), flow);
    window.server.onRevoke(() => json(200, {}));
    const before = window.server.revoked.length;
    const next = await startAt(window, now + day);
    expect(window.server.revoked).toHaveLength(before);
    expect(await next.store.accounts()).toMatchObject([{ id: `${team.userId}/${team.workspaceId}` }]);
    expect(await stored(window)).toHaveLength(1);
  });

  it('is finished before a new sign-in, which waits for what this window is revoking', async () => {
    const window = await signedIn();
    const { response, respond } = pending();
    window.server.onRevoke(() => response);
    const done = window.store.disconnect(window.account.hash, flow);
    await window.server.untilRequested(1);
    let isFinished = false;
    const finished = window.store.finishSignOuts().then(() => (isFinished = true));
    await new Promise(setImmediate);
    expect(isFinished).toBe(false);
    respond(json(200, {}));
    await Promise.all([done, finished]);
    expect(window.server.requests).toHaveLength(1);
  });
});
