import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../../../src/base/errors.ts';
import { isFresh } from '../../../../src/oauth/tokenSet.ts';
import type { StoredAccount } from '../../../../src/accounts/store/storedAccount.ts';
import { ManualClock } from '../../support/clock.ts';
import { ada, ben, hour, json, networkFault, pending, rotated, service, tokensOf } from './support/service.ts';
import type { SignedIn } from './support/signedIn.ts';
import { signedIn, stored } from './support/signedIn.ts';
import type { Window } from './support/window.ts';
import { flow } from './support/window.ts';

const minute = 60_000;

/** Somebody who signed in so long ago that the access token has lapsed. */
async function lapsed(): Promise<SignedIn> {
  const window = await signedIn();
  window.clock.advance(hour);
  return window;
}

function use({ store }: Window, { hash }: StoredAccount): Promise<StoredAccount> {
  return store.credential(hash, flow);
}

describe('a token set that is about to lapse', () => {
  it('is replaced by one request, stored before it is given to anyone, and announced once [R18]', async () => {
    const window = await lapsed();
    const { account, server, events } = window;
    const next = await use(window, account);
    expect(next).toMatchObject({ generation: 2, state: 'ready', signInId: account.signInId, label: account.label });
    expect(next.tokens.refreshToken).not.toBe(account.tokens.refreshToken);
    expect(server.refreshed).toEqual([account.tokens.refreshToken]);
    expect(await stored(window)).toEqual([next]);
    expect(events).toEqual(['~ada@example.com']);
  });

  it('is asked for with a request that has all its time, also where the machine slept since the lock was had', async () => {
    const window = await lapsed();
    const { account, server, clock, vault } = window;
    const write = vault.write.bind(vault);
    vault.write = change => {
      clock.set(clock.now() + hour);
      return write(change);
    };
    const { answer, give } = pending();
    server.onRefresh(() => answer);
    const used = use(window, account);
    used.catch(() => undefined);
    await server.untilAsked(1);
    clock.advance(59_000);
    await setImmediate();
    give(rotated(ada));
    await window.store.settled();
    expect(await stored(window)).toMatchObject([{ state: 'ready', generation: 2 }]);
  });

  it('is left alone until five minutes before its end', async () => {
    const window = await signedIn();
    window.clock.advance(hour - 5 * minute - 1);
    expect((await use(window, window.account)).generation).toBe(1);
    window.clock.advance(1);
    expect((await use(window, window.account)).generation).toBe(2);
  });

  it('is marked as being presented, with room set aside, before the request leaves [R18]', async () => {
    const window = await lapsed();
    const seen: StoredAccount[] = [];
    window.server.onRefresh(async () => {
      seen.push(...(await stored(window)));
      return rotated(ada);
    });
    await use(window, window.account);
    expect(seen).toMatchObject([{ state: 'refreshing', generation: 1, refreshAttempt: { at: window.clock.now(), times: 1 } }]);
    const [after] = await stored(window);
    expect(after).not.toHaveProperty('refreshAttempt');
  });

  it('is asked for once, however many callers want it', async () => {
    const window = await lapsed();
    const results = await Promise.all(Array.from({ length: 100 }, () => use(window, window.account)));
    expect(new Set(results.map(({ tokens }) => tokens.accessToken)).size).toBe(1);
    expect(window.server.asked).toHaveLength(1);
  });

  it('is asked for once by two windows', async () => {
    const window = await lapsed();
    const { account, server } = window;
    const { answer, give } = pending();
    server.onRefresh(() => answer);
    const first = use(window, account);
    await server.untilAsked(1);
    const clock = new ManualClock(window.clock.now());
    const second = use(window.another(clock), account);
    await clock.untilSleeping(60);
    give(rotated(ada));
    const next = await first;
    clock.advance(60);
    expect(await second).toEqual(next);
    expect(server.asked).toHaveLength(1);
  });

  it('keeps what the answer leaves out, and takes over a plan and email that changed', async () => {
    const window = await lapsed();
    window.server.onRefresh(() => rotated({ ...ada, plan: 'pro', email: 'new@example.com' }, { refresh_token: undefined }));
    const next = await use(window, window.account);
    expect(next.tokens.refreshToken).toBe(window.account.tokens.refreshToken);
    expect(next.identity).toEqual({ ...ada, plan: 'pro', email: 'new@example.com' });
    expect(next.label).toBe('ada@example.com');
  });

  it('keeps the identity where the answer has no id_token that can be read', async () => {
    const window = await lapsed();
    window.server.onRefresh(() => rotated(ada, { id_token: 'opaque' }));
    expect((await use(window, window.account)).identity).toEqual(ada);
  });
});

