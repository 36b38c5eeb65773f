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

/** An account that signed in so long ago that its access token has expired. */
async function expired(): Promise<SignedIn> {
  const window = await signedIn();
  window.clock.advance(hour);
  return window;
}

function use({ store }: Window, { hash }: StoredAccount): Promise<StoredAccount> {
  return store.credential(hash, flow);
}

describe('the refresh of an expiring token set', () => {
  it('a refresh is one request, whose tokens are stored before anyone gets them and announced once [R18]', async () => {
    const window = await expired();
    const { account, server, events } = window;
    const next = await use(window, account);
    expect(next).toMatchObject({ generation: 2, state: 'ready', signInId: account.signInId, label: account.label });
    expect(next.tokens.refreshToken).not.toBe(account.tokens.refreshToken);
    expect(server.refreshed).toEqual([account.tokens.refreshToken]);
    expect(await stored(window)).toEqual([next]);
    expect(events).toEqual(['~ada@example.com']);
  });

  it('a refresh request has its whole timeout, even if the machine slept after the lock was acquired', async () => {
    const window = await expired();
    const { account, server, clock, vault } = window;
    const write = vault.write.bind(vault);
    vault.write = change => {
      clock.stop(hour);
      return write(change);
    };
    const { response, respond } = pending();
    server.onRefresh(() => response);
    const used = use(window, account);
    used.catch(() => undefined);
    await server.untilRequested(1);
    clock.advance(59_000);
    await setImmediate();
    respond(rotated(ada));
    await window.store.settled();
    expect(await stored(window)).toMatchObject([{ state: 'ready', generation: 2 }]);
  });

  it('a token set is not refreshed until five minutes before its access token expires', async () => {
    const window = await signedIn();
    window.clock.advance(hour - 5 * minute - 1);
    expect((await use(window, window.account)).generation).toBe(1);
    window.clock.advance(1);
    expect((await use(window, window.account)).generation).toBe(2);
  });

  it('a token set is marked as refreshing before the request is sent [R18]', async () => {
    const window = await expired();
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

  it('a hundred callers share one refresh', async () => {
    const window = await expired();
    const results = await Promise.all(Array.from({ length: 100 }, () => use(window, window.account)));
    expect(new Set(results.map(({ tokens }) => tokens.accessToken)).size).toBe(1);
    expect(window.server.requests).toHaveLength(1);
  });

  it('two windows share one refresh', async () => {
    const window = await expired();
    const { account, server } = window;
    const { response, respond } = pending();
    server.onRefresh(() => response);
    const first = use(window, account);
    await server.untilRequested(1);
    const clock = new ManualClock(window.clock.now());
    const second = use(window.another(clock), account);
    await clock.untilSleeping(60);
    respond(rotated(ada));
    const next = await first;
    clock.advance(60);
    expect(await second).toEqual(next);
    expect(server.requests).toHaveLength(1);
  });

  it('a refresh keeps what the response omits, and takes over a new plan and email', async () => {
    const window = await expired();
    window.server.onRefresh(() => rotated({ ...ada, plan: 'pro', email: 'new@example.com' }, { refresh_token: undefined }));
    const next = await use(window, window.account);
    expect(next.tokens.refreshToken).toBe(window.account.tokens.refreshToken);
    expect(next.identity).toEqual({ ...ada, plan: 'pro', email: 'new@example.com' });
    expect(next.label).toBe(window.account.label);
  });

  it('a refresh keeps the identity if the response has no readable id_token', async () => {
    const window = await expired();
    window.server.onRefresh(() => rotated(ada, { id_token: 'opaque' }));
    expect((await use(window, window.account)).identity).toEqual(ada);
  });
});

describe('a refresh that the service refuses', () => {
  it.each<[string, () => Response]>([
    ['rate limited', () => json(429, {})],
    ['refused for another reason', () => json(403, { error: { code: 'unknown_parameter' } })],
    ['refused with a Retry-After of no time', () => new Response('{}', { status: 429, headers: { 'retry-after': '0' } })],
    ['refused with a sentence in place of a code', () => json(401, { error: { code: 'Try again, please.' } })],
    ['refused with an unknown code', () => json(401, { error: { code: 'account_suspended' } })],
  ])('a refresh that was %s leaves the refresh token unspent, and is retried after a growing pause, by any window', async (_why, reply) => {
    const window = await expired();
    const { account, server, clock } = window;
    server.onRefresh(reply);
    for (const [index, wait] of [1, 2, 4, 8, 16, 32, 60, 60].entries()) {
      await expect(use(window, account)).rejects.toMatchObject({ name: 'AppError' });
      const [waiting] = await stored(window);
      expect(waiting).toMatchObject({ ...account, refusals: { times: index + 1 }, waitUntil: clock.now() + wait * minute });
      expect(waiting).not.toHaveProperty('refreshAttempt');
      clock.advance(wait * minute - 1);
      for (let times = 0; times < 5; times++) await expect(use(window, account)).rejects.toMatchObject({ name: 'AppError' });
      await expect(use(window.another(), account)).rejects.toMatchObject({ name: 'AppError' });
      expect(server.refreshed).toHaveLength(index + 1);
      clock.advance(1);
    }
    server.onRefresh(() => rotated(ada));
    const next = await use(window, account);
    expect(next.generation).toBe(2);
    expect(next).not.toHaveProperty('refusals');
    expect(new Set(server.refreshed)).toEqual(new Set([account.tokens.refreshToken]));
  });

  it('a caller learns why the last refresh was refused, also while the next one has to wait', async () => {
    const window = await expired();
    window.server.onRefresh(() => json(403, { error: { code: 'unsupported_country_region_territory' } }));
    const expected = { code: 'refused', refusal: { request: 'refresh', serviceCode: 'unsupported_country_region_territory' } };
    await expect(use(window, window.account)).rejects.toMatchObject(expected);
    await expect(use(window.another(), window.account)).rejects.toMatchObject(expected);
    expect(window.server.requests).toHaveLength(1);
  });

  it('a refresh with a Retry-After is not retried before that time, by any window', async () => {
    const window = await expired();
    const { account, server, clock } = window;
    server.onRefresh(() => new Response('{}', { status: 429, headers: { 'retry-after': '120' } }));
    await expect(use(window, account)).rejects.toMatchObject({ code: 'serviceUnavailable' });
    server.onRefresh(() => rotated(ada));
    clock.advance(2 * minute - 1);
    await expect(use(window.another(), account)).rejects.toMatchObject({ code: 'serviceUnavailable' });
    expect(server.requests).toHaveLength(1);
    clock.advance(1);
    expect(await use(window.another(), account)).toMatchObject({ generation: 2, state: 'ready' });
  });

  it('a refresh whose Retry-After exceeds an hour is retried within an hour', async () => {
    const window = await expired();
    const { account, server, clock } = window;
    server.onRefresh(() => new Response('{}', { status: 429, headers: { 'retry-after': '99999999' } }));
    await expect(use(window, account)).rejects.toBeDefined();
    server.onRefresh(() => rotated(ada));
    clock.advance(hour);
    expect((await use(window, account)).generation).toBe(2);
  });

  it('a refresh that is refused after a lost response restores the mark of the lost one', async () => {
    const window = await expired();
    const { account, server, clock } = window;
    server.onRefresh(() => networkFault('ECONNRESET'));
    await expect(use(window, account)).rejects.toBeDefined();
    const [lost] = await stored(window);
    clock.advance(minute);
    server.onRefresh(() => json(429, {}));
    await expect(use(window, account)).rejects.toBeDefined();
    expect(await stored(window)).toEqual([
      { ...lost, refusals: { times: 1, at: clock.now(), lasting: 0 }, waitUntil: clock.now() + minute },
    ]);
  });
});

/** Has the service refuse refreshes from now on, and tell its time, which goes on as the window's clock does until that is set. */
function refuseDated({ server, clock }: SignedIn, refuse: () => Response): void {
  const start = clock.now() - clock.elapsed();
  server.onRefresh(() => {
    const response = refuse();
    response.headers.set('date', new Date(start + clock.elapsed()).toUTCString());
    return response;
  });
}

/** The codes of refusals that are none of the final ones (openai/codex's and other clients' own lists name them), and a 401 without one. */
describe('a refresh that is refused with an unknown code', () => {
  const code = 'account_deactivated';
  const refuseWith = (unknown: string) => () => json(401, { error: { code: unknown, message: 'x', type: 'invalid_request_error' } });
  const refuse = refuseWith(code);

  /** Uses the account until it has to sign in again, or a week is over. @returns milliseconds */
  async function timeUntilOver(window: SignedIn, pause: number): Promise<number> {
    const start = window.clock.now();
    while (window.clock.now() - start < 7 * 24 * hour) {
      const error: unknown = await use(window, window.account).catch((failure: unknown) => failure);
      if (error instanceof AppError && error.code === 'signedOut') break;
      window.clock.advance(pause);
    }
    return window.clock.now() - start;
  }

  it('ends after several refusals over a day, in a state that names the code and is revived by signing in', async () => {
    const window = await expired();
    const { account, server, store, clock, events } = window;
    refuseDated(window, refuse);
    expect(await timeUntilOver(window, 20 * minute)).toBeGreaterThanOrEqual(24 * hour);
    const requests = server.requests.length;
    expect(requests).toBeLessThan(40);
    expect(await stored(window)).toMatchObject([{ state: 'expired', refusalCode: code, label: account.label }]);
    const refused = { code: 'signedOut', refusal: { request: 'refresh', serviceCode: code } };
    await expect(use(window, account)).rejects.toMatchObject(refused);
    await expect(use(window.another(), account)).rejects.toMatchObject(refused);
    expect(server.requests).toHaveLength(requests);
    expect(events).toEqual(['!ada@example.com']);
    const again = await store.saveSignIn(service, tokensOf(ada, clock.now()), flow);
    expect(again).toMatchObject({ hash: account.hash, label: account.label, state: 'ready' });
    expect(again).not.toHaveProperty('refusalCode');
  });

  it.each(['account_suspended', 'token_invalidated', 'a_code_of_tomorrow'])('ends whichever code it is, as %s', async other => {
    const window = await expired();
    refuseDated(window, refuseWith(other));
    await timeUntilOver(window, 13 * hour);
    expect(await stored(window)).toMatchObject([{ state: 'expired', refusalCode: other }]);
  });

  it('ends only after several refusals, however long the pauses are', async () => {
    const window = await expired();
    refuseDated(window, refuse);
    await timeUntilOver(window, 3 * 24 * hour);
    expect(window.server.requests).toHaveLength(3);
  });

  it.each<[string, () => Response]>([
    ['no body', () => new Response(null, { status: 401 })],
    ['JSON without a code', () => json(401, { detail: 'x' })],
    ['JSON of another shape', () => json(401, ['x'])],
  ])('ends after a day of 401 with %s as well, and no sooner, with the status in place of a code [R48]', async (_what, respond) => {
    const window = await expired();
    const { account, store, clock, server } = window;
    refuseDated(window, respond);
    expect(await timeUntilOver(window, 15 * minute)).toBeGreaterThanOrEqual(24 * hour);
    expect(server.requests.length).toBeLessThan(40);
    expect(await stored(window)).toMatchObject([{ state: 'expired', refusalCode: '401', label: account.label }]);
    const again = await store.saveSignIn(service, tokensOf(ada, clock.now()), flow);
    expect(again).toMatchObject({ hash: account.hash, state: 'ready' });
  });

  it('does not count a refusal that says something of the service for one that says nothing', async () => {
    const window = await expired();
    const replies = [json(429, {}), new Response(null, { status: 401 }), new Response(null, { status: 401 })];
    refuseDated(window, () => replies.shift() ?? rotated(ada));
    for (let times = 0; times < 3; times++) {
      await expect(use(window, window.account)).rejects.not.toMatchObject({ code: 'signedOut' });
      window.clock.advance(24 * hour);
    }
    expect(await use(window, window.account)).toMatchObject({ generation: 2 });
  });

  it('never ends while the service does not tell its time', async () => {
    const window = await expired();
    window.server.onRefresh(refuse);
    expect(await timeUntilOver(window, 3 * hour)).toBeGreaterThanOrEqual(7 * 24 * hour);
  });

  it('ends only if the code stays the same', async () => {
    const window = await expired();
    const codes = [code, 'another_code'];
    refuseDated(window, () => json(401, { error: codes.reverse()[0] ?? '' }));
    expect(await timeUntilOver(window, 3 * hour)).toBeGreaterThanOrEqual(7 * 24 * hour);
  });

  it('does not end because the clock jumps', async () => {
    const window = await expired();
    const { account, server, clock } = window;
    refuseDated(window, refuse);
    await expect(use(window, account)).rejects.toMatchObject({ code: 'refused' });
    for (const jump of [365, 1, 1, -362, 0.1, -1]) {
      clock.set(clock.now() + jump * 24 * hour);
      await expect(use(window, account)).rejects.toMatchObject({ code: 'refused' });
    }
    server.onRefresh(() => rotated(ada));
    clock.advance(hour);
    expect(await use(window, account)).toMatchObject({ generation: 2 });
  });
});

it.each([
  ['unsupported_country_region_territory', 403],
  ['invalid_client', 401],
  ['account_suspended', 400],
  ['rate_limit_exceeded', 429],
])('a refresh that is refused with %s and %i never ends the session, however long that lasts [R48]', async (code, status) => {
  const window = await expired();
  const { account, server, clock } = window;
  server.onRefresh(() => json(status, { error: { code } }));
  for (let times = 0; times < 40; times++) {
    await expect(use(window, account)).rejects.not.toMatchObject({ code: 'signedOut' });
    clock.advance(hour);
  }
  server.onRefresh(() => rotated(ada));
  expect(await use(window, account)).toMatchObject({ generation: 2 });
});

it('a refresh that gets a page with 401 never ends the session, however often it does [R48]', async () => {
  const window = await expired();
  const { account, server, clock } = window;
  server.onRefresh(() => new Response('<html>', { status: 401, headers: { 'content-type': 'text/html' } }));
  for (let times = 0; times < 100; times++) {
    await expect(use(window, account)).rejects.not.toMatchObject({ code: 'signedOut' });
    clock.advance(5 * minute);
  }
  expect(server.requests.length).toBeLessThan(10);
  server.onRefresh(() => rotated(ada));
  clock.advance(6 * hour);
  expect(await use(window, account)).toMatchObject({ generation: 2 });
});

describe('a refresh request that is not sent', () => {
  /** The length of each pause, with a random number in the middle. */
  const pauses = [500, 1_000, 2_000, 4_000, 7_500, 7_500, 7_500, 7_500, 7_500, 7_500];

  async function offline(): Promise<SignedIn> {
    const window = await expired();
    window.server.onRefresh(() => networkFault('ENOTFOUND'));
    return window;
  }

  it('a refresh that is not sent is retried with growing pauses, and its refresh token is unspent meanwhile', async () => {
    const window = await offline();
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

  it('a refresh that is not sent ends after the timeout of one request, and the next use retries it', async () => {
    const window = await offline();
    const { account, server, clock, store } = window;
    const used = expect(use(window, account)).rejects.toMatchObject({ code: 'nameNotResolved' });
    for (const pause of pauses) {
      await clock.untilSleeping(pause);
      clock.advance(pause);
    }
    await used;
    await store.settled();
    expect(server.requests).toHaveLength(pauses.length + 1);
    expect(await stored(window)).toEqual([account]);
    server.onRefresh(() => rotated(ada));
    expect((await use(window, account)).generation).toBe(2);
  });

  it('a refresh request that is sent at last has its whole timeout, however late it is', async () => {
    const window = await offline();
    const { account, server, clock, store } = window;
    const used = expect(use(window, account)).rejects.toMatchObject({ code: 'nameNotResolved' });
    for (const pause of pauses.slice(0, -1)) {
      await clock.untilSleeping(pause);
      clock.advance(pause);
    }
    await used;
    await clock.untilSleeping(7_500);
    const { response, respond } = pending();
    server.onRefresh(() => response);
    clock.advance(7_500);
    await server.untilRequested(pauses.length + 1);
    clock.advance(59_000);
    await setImmediate();
    respond(rotated(ada));
    await store.settled();
    expect(await stored(window)).toMatchObject([{ state: 'ready', generation: 2 }]);
  });

  it('a caller without a valid access token gets the network error after ten seconds, and the refresh continues', async () => {
    const window = await offline();
    const { account, server, clock } = window;
    const used = use(window, account);
    await clock.untilSleeping(500);
    server.onRefresh(() => pending().response);
    clock.advance(500);
    await server.untilRequested(2);
    clock.advance(9_500);
    await expect(used).rejects.toMatchObject({ code: 'nameNotResolved' });
  });

  it('a caller with a valid access token gets it at once, and the refresh continues', async () => {
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

  it('a sign-out does not wait for a refresh that is not sent, and ends it', async () => {
    const window = await offline();
    const { account, clock, server } = window;
    const used = use(window, account);
    await clock.untilSleeping(500);
    expect(await window.another().store.disconnect(account.hash, flow)).toEqual({ kind: 'revoked' });
    clock.advance(500);
    await expect(used).rejects.toMatchObject({ code: 'signedOut' });
    expect(server.refreshed).toHaveLength(1);
  });

  it('a refresh that is not sent ends at once when the window closes', async () => {
    const window = await offline();
    const { account, clock, store } = window;
    const used = expect(use(window, account)).rejects.toMatchObject({ code: 'nameNotResolved' });
    await clock.untilSleeping(500);
    await store.close();
    await used;
    expect(await stored(window)).toEqual([account]);
  });
});

describe('a token set that has not been refreshed for eight days', () => {
  async function unrefreshed(): Promise<SignedIn> {
    const window = await signedIn();
    const { account, store, clock } = window;
    // Its access token would be valid for a month.
    const tokens = { ...tokensOf(ada, clock.now()), expiresAt: clock.now() + 30 * 24 * hour };
    await store.saveSignIn(service, tokens, flow);
    await store.settled();
    clock.advance(8 * 24 * hour);
    return { ...window, account };
  }

  it('a token set that is eight days old is refreshed at its next use', async () => {
    const window = await unrefreshed();
    expect((await use(window, window.account)).generation).toBe(2);
  });

  it('a refresh token that is perhaps spent is not presented again for the age of its set alone', async () => {
    const window = await unrefreshed();
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

describe('a refusal that the service does not explain', () => {
  async function refusedTwice(): Promise<SignedIn> {
    const window = await expired();
    const { account, server, clock } = window;
    server.onRefresh(() => new Response('', { status: 401 }));
    for (let time = 1; time <= 2; time++) {
      await expect(use(window, account)).rejects.toMatchObject({ code: 'refused' });
      await expect(use(window, account)).rejects.toMatchObject({ code: 'refused' });
      expect(server.requests).toHaveLength(time);
      clock.advance(5 * minute);
    }
    return window;
  }

  it('unexplained refusals over hours do not end the session, and are repeated after growing pauses [R48]', async () => {
    const window = await refusedTwice();
    const { account, server, clock } = window;
    for (let passed = 0; passed < 6 * hour; passed += 5 * minute) {
      await expect(use(window, account)).rejects.toMatchObject({ code: 'refused' });
      clock.advance(5 * minute);
    }
    expect(server.requests.length).toBeLessThan(14);
    expect(await stored(window)).toMatchObject([{ state: 'ready', generation: 1 }]);
  });

  it('unexplained refusals do not end the session because the clock is put back', async () => {
    const window = await expired();
    const { account, server, clock } = window;
    clock.advance(24 * hour);
    server.onRefresh(() => new Response('', { status: 401 }));
    for (let times = 1; times <= 4; times++) {
      await expect(use(window, account)).rejects.toMatchObject({ code: 'refused' });
      expect(server.requests).toHaveLength(times);
      clock.set(clock.now() - 2 * hour);
    }
    expect(await stored(window)).toMatchObject([{ state: 'ready' }]);
  });

  it('unexplained refusals are forgotten when a refresh succeeds', async () => {
    const window = await refusedTwice();
    window.server.onRefresh(() => rotated(ada));
    const renewed = await use(window, window.account);
    expect(renewed).toMatchObject({ generation: 2, state: 'ready' });
    expect(renewed).not.toHaveProperty('refusals');
    expect(renewed).not.toHaveProperty('waitUntil');
  });
});

describe('a refresh with an unknown outcome', () => {
  it.each<[string, () => Response]>([
    ['connection was reset', () => networkFault('ECONNRESET')],
    ['service failed', () => json(503, {})],
    ['response was HTML', () => new Response('<html>', { headers: { 'content-type': 'text/html' } })],
    ['response was truncated', () => new Response('{"access_token":"a', { status: 200 })],
  ])('a refresh whose %s keeps its mark, and is not retried for a minute', async (_why, reply) => {
    const window = await expired();
    const { account, server, clock } = window;
    server.onRefresh(reply);
    await expect(use(window, account)).rejects.toMatchObject({ name: 'AppError' });
    expect(await stored(window)).toMatchObject([{ state: 'refreshing', generation: 1, refreshAttempt: { times: 1 } }]);
    server.onRefresh(() => rotated(ada));
    clock.advance(minute - 1);
    await expect(use(window, account)).rejects.toMatchObject({ code: 'serviceUnavailable' });
    expect(server.requests).toHaveLength(1);
    clock.advance(1);
    expect(await use(window, account)).toMatchObject({ generation: 2, state: 'ready' });
  });

  it('a refresh with an unknown outcome is retried after a pause that doubles each time, by any window', async () => {
    const window = await expired();
    const { account, server, clock } = window;
    server.onRefresh(() => networkFault('ECONNRESET'));
    await expect(use(window, account)).rejects.toBeDefined();
    for (const [times, distance] of [minute, 2 * minute, 4 * minute].entries()) {
      clock.advance(distance - 1);
      await expect(use(window.another(), account)).rejects.toMatchObject({ code: 'serviceUnavailable' });
      expect(server.requests).toHaveLength(times + 1);
      clock.advance(1);
      await expect(use(window.another(), account)).rejects.toMatchObject({ code: 'offline' });
      expect(server.requests).toHaveLength(times + 2);
    }
  });

  it('a refresh with an unknown outcome does not lock the account for years when the clock is corrected [R35]', async () => {
    const window = await expired();
    const { account, server, clock } = window;
    clock.advance(10 * 365 * 24 * hour);
    server.onRefresh(() => networkFault('ECONNRESET'));
    await expect(use(window, account)).rejects.toBeDefined();
    clock.set(clock.now() - 9 * 365 * 24 * hour);
    server.onRefresh(() => rotated(ada));
    expect((await use(window, account)).generation).toBe(2);
  });
});

describe('a session that the service ends', () => {
  it('an ended session keeps its account in place, is announced once, and sends no more requests [R19]', async () => {
    const window = await expired();
    const { account, server, events } = window;
    server.onRefresh(() => json(401, { error: { code: 'refresh_token_expired' } }));
    await expect(use(window, account)).rejects.toMatchObject({ code: 'signedOut' });
    await expect(use(window, account)).rejects.toMatchObject({ code: 'signedOut' });
    await expect(use(window.another(), account)).rejects.toMatchObject({ code: 'signedOut' });
    expect(server.requests).toHaveLength(1);
    expect(events).toEqual(['!ada@example.com']);
    expect(await window.store.accounts()).toMatchObject([{ state: 'expired', label: account.label }]);
  });

  it('an ended session resumes in place when the person signs in again', async () => {
    const window = await expired();
    const { account, store, clock, events } = window;
    window.server.onRefresh(() => json(400, { error: 'invalid_grant' }));
    await expect(use(window, account)).rejects.toBeDefined();
    const again = await store.saveSignIn(service, tokensOf(ada, clock.now()), flow);
    expect(again).toMatchObject({ hash: account.hash, label: account.label, state: 'ready', generation: 1 });
    expect((await use(window, account)).signInId).toBe(again.signInId);
    expect(events).toEqual(['!ada@example.com', '~ada@example.com']);
  });

  it('an ended session does not affect the sign-in that has replaced it [R19]', async () => {
    const window = await expired();
    const { response, respond } = pending();
    window.server.onRefresh(() => response);
    const used = use(window, window.account);
    await window.server.untilRequested(1);
    const again = await window.another().store.saveSignIn(service, tokensOf(ada, window.clock.now()), flow);
    respond(json(401, { error: { code: 'refresh_token_reused' } }));
    expect(await used).toEqual(again);
    expect(await stored(window)).toEqual([again]);
  });
});

describe('a session that the service ends while its access token is valid', () => {
  const end = () => json(401, { error: { code: 'refresh_token_invalidated' } });

  /** Signed in eight days ago, with an access token that is valid for two days more, and heard of by the windows that learn of an end. */
  async function old({ expiresIn }: { expiresIn?: number } = { expiresIn: 10 * 24 * hour }) {
    const window = await signedIn();
    const { store, clock } = window;
    const { accessToken, refreshToken, idToken, issuedAt } = tokensOf(ada, clock.now());
    const lifetime = expiresIn === undefined ? {} : { expiresAt: clock.now() + expiresIn };
    const account = await store.saveSignIn(service, { accessToken, refreshToken, idToken, issuedAt, ...lifetime }, flow);
    await store.settled();
    window.events.length = 0;
    clock.advance(8 * 24 * hour);
    window.server.onRefresh(end);
    const told: (string | undefined)[] = [];
    const hears = (each: Window) => each.store.onDidExpire(({ state }) => told.push(state));
    hears(window);
    const another = () => {
      const other = window.another(clock);
      hears(other);
      return other;
    };
    return { ...window, account, told, another };
  }

  it('goes on by its access token until that expires, and the person is told once, before [R19]', async () => {
    const window = await old();
    const { account, server, clock, told, events } = window;
    expect(await use(window, account)).toMatchObject({ state: 'accessOnly', generation: 1, tokens: account.tokens });
    expect(told).toEqual(['accessOnly']);
    clock.advance(2 * 24 * hour - 1);
    expect((await use(window, account)).tokens).toEqual(account.tokens);
    expect((await use(window.another(), account)).tokens).toEqual(account.tokens);
    expect(await window.store.accounts()).toMatchObject([{ state: 'accessOnly' }]);
    clock.advance(1);
    await expect(use(window.another(), account)).rejects.toMatchObject({ code: 'signedOut' });
    await expect(use(window, account)).rejects.toMatchObject({ code: 'signedOut' });
    expect(await stored(window)).toMatchObject([{ state: 'expired', label: account.label }]);
    expect(told).toEqual(['accessOnly']);
    expect(events).toEqual(['~ada@example.com', '!ada@example.com']);
    expect(server.refreshed).toEqual([account.tokens.refreshToken]);
  });

  it('ends for callers of a minute before the expiry no earlier than for others', async () => {
    const window = await signedIn();
    window.clock.advance(hour - minute);
    window.server.onRefresh(end);
    expect((await use(window, window.account)).tokens).toEqual(window.account.tokens);
    window.clock.advance(minute);
    await expect(use(window, window.account)).rejects.toMatchObject({ code: 'signedOut' });
  });

  it('goes on although another service refused the access token, which cannot be replaced', async () => {
    const window = await old();
    const { account, store, server, told } = window;
    const refused = { ...flow, refused: account };
    await expect(store.credential(account.hash, refused)).rejects.toMatchObject({ code: 'refused' });
    await expect(store.credential(account.hash, refused)).rejects.toMatchObject({ code: 'refused' });
    await expect(window.another().store.credential(account.hash, refused)).rejects.toMatchObject({ code: 'refused' });
    expect((await use(window, account)).tokens).toEqual(account.tokens);
    expect(server.refreshed).toHaveLength(1);
    expect(told).toEqual(['accessOnly']);
  });

  it('is over when a service refuses the access token as expired, now or later', async () => {
    for (const isLater of [false, true]) {
      const window = await old();
      const { account, store, server, told } = window;
      if (isLater) await use(window, account);
      const refused = { ...flow, refused: { ...account, isExpired: true } };
      await expect(store.credential(account.hash, refused)).rejects.toMatchObject({ code: 'signedOut' });
      await expect(use(window.another(), account)).rejects.toMatchObject({ code: 'signedOut' });
      expect(await stored(window)).toMatchObject([{ state: 'expired' }]);
      expect(server.refreshed).toHaveLength(1);
      expect(told).toEqual([isLater ? 'accessOnly' : 'expired']);
    }
  });

  it('is over at any refusal of an access token whose expiry nobody knows', async () => {
    const window = await old({});
    const { account, store } = window;
    expect((await use(window, account)).tokens).toEqual(account.tokens);
    await expect(store.credential(account.hash, { ...flow, refused: account })).rejects.toMatchObject({ code: 'signedOut' });
  });

  it('goes on where the service refuses by an unknown code, and names it', async () => {
    const window = await old();
    const { account, clock, told } = window;
    refuseDated(window, () => json(403, { error: { code: 'account_suspended' } }));
    for (let times = 0; times < 4; times++) {
      expect((await use(window, account)).tokens).toEqual(account.tokens);
      clock.advance(11 * hour);
    }
    expect(await stored(window)).toMatchObject([{ state: 'accessOnly', refusalCode: 'account_suspended' }]);
    expect(told).toEqual(['accessOnly']);
  });

  it('is revived in place by signing in', async () => {
    const window = await old();
    const { account, store, clock } = window;
    await use(window, account);
    const again = await store.saveSignIn(service, tokensOf(ada, clock.now()), flow);
    expect(again).toMatchObject({ hash: account.hash, label: account.label, state: 'ready' });
    expect(await use(window, account)).toEqual(again);
  });

  it('signs out as any other account', async () => {
    const window = await old();
    await use(window, window.account);
    expect(await window.another().store.disconnect(window.account.hash, flow)).toEqual({ kind: 'revoked' });
    expect(await stored(window)).toEqual([]);
    await expect(use(window, window.account)).rejects.toMatchObject({ code: 'signedOut' });
  });
});

describe('a sign-out during a refresh', () => {
  it('an account that signs out during its refresh does not come back, and the new tokens are revoked [R69]', async () => {
    const window = await expired();
    const { account, server } = window;
    const { response, respond } = pending();
    const fresh = tokensOf(ada, 0);
    server.onRefresh(() => response);
    const used = use(window, account);
    await server.untilRequested(1);
    expect(await window.another().store.disconnect(account.hash, flow)).toEqual({ kind: 'revoked' });
    respond(rotated(ada, { refresh_token: fresh.refreshToken }));
    await expect(used).rejects.toMatchObject({ code: 'signedOut' });
    expect(server.revoked).toEqual([account.tokens.refreshToken, fresh.refreshToken]);
    expect(await stored(window)).toEqual([]);
    expect(window.events).toEqual(['-ada@example.com']);
  });

  it('an account that signs out and in again during its refresh keeps the new sign-in, and the refreshed tokens are dropped', async () => {
    const window = await expired();
    const { account, server } = window;
    const { response, respond } = pending();
    const late = tokensOf(ada, 0);
    server.onRefresh(() => response);
    const used = use(window, account);
    await server.untilRequested(1);
    const other = window.another();
    await other.store.disconnect(account.hash, flow);
    const again = await other.store.saveSignIn(service, tokensOf(ada, window.clock.now()), flow);
    respond(rotated(ada, { refresh_token: late.refreshToken }));
    expect(await used).toEqual(again);
    expect(server.revoked).toEqual([account.tokens.refreshToken]);
  });
});

describe('a caller that times out with a valid access token', () => {
  async function waiting() {
    const window = await signedIn();
    const { account, server, clock } = window;
    clock.advance(hour - minute);
    server.onRefresh(() => pending().response);
    const used = use(window, account);
    await server.untilRequested(1);
    return { ...window, used };
  }

  it('a caller that times out does not get the access token if its window has seen the account sign out', async () => {
    const { used, another, account, store, clock } = await waiting();
    await another().store.disconnect(account.hash, flow);
    await store.reload();
    clock.advance(10_000);
    await expect(used).rejects.toMatchObject({ code: 'signedOut' });
  });

  it('a caller that times out gets the access token of a newer sign-in that its window has seen', async () => {
    const { used, another, store, clock } = await waiting();
    const again = await another().store.saveSignIn(service, tokensOf(ada, clock.now()), flow);
    await store.reload();
    clock.advance(10_000);
    expect(await used).toEqual(again);
  });
});

it('refreshed tokens of another account are revoked, and the account has to sign in again', async () => {
  const window = await expired();
  const foreign = tokensOf(ben, 0);
  window.server.onRefresh(() => rotated(ben, { refresh_token: foreign.refreshToken }));
  await expect(use(window, window.account)).rejects.toMatchObject({ code: 'signedOut' });
  expect(window.server.revoked).toEqual([foreign.refreshToken]);
  expect(await stored(window)).toMatchObject([{ state: 'expired', id: window.account.id }]);
});

describe('the timeouts of a refresh', () => {
  it('a caller times out after ten seconds, while the refresh continues and is stored', async () => {
    const window = await signedIn();
    const { account, server, clock } = window;
    clock.advance(hour - minute);
    const { response, respond } = pending();
    server.onRefresh(() => response);
    const used = use(window, account);
    await server.untilRequested(1);
    clock.advance(10_000);
    expect(await used).toEqual(account);
    const again = use(window, account);
    await clock.untilSleeping(10_000);
    respond(rotated(ada));
    expect((await again).generation).toBe(2);
    expect(server.requests).toHaveLength(1);
    expect(await stored(window)).toMatchObject([{ generation: 2, state: 'ready' }]);
  });

  it('a caller without a valid access token times out with a temporary error', async () => {
    const window = await expired();
    const { response, respond } = pending();
    window.server.onRefresh(() => response);
    const used = use(window, window.account);
    await window.server.untilRequested(1);
    window.clock.advance(10_000);
    await expect(used).rejects.toMatchObject({ code: 'noAnswer' });
    respond(rotated(ada));
    await window.store.settled();
    expect(await stored(window)).toMatchObject([{ generation: 2 }]);
  });

  it('a caller times out after ten seconds while another window holds the lock, and the refresh ends after a minute', async () => {
    const window = await expired();
    const { account, clock, server, store, locks } = window;
    const lock = await locks.acquire(account.hash, new AbortController().signal);
    const used = use(window, account);
    await clock.untilSleeping(60);
    clock.advance(10_000);
    await expect(used).rejects.toMatchObject({ code: 'vaultLocked' });
    clock.advance(50_000);
    await store.settled();
    lock.release();
    expect(server.requests).toEqual([]);
    expect((await use(window, account)).generation).toBe(2);
  });

  it('the timeout for the lock does not end a request that was sent after a long wait for the lock', async () => {
    const window = await expired();
    const { account, clock, server, store, locks } = window;
    const { response, respond } = pending();
    server.onRefresh(() => response);
    const lock = await locks.acquire(account.hash, new AbortController().signal);
    const used = use(window, account);
    await clock.untilSleeping(60);
    lock.release();
    clock.advance(9_000);
    await server.untilRequested(1);
    // This is a minute after the wait for the lock began, and 51 seconds into the request.
    clock.advance(51_000);
    await expect(used).rejects.toMatchObject({ code: 'noAnswer' });
    respond(rotated(ada));
    await store.settled();
    expect(await stored(window)).toMatchObject([{ generation: 2, state: 'ready' }]);
  });
});

describe('a token set that a service refused', () => {
  it('a refused token set is replaced once, however fresh it is and however many callers report it', async () => {
    const window = await signedIn();
    const { account, store, server } = window;
    expect(isFresh(account.tokens, { now: window.clock.now(), clockOffset: undefined })).toBe(true);
    const refused = { ...flow, refused: account };
    const results = await Promise.all(Array.from({ length: 10 }, () => store.credential(account.hash, refused)));
    expect(new Set(results.map(({ generation }) => generation))).toEqual(new Set([2]));
    expect((await store.credential(account.hash, refused)).generation).toBe(2);
    expect((await window.another().store.credential(account.hash, refused)).generation).toBe(2);
    expect(server.requests).toHaveLength(1);
  });

  it('a refused token set is replaced even for a caller that joins a refresh of the one before', async () => {
    const window = await expired();
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

  it('a refused token set is not confused with that of the sign-in that has replaced it', async () => {
    const { account, store, server, another, clock } = await signedIn();
    const again = await another().store.saveSignIn(service, tokensOf(ada, clock.now()), flow);
    expect(await store.credential(account.hash, { ...flow, refused: account })).toEqual(again);
    expect(server.refreshed).toEqual([]);
  });

  it('a refused token set is not handed out again if it cannot be replaced', async () => {
    const window = await signedIn();
    window.server.onRefresh(() => json(429, {}));
    await expect(window.store.credential(window.account.hash, { ...flow, refused: window.account })).rejects.toMatchObject({
      code: 'serviceUnavailable',
    });
    expect((await use(window, window.account)).generation).toBe(1);
  });
});

describe('a refresh response that cannot be stored', () => {
  it('a refresh response is stored once the disk allows it, and its refresh token is not presented again meanwhile [R18]', async () => {
    const window = await expired();
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
    expect(server.requests).toHaveLength(1);
  });

  it('a refresh response that was stored although its commit failed is kept, and its tokens are not revoked', async () => {
    const window = await expired();
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
