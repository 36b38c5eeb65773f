/**
 * The outcomes of a token request over real HTTP: what the vault holds afterwards, and when the token is presented again.
 * See `rotation.test.ts` for the rules, and `processes/simulated.test.ts` for windows and processes.
 */
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Fault } from '../../../simulator/client.ts';
import { errorShapes } from '../../../simulator/contract.ts';
import { ManualClock } from '../../support/clock.ts';
import { fromRow, toRow } from '../../../../src/accounts/store/storedAccount.ts';
import { machine, month, useRecords, use } from './support/machine.ts';
import { hour } from './support/service.ts';
import { stored } from './support/signedIn.ts';
import { serviceOf, signIn } from './support/simulated.ts';
import type { Window } from './support/window.ts';
import { flow } from './support/window.ts';

const minute = 60_000;

const { simulator, records } = await useRecords();

describe('a refresh request that is not sent [R48]', () => {
  /** The URL that the token request goes to instead of the service. */
  const otherUrls: [string, string, () => string | Promise<string>][] = [
    ['the host name was not found', 'nameNotResolved', () => 'https://nobody.invalid/oauth/token'],
    ['no program listens', 'offline', closedPort],
    ['the port has no TLS', 'certificateNotTrusted', () => `${simulator.issuer.replace('http:', 'https:')}/oauth/token`],
    ['the connection ended in the handshake', 'offline', portThatHangsUp],
  ];

  it.each(otherUrls)(
    'a refresh that is not sent because %s (%s) leaves the refresh token unspent, and is retried',
    async (_why, code, find) => {
      const one = await machine(simulator, { ahead: month });
      const unreachable = await find();
      await setTokenUrl(one, unreachable);
      const [before] = await stored(one);
      const clock = new ManualClock(one.clock.now());
      const window = one.another({ clock, random: () => 0.5 });
      const used = use(window, one.account);
      await clock.untilSleeping(500);
      expect(window.log.entries).toContainEqual(
        expect.objectContaining({ step: 'http', fields: expect.objectContaining({ failure: code }) as object }),
      );
      expect(await stored(one)).toEqual([before]);
      await setTokenUrl(one, one.account.service.endpoints.token);
      clock.advance(500);
      expect((await used).generation).toBe(2);
      expect(await records.refreshes()).toBe(1);
      expect(await records.endings()).toEqual([undefined]);
    },
  );
});

/** The record with another URL for token requests: what is said of a failure depends on where the request was to go. */
async function setTokenUrl({ vault, keys }: Window, token: string): Promise<void> {
  const [key] = await keys.find((await vault.read())?.keyIds ?? []);
  if (!key) throw new Error('There is no key.');
  await vault.write(transaction => {
    for (const row of transaction.rows()) {
      const account = fromRow(key, row);
      if (!account) throw new Error('The record does not open.');
      const { service } = account;
      transaction.put(toRow(key, { ...account, service: { ...service, endpoints: { ...service.endpoints, token } } }));
    }
  });
}

async function closedPort(): Promise<string> {
  const server = createServer();
  const port = await listen(server);
  await new Promise(resolve => server.close(resolve));
  return `http://127.0.0.1:${port}/oauth/token`;
}

async function portThatHangsUp(): Promise<string> {
  const server = createServer(socket => socket.end());
  onTestFinished(() => {
    server.close();
  });
  return `https://127.0.0.1:${await listen(server)}/oauth/token`;
}