describe('a refresh that the service did not take', () => {
  it.each<[string, () => Response]>([
    ['refused for now', () => json(429, {})],
    ['refused for another reason', () => json(403, { error: { code: 'unknown_parameter' } })],
  ])('because it was %s, leaves the token unspent: it is presented again at the next use', async (_why, reply) => {
    const window = await lapsed();
    const { account, server } = window;
    server.onRefresh(reply);
    await expect(use(window, account)).rejects.toMatchObject({ name: 'AppError' });
    expect(await stored(window)).toEqual([account]);
    server.onRefresh(() => rotated(ada));
    expect((await use(window, account)).generation).toBe(2);
    expect(server.refreshed).toEqual([account.tokens.refreshToken, account.tokens.refreshToken]);
  });

  it('until the service says it may be asked again is not repeated, by any window', async () => {
    const window = await lapsed();
    const { account, server, clock } = window;
    server.onRefresh(() => new Response('{}', { status: 429, headers: { 'retry-after': '120' } }));
    await expect(use(window, account)).rejects.toMatchObject({ code: 'serviceUnavailable' });
    server.onRefresh(() => rotated(ada));
    clock.advance(2 * minute - 1);
    await expect(use(window.another(), account)).rejects.toMatchObject({ code: 'serviceUnavailable' });
    expect(server.asked).toHaveLength(1);
    clock.advance(1);
    expect(await use(window.another(), account)).toMatchObject({ generation: 2, state: 'ready' });
  });

  it('and asks for a wait beyond reason, or with a clock that is put right afterwards, is repeated within an hour', async () => {
    const window = await lapsed();
    const { account, server, clock } = window;
    server.onRefresh(() => new Response('{}', { status: 429, headers: { 'retry-after': '99999999' } }));
    await expect(use(window, account)).rejects.toBeDefined();
    server.onRefresh(() => rotated(ada));
    clock.advance(hour);
    expect((await use(window, account)).generation).toBe(2);
  });

  it('after one whose answer was lost, brings back that mark', async () => {
    const window = await lapsed();
    const { account, server, clock } = window;
    server.onRefresh(() => networkFault('ECONNRESET'));
    await expect(use(window, account)).rejects.toBeDefined();
    const [lost] = await stored(window);
    clock.advance(minute);
    server.onRefresh(() => json(429, {}));
    await expect(use(window, account)).rejects.toBeDefined();
    expect(await stored(window)).toEqual([lost]);
  });
});

describe('a refresh that never leaves this machine', () => {
  /** How long each pause is with a random number in the middle. */
  const pauses = [500, 1_000, 2_000, 4_000, 7_500, 7_500, 7_500, 7_500, 7_500, 7_500];

  async function trouble(): Promise<SignedIn> {
    const window = await lapsed();
    window.server.onRefresh(() => networkFault('ENOTFOUND'));
    return window;
  }

  it('is tried again with growing pauses, and its token is unspent meanwhile', async () => {
    const window = await trouble();
    const { account, server, clock } = window;
    const used = use(window, account);
    for (const pause of pauses.slice(0, 3)) {
      await clock.untilSleeping(pause);
      expect(await stored(window)).toEqual([account]);
      clock.advance(pause);
    }
    await clock.untilSleeping(4_000);
    server.onRefresh(() => rotated(ada));
    clock.advance(4_000);
    expect((await used).generation).toBe(2);
    expect(server.refreshed).toEqual(Array.from({ length: 5 }, () => account.tokens.refreshToken));
  });

  it('is over after the time of one request, and can be tried again at the next use', async () => {
    const window = await trouble();
    const { account, server, clock, store } = window;
    const used = expect(use(window, account)).rejects.toMatchObject({ code: 'nameNotResolved' });
    for (const pause of pauses) {
      await clock.untilSleeping(pause);
      clock.advance(pause);
    }
    await used;
    await store.settled();
    expect(server.asked).toHaveLength(pauses.length + 1);
    expect(await stored(window)).toEqual([account]);
    server.onRefresh(() => rotated(ada));
    expect((await use(window, account)).generation).toBe(2);
  });

  it('has all its time for the answer when it leaves at last, however late', async () => {
    const window = await trouble();
    const { account, server, clock, store } = window;
    const used = expect(use(window, account)).rejects.toMatchObject({ code: 'nameNotResolved' });
    for (const pause of pauses.slice(0, -1)) {
      await clock.untilSleeping(pause);
      clock.advance(pause);
    }
    await used;
    await clock.untilSleeping(7_500);
    const { answer, give } = pending();
    server.onRefresh(() => answer);
    clock.advance(7_500);
    await server.untilAsked(pauses.length + 1);
    clock.advance(59_000);
    await setImmediate();
    give(rotated(ada));
    await store.settled();
    expect(await stored(window)).toMatchObject([{ state: 'ready', generation: 2 }]);
  });

  it('tells a caller without a valid token what is wrong when patience ends, and goes on', async () => {
    const window = await trouble();
    const { account, server, clock } = window;
    const used = use(window, account);
    await clock.untilSleeping(500);
    server.onRefresh(() => pending().answer);
    clock.advance(500);
    await server.untilAsked(2);
    clock.advance(9_500);
    await expect(used).rejects.toMatchObject({ code: 'nameNotResolved' });
  });

  it('gives a caller the token that is still valid at once, and goes on', async () => {
    const window = await signedIn();
    const { account, server, clock, store } = window;
    clock.advance(hour - minute);
    server.onRefresh(() => networkFault('ENOTFOUND'));
    expect(await use(window, account)).toEqual(account);
    server.onRefresh(() => rotated(ada));
    await clock.untilSleeping(500);
    clock.advance(500);
    await store.settled();
    expect(await stored(window)).toMatchObject([{ generation: 2, state: 'ready' }]);
  });

  it('holds nobody up who signs out meanwhile, and ends with that', async () => {
    const window = await trouble();
    const { account, clock, server } = window;
    const used = use(window, account);
    await clock.untilSleeping(500);
    expect(await window.another().store.disconnect(account.hash, flow)).toBe(true);
    clock.advance(500);
    await expect(used).rejects.toMatchObject({ code: 'signedOut' });
    expect(server.refreshed).toHaveLength(1);
  });

  it('ends at once when the window closes', async () => {
    const window = await trouble();
    const { account, clock, store } = window;
    const used = expect(use(window, account)).rejects.toMatchObject({ code: 'nameNotResolved' });
    await clock.untilSleeping(500);
    await store.close();
    await used;
    expect(await stored(window)).toEqual([account]);
  });
});