async function listen(server: ReturnType<typeof createServer>): Promise<number> {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

describe('a refresh request that is refused for now', () => {
  it.each(errorShapes)(
    'a refusal that is not final (%s) leaves the refresh token unspent, and a use a minute later retries it',
    async shape => {
      const one = await machine(simulator, { ahead: month });
      await simulator.fail({ route: 'refresh', fault: { code: 'unknown_parameter', shape } });
      await expect(use(one, one.account)).rejects.toMatchObject({ code: 'refused' });
      expect(await stored(one)).toMatchObject([{ ...one.account, refusals: { times: 1, code: 'unknown_parameter' } }]);
      await expect(use(one.another(), one.account)).rejects.toMatchObject({ code: 'refused' });
      expect(await records.refreshes()).toBe(1);
      await one.pass(minute);
      expect((await use(one.another(), one.account)).generation).toBe(2);
      expect(await records.refreshes()).toBe(2);
      expect(await records.endings()).toEqual([undefined]);
    },
  );

  it.each(['seconds', 'date'] as const)(
    'a refusal with Retry-After (in %s) leaves the refresh token unspent, and is not retried before that time',
    async as => {
      const one = await machine(simulator, { ahead: month });
      await simulator.fail({ route: 'refresh', fault: { retryAfterSeconds: 600, as } });
      const startedAt = one.clock.now();
      await expect(use(one, one.account)).rejects.toMatchObject({ code: 'serviceUnavailable' });
      const [account] = await stored(one);
      expect(account).toMatchObject({ state: 'ready', generation: 1, tokens: one.account.tokens });
      expect(account).not.toHaveProperty('refreshAttempt');
      // A date has whole seconds, and so has the clock that it refers to.
      expect(Math.abs((account?.waitUntil ?? 0) - startedAt - 10 * minute)).toBeLessThan(3_000);
      await one.pass(9 * minute);
      await expect(use(one.another(), one.account)).rejects.toMatchObject({ code: 'serviceUnavailable' });
      expect(await records.refreshes()).toBe(1);
      await one.pass(minute + 3_000);
      expect((await use(one, one.account)).generation).toBe(2);
      expect(await records.endings()).toEqual([undefined]);
    },
  );

  it('a day of refusals without a code ends the session, and no less', async () => {
    const one = await machine(simulator, { ahead: month });
    await simulator.fail({ route: 'refresh', times: 5, fault: { status: 401 } });
    for (const times of [1, 2, 3, 4]) {
      await expect(use(one, one.account)).rejects.toMatchObject({ code: 'refused' });
      expect(await stored(one)).toMatchObject([{ state: 'ready', refusals: { times, code: '401' } }]);
      await expect(use(one.another(), one.account)).rejects.toMatchObject({ code: 'refused' });
      expect(await records.refreshes()).toBe(times);
      await one.pass(7 * hour);
    }
    await expect(use(one, one.account)).rejects.toMatchObject({ code: 'signedOut' });
    expect(await stored(one)).toMatchObject([{ state: 'expired', refusalCode: '401', label: one.account.label }]);
    await expect(use(one.another(), one.account)).rejects.toMatchObject({ code: 'signedOut' });
    expect(await records.refreshes()).toBe(5);
  });
});

describe('a refresh request that is refused with a code that this version does not know', () => {
  it.each(['account_deactivated', 'account_suspended', 'token_invalidated'] as const)(
    'a day of refusals with %s ends the session, which keeps the code and is revived by signing in [R48]',
    async code => {
      const one = await machine(simulator, { ahead: month });
      await simulator.fail({ route: 'refresh', fault: { code }, times: 5 });
      for (let times = 1; times <= 4; times++) {
        await expect(use(one, one.account)).rejects.toMatchObject({ code: 'refused', refusal: { request: 'refresh', serviceCode: code } });
        expect(await stored(one)).toMatchObject([{ state: 'ready', refusals: { times, code } }]);
        await one.pass(7 * hour);
      }
      const over = { code: 'signedOut', refusal: { request: 'refresh', serviceCode: code } };
      await expect(use(one, one.account)).rejects.toMatchObject(over);
      await expect(use(one.another(), one.account)).rejects.toMatchObject(over);
      expect(await stored(one)).toMatchObject([{ state: 'expired', refusalCode: code, label: one.account.label }]);
      expect(await records.refreshes()).toBe(5);
      const again = await one.store.saveSignIn(serviceOf(simulator), await signIn(simulator, 'ada', one.clock), flow);
      expect(again).toMatchObject({ hash: one.account.hash, label: one.account.label, state: 'ready' });
    },
  );
});

describe('a refresh request that is refused for good', () => {
  // This has one code with each status; refresh.test.ts tests what every code means.
  const refusals = (['invalid_grant', 'refresh_token_expired'] as const).flatMap(code => errorShapes.map(shape => ({ code, shape })));

  it.each(refusals)('a refusal with $code ($shape) ends the session, and the refresh is never retried [R19]', async refusal => {
    const one = await machine(simulator, { ahead: month });
    await simulator.fail({ route: 'refresh', fault: refusal });
    await expect(use(one, one.account)).rejects.toMatchObject({ code: 'signedOut' });
    const [account] = await stored(one);
    expect(account).toMatchObject({ state: 'expired', generation: 1, label: one.account.label });
    expect(account).not.toHaveProperty('refreshAttempt');
    await one.pass(month);
    await expect(use(one.another(), one.account)).rejects.toMatchObject({ code: 'signedOut' });
    expect(await records.refreshes()).toBe(1);
  });
});

describe('a refresh request with an unknown outcome', () => {
  /** The fault, and the error code that a caller gets. */
  const unknownOutcomes: [string, string, Fault][] = [
    ['an HTML error page', 'blocked', 'html'],
    ['an HTML page with status 200', 'blocked', 'html200'],
    ['an HTML page with status 401', 'blocked', 'html401'],
    ['a connection that was reset', 'offline', 'drop'],
    ['truncated JSON', 'answerNotUnderstood', 'brokenJson'],
    ['an empty body', 'answerNotUnderstood', 'empty'],
    ['a server error', 'serviceUnavailable', { status: 500, body: { error: { code: 'server_error' } } }],
    ['a final code with a server error', 'serviceUnavailable', { code: 'invalid_grant', status: 500 }],
    ['a busy service', 'serviceUnavailable', { retryAfterSeconds: 1, as: 'seconds', status: 503 }],
  ];
  it.each(unknownOutcomes)(
    'a refresh that fails by %s (%s) keeps its mark, and the retry after a minute succeeds as the service had not rotated [R48]',
    async (_why, code, fault) => {
      const one = await machine(simulator, { ahead: month });
      await simulator.fail({ route: 'refresh', fault });
      await expect(use(one, one.account)).rejects.toMatchObject({ code });
      expect(await stored(one)).toMatchObject([{ state: 'refreshing', generation: 1, refreshAttempt: { times: 1 } }]);
      await one.pass(minute - 10_000);
      await expect(use(one.another(), one.account)).rejects.toMatchObject({ code: 'serviceUnavailable' });
      expect(await records.refreshes()).toBe(1);
      await one.pass(10_000);
      const next = await use(one, one.account);
      expect(next).toMatchObject({ state: 'ready', generation: 2 });
      expect(next).not.toHaveProperty('refreshAttempt');
      expect(await records.refreshes()).toBe(2);
      expect(await records.endings()).toEqual([undefined]);
    },
  );

  const lostResponses: [string, string, Fault][] = [
    ['a connection that was reset', 'offline', 'responseLost'],
    ['a body that was reset', 'offline', 'truncated'],
    ['a truncated body', 'answerNotUnderstood', 'cutShort'],
  ];
  it.each(lostResponses)(
    'a refresh that fails by %s (%s) keeps its mark, and the retry after a minute ends the session as the service had rotated [R19]',
    async (_why, code, fault) => {
      const one = await machine(simulator, { ahead: month });
      await simulator.fail({ route: 'refresh', fault });
      await expect(use(one, one.account)).rejects.toMatchObject({ code });
      expect(await stored(one)).toMatchObject([{ state: 'refreshing', generation: 1, refreshAttempt: { times: 1 } }]);
      await one.pass(minute - 10_000);
      await expect(use(one.another(), one.account)).rejects.toMatchObject({ code: 'serviceUnavailable' });
      expect(await records.refreshes()).toBe(1);
      await one.pass(10_000);
      await expect(use(one, one.account)).rejects.toMatchObject({ code: 'signedOut' });
      expect(await records.refreshes()).toBe(2);
      expect(await stored(one)).toMatchObject([{ state: 'expired', label: one.account.label }]);
    },
  );

  it('a refresh that times out after a minute keeps its mark, and is retried a minute later', async () => {
    const one = await machine(simulator, { ahead: month });
    const clock = new ManualClock(one.clock.now());
    const window = one.another({ clock });
    await simulator.fail({ route: 'refresh', fault: 'hang' });
    const used = use(window, one.account);
    await records.requested('refresh');
    clock.advance(10_000);
    await expect(used).rejects.toMatchObject({ code: 'noAnswer' });
    expect(await one.locks.tryAcquire(one.account.hash)).toBeUndefined();
    clock.advance(50_000);
    await window.store.settled();
    expect(await stored(one)).toMatchObject([{ state: 'refreshing', generation: 1, refreshAttempt: { times: 1 } }]);
    await expect(use(one, one.account)).rejects.toMatchObject({ code: 'serviceUnavailable' });
    await one.pass(minute);
    expect((await use(one, one.account)).generation).toBe(2);
    expect(await records.refreshes()).toBe(2);
    expect(await records.endings()).toEqual([undefined]);
  });

  it('a refresh that gets no response is retried after a pause that doubles each time, and not before', async () => {
    const one = await machine(simulator, { ahead: month });
    await simulator.fail({ route: 'refresh', times: 3, fault: 'drop' });
    for (const [index, distance] of [1, 2, 4].entries()) {
      await expect(use(one, one.account)).rejects.toMatchObject({ code: 'offline' });
      expect(await stored(one)).toMatchObject([{ state: 'refreshing', refreshAttempt: { times: index + 1 } }]);
      await one.pass(distance * minute - 10_000);
      await expect(use(one.another(), one.account)).rejects.toMatchObject({ code: 'serviceUnavailable' });
      expect(await records.refreshes()).toBe(index + 1);
      await one.pass(10_000);
    }
    expect((await use(one, one.account)).generation).toBe(2);
    expect(await records.endings()).toEqual([undefined]);
  });
});