describe('a token set that has not been renewed for eight days', () => {
  async function rested(): Promise<SignedIn> {
    const window = await signedIn();
    const { account, store, clock } = window;
    // Its access token would be good for a month.
    const tokens = { ...tokensOf(ada, clock.now()), expiresAt: clock.now() + 30 * 24 * hour };
    await store.saveSignIn(service, tokens, flow);
    await store.settled();
    clock.advance(8 * 24 * hour);
    return { ...window, account };
  }

  it('is renewed at its next use', async () => {
    const window = await rested();
    expect((await use(window, window.account)).generation).toBe(2);
  });

  it('is not presented again for that alone where it is perhaps spent', async () => {
    const window = await rested();
    const { account, server, clock } = window;
    server.onRefresh(() => json(503, {}));
    expect((await use(window, account)).generation).toBe(1);
    clock.advance(24 * hour);
    expect((await use(window, account)).generation).toBe(1);
    expect(server.refreshed).toHaveLength(1);
    server.onRefresh(() => rotated(ada));
    clock.advance(21 * 24 * hour);
    expect((await use(window, account)).generation).toBe(2);
  });
});

describe('a refusal without a word that can be read', () => {
  async function refusedTwice(): Promise<SignedIn> {
    const window = await lapsed();
    const { account, server, clock } = window;
    server.onRefresh(() => new Response('', { status: 401 }));
    for (let time = 1; time <= 2; time++) {
      await expect(use(window, account)).rejects.toMatchObject({ code: 'refused' });
      await expect(use(window, account)).rejects.toMatchObject({ code: 'serviceUnavailable' });
      expect(server.asked).toHaveLength(time);
      clock.advance(5 * minute);
    }
    return window;
  }

  it('ends the session when it is given three times over ten minutes', async () => {
    const window = await refusedTwice();
    await expect(use(window, window.account)).rejects.toMatchObject({ code: 'signedOut' });
    expect(await stored(window)).toMatchObject([{ state: 'expired', generation: 1 }]);
  });

  it('is forgotten when the service renews the tokens after all', async () => {
    const window = await refusedTwice();
    window.server.onRefresh(() => rotated(ada));
    const renewed = await use(window, window.account);
    expect(renewed).toMatchObject({ generation: 2, state: 'ready' });
    expect(renewed).not.toHaveProperty('unexplainedRefusals');
    expect(renewed).not.toHaveProperty('waitUntil');
  });
});

describe('a refresh whose answer is not known', () => {
  it.each<[string, () => Response]>([
    ['connection was reset', () => networkFault('ECONNRESET')],
    ['service failed', () => json(503, {})],
    ['answer was a page', () => new Response('<html>', { headers: { 'content-type': 'text/html' } })],
    ['answer was cut short', () => new Response('{"access_token":"a', { status: 200 })],
  ])('because the %s, keeps its mark and is not repeated for a minute', async (_why, reply) => {
    const window = await lapsed();
    const { account, server, clock } = window;
    server.onRefresh(reply);
    await expect(use(window, account)).rejects.toMatchObject({ name: 'AppError' });
    expect(await stored(window)).toMatchObject([{ state: 'refreshing', generation: 1, refreshAttempt: { times: 1 } }]);
    server.onRefresh(() => rotated(ada));
    clock.advance(minute - 1);
    await expect(use(window, account)).rejects.toMatchObject({ code: 'serviceUnavailable' });
    expect(server.asked).toHaveLength(1);
    clock.advance(1);
    expect(await use(window, account)).toMatchObject({ generation: 2, state: 'ready' });
  });

  it('is repeated at double the distance each time, by any window', async () => {
    const window = await lapsed();
    const { account, server, clock } = window;
    server.onRefresh(() => networkFault('ECONNRESET'));
    await expect(use(window, account)).rejects.toBeDefined();
    for (const [times, distance] of [minute, 2 * minute, 4 * minute].entries()) {
      clock.advance(distance - 1);
      await expect(use(window.another(), account)).rejects.toMatchObject({ code: 'serviceUnavailable' });
      expect(server.asked).toHaveLength(times + 1);
      clock.advance(1);
      await expect(use(window.another(), account)).rejects.toMatchObject({ code: 'offline' });
      expect(server.asked).toHaveLength(times + 2);
    }
  });

  it('does not lock the account for years when the clock is put right afterwards [R35]', async () => {
    const window = await lapsed();
    const { account, server, clock } = window;
    clock.advance(10 * 365 * 24 * hour);
    server.onRefresh(() => networkFault('ECONNRESET'));
    await expect(use(window, account)).rejects.toBeDefined();
    clock.set(clock.now() - 9 * 365 * 24 * hour);
    server.onRefresh(() => rotated(ada));
    expect((await use(window, account)).generation).toBe(2);
  });
});

describe('a session that the service ended', () => {
  it('keeps its account in place, told once, and is not asked again [R19]', async () => {
    const window = await lapsed();
    const { account, server, events } = window;
    server.onRefresh(() => json(401, { error: { code: 'refresh_token_expired' } }));
    await expect(use(window, account)).rejects.toMatchObject({ code: 'signedOut' });
    await expect(use(window, account)).rejects.toMatchObject({ code: 'signedOut' });
    await expect(use(window.another(), account)).rejects.toMatchObject({ code: 'signedOut' });
    expect(server.asked).toHaveLength(1);
    expect(events).toEqual(['!ada@example.com']);
    expect(await window.store.accounts()).toMatchObject([{ state: 'expired', label: account.label }]);
  });

  it('takes the account even while its access token would still be valid', async () => {
    const window = await signedIn();
    window.clock.advance(hour - minute);
    window.server.onRefresh(() => json(400, { error: 'invalid_grant' }));
    await expect(use(window, window.account)).rejects.toMatchObject({ code: 'signedOut' });
  });

  it('revives in place when the person signs in again', async () => {
    const window = await lapsed();
    const { account, store, clock, events } = window;
    window.server.onRefresh(() => json(400, { error: 'invalid_grant' }));
    await expect(use(window, account)).rejects.toBeDefined();
    const again = await store.saveSignIn(service, tokensOf(ada, clock.now()), flow);
    expect(again).toMatchObject({ hash: account.hash, label: account.label, state: 'ready', generation: 1 });
    expect((await use(window, account)).signInId).toBe(again.signInId);
    expect(events).toEqual(['!ada@example.com', '~ada@example.com']);
  });

  it('says nothing about the sign-in that has replaced it meanwhile [R19]', async () => {
    const window = await lapsed();
    const { answer, give } = pending();
    window.server.onRefresh(() => answer);
    const used = use(window, window.account);
    await window.server.untilAsked(1);
    const again = await window.another().store.saveSignIn(service, tokensOf(ada, window.clock.now()), flow);
    give(json(401, { error: { code: 'refresh_token_reused' } }));
    expect(await used).toEqual(again);
    expect(await stored(window)).toEqual([again]);
  });
});

describe('an account that is signed out while its refresh runs', () => {
  it('does not come back, and the new tokens are given back [R69]', async () => {
    const window = await lapsed();
    const { account, server } = window;
    const { answer, give } = pending();
    const fresh = tokensOf(ada, 0);
    server.onRefresh(() => answer);
    const used = use(window, account);
    await server.untilAsked(1);
    expect(await window.another().store.disconnect(account.hash, flow)).toBe(true);
    give(rotated(ada, { refresh_token: fresh.refreshToken }));
    await expect(used).rejects.toMatchObject({ code: 'signedOut' });
    expect(server.revoked).toEqual([account.tokens.refreshToken, fresh.refreshToken]);
    expect(await stored(window)).toEqual([]);
    expect(window.events).toEqual(['-ada@example.com']);
  });

  it('and in again, has the new sign-in, and the refreshed tokens are given back', async () => {
    const window = await lapsed();
    const { account, server } = window;
    const { answer, give } = pending();
    const late = tokensOf(ada, 0);
    server.onRefresh(() => answer);
    const used = use(window, account);
    await server.untilAsked(1);
    const other = window.another();
    await other.store.disconnect(account.hash, flow);
    const again = await other.store.saveSignIn(service, tokensOf(ada, window.clock.now()), flow);
    give(rotated(ada, { refresh_token: late.refreshToken }));
    expect(await used).toEqual(again);
    expect(server.revoked).toEqual([account.tokens.refreshToken, late.refreshToken]);
  });
});

describe('a caller whose patience ends with a token that is still valid', () => {
  async function waiting() {
    const window = await signedIn();
    const { account, server, clock } = window;
    clock.advance(hour - minute);
    server.onRefresh(() => pending().answer);
    const used = use(window, account);
    await server.untilAsked(1);
    return { ...window, used };
  }

  it('is not given it when its window has seen the account signed out', async () => {
    const { used, another, account, store, clock } = await waiting();
    await another().store.disconnect(account.hash, flow);
    await store.reload();
    clock.advance(10_000);
    await expect(used).rejects.toMatchObject({ code: 'signedOut' });
  });

  it('is given that of the sign-in that its window has seen instead', async () => {
    const { used, another, store, clock } = await waiting();
    const again = await another().store.saveSignIn(service, tokensOf(ada, clock.now()), flow);
    await store.reload();
    clock.advance(10_000);
    expect(await used).toEqual(again);
  });
});

it('refreshed tokens of somebody else are given back, and the account has to sign in again', async () => {
  const window = await lapsed();
  const strange = tokensOf(ben, 0);
  window.server.onRefresh(() => rotated(ben, { refresh_token: strange.refreshToken }));
  await expect(use(window, window.account)).rejects.toMatchObject({ code: 'signedOut' });
  expect(window.server.revoked).toEqual([strange.refreshToken]);
  expect(await stored(window)).toMatchObject([{ state: 'expired', id: window.account.id }]);
});

describe('patience', () => {
  it('of a caller ends after ten seconds, and the request goes on and is stored', async () => {
    const window = await signedIn();
    const { account, server, clock } = window;
    clock.advance(hour - minute);
    const { answer, give } = pending();
    server.onRefresh(() => answer);
    const used = use(window, account);
    await server.untilAsked(1);
    clock.advance(10_000);
    expect(await used).toEqual(account);
    const again = use(window, account);
    await clock.untilSleeping(10_000);
    give(rotated(ada));
    expect((await again).generation).toBe(2);
    expect(server.asked).toHaveLength(1);
    expect(await stored(window)).toMatchObject([{ generation: 2, state: 'ready' }]);
  });

  it('of a caller without a valid token ends in a passing error', async () => {
    const window = await lapsed();
    const { answer, give } = pending();
    window.server.onRefresh(() => answer);
    const used = use(window, window.account);
    await window.server.untilAsked(1);
    window.clock.advance(10_000);
    await expect(used).rejects.toMatchObject({ code: 'noAnswer' });
    give(rotated(ada));
    await window.store.settled();
    expect(await stored(window)).toMatchObject([{ generation: 2 }]);
  });

  it('with the lock of another window, which is perhaps stopped, says so after ten seconds and ends after a minute', async () => {
    const window = await lapsed();
    const { account, clock, server, store, locks } = window;
    const lock = await locks.acquire(account.hash, new AbortController().signal);
    const used = use(window, account);
    await clock.untilSleeping(60);
    clock.advance(10_000);
    await expect(used).rejects.toMatchObject({ code: 'vaultLocked' });
    clock.advance(50_000);
    await store.settled();
    lock.release();
    expect(server.asked).toEqual([]);
    expect((await use(window, account)).generation).toBe(2);
  });

  it('with the lock does not end a request that was sent after a long wait for it', async () => {
    const window = await lapsed();
    const { account, clock, server, store, locks } = window;
    const { answer, give } = pending();
    server.onRefresh(() => answer);
    const lock = await locks.acquire(account.hash, new AbortController().signal);
    const used = use(window, account);
    await clock.untilSleeping(60);
    lock.release();
    clock.advance(9_000);
    await server.untilAsked(1);
    // A minute after the wait for the lock began, and 51 seconds into the request.
    clock.advance(51_000);
    await expect(used).rejects.toMatchObject({ code: 'noAnswer' });
    give(rotated(ada));
    await store.settled();
    expect(await stored(window)).toMatchObject([{ generation: 2, state: 'ready' }]);
  });
});

describe('a generation that a service refused', () => {
  it('is replaced once, however fresh it looks and however many say so', async () => {
    const window = await signedIn();
    const { account, store, server } = window;
    expect(isFresh(account.tokens, { now: window.clock.now(), clockOffset: undefined })).toBe(true);
    const refused = { ...flow, refused: account };
    const results = await Promise.all(Array.from({ length: 10 }, () => store.credential(account.hash, refused)));
    expect(new Set(results.map(({ generation }) => generation))).toEqual(new Set([2]));
    expect((await store.credential(account.hash, refused)).generation).toBe(2);
    expect((await window.another().store.credential(account.hash, refused)).generation).toBe(2);
    expect(server.asked).toHaveLength(1);
  });

  it('is replaced also for a caller who joins a run that had begun for the one before', async () => {
    const window = await lapsed();
    const { account, clock, store, locks, server } = window;
    const lock = await locks.acquire(account.hash, new AbortController().signal);
    const first = use(window, account);
    await clock.untilSleeping(60);
    lock.release();
    expect((await use(window.another(), account)).generation).toBe(2);
    const second = store.credential(account.hash, { ...flow, refused: { signInId: account.signInId, generation: 2 } });
    await store.reload();
    clock.advance(60);
    expect((await first).generation).toBe(2);
    expect((await second).generation).toBe(3);
    expect(server.refreshed).toHaveLength(2);
  });

  it('is not mistaken for that of the sign-in that has replaced it', async () => {
    const { account, store, server, another, clock } = await signedIn();
    const again = await another().store.saveSignIn(service, tokensOf(ada, clock.now()), flow);
    expect(await store.credential(account.hash, { ...flow, refused: account })).toEqual(again);
    expect(server.refreshed).toEqual([]);
  });

  it('is not handed out again when it cannot be replaced', async () => {
    const window = await signedIn();
    window.server.onRefresh(() => json(429, {}));
    await expect(window.store.credential(window.account.hash, { ...flow, refused: window.account })).rejects.toMatchObject({
      code: 'serviceUnavailable',
    });
    expect((await use(window, window.account)).generation).toBe(1);
  });
});

describe('an answer that was read', () => {
  it('is stored once the disk lets it, and its token is not presented again meanwhile [R18]', async () => {
    const window = await lapsed();
    const { account, clock, server, vault } = window;
    const write = vault.write.bind(vault);
    server.onRefresh(() => {
      vault.write = () => Promise.reject(new AppError('vaultUnavailable'));
      return rotated(ada);
    });
    const used = use(window, account);
    await clock.untilSleeping(1_000);
    const other = window.another();
    await expect(other.locks.tryAcquire(account.hash)).resolves.toBeUndefined();
    clock.advance(1_000);
    await clock.untilSleeping(2_000);
    vault.write = write;
    clock.advance(2_000);
    const next = await used;
    expect(next.generation).toBe(2);
    expect(await stored(other)).toEqual([next]);
    expect(server.asked).toHaveLength(1);
  });

  it('that went in although its commit failed is kept, not given back', async () => {
    const window = await lapsed();
    const { account, clock, server, vault } = window;
    const write = vault.write.bind(vault);
    server.onRefresh(() => {
      vault.write = async change => {
        vault.write = write;
        await write(change);
        throw new AppError('vaultUnavailable');
      };
      return rotated(ada);
    });
    const used = use(window, account);
    await clock.untilSleeping(1_000);
    clock.advance(1_000);
    expect((await used).generation).toBe(2);
    expect(server.revoked).toEqual([]);
  });
});
