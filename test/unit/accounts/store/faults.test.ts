/**
 * What may become of a token request, over real HTTP: what the vault holds afterwards, and when the token is presented
 * again. See `rotation.test.ts` for the rules, and `processes/simulated.test.ts` for windows and processes.
 */
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Fault } from '../../../simulator/client.ts';
import { errorShapes } from '../../../simulator/contract.ts';
import { ManualClock } from '../../support/clock.ts';
import { machine, month, useRecords, use } from './support/machine.ts';
import { stored } from './support/signedIn.ts';

const minute = 60_000;

const { simulator, records } = await useRecords();

describe('a request that never left [R48]', () => {
  /** Where the token request goes in place of the service. */
  const elsewhere: [string, string, () => string | Promise<string>][] = [
    ['no name was found', 'nameNotResolved', () => 'http://nobody.invalid/oauth/token'],
    ['nobody listens', 'offline', closedPort],
    ['no TLS is spoken there', 'certificateNotTrusted', () => `${simulator.issuer.replace('http:', 'https:')}/oauth/token`],
    ['the line broke in the handshake', 'offline', portThatHangsUp],
  ];

  it.each(elsewhere)('because %s (%s), leaves the token unspent, and is tried again', async (_why, code, find) => {
    let target: string | undefined = await find();
    const one = await machine(simulator, {
      ahead: month,
      fetch: (url, init) => fetch(url.endsWith('/oauth/token') ? (target ?? url) : url, init),
    });
    const clock = new ManualClock(one.clock.now());
    const window = one.another({ clock, random: () => 0.5 });
    const used = use(window, one.account);
    await clock.untilSleeping(500);
    expect(window.log.entries).toContainEqual(
      expect.objectContaining({ step: 'http', fields: expect.objectContaining({ failure: code }) as object }),
    );
    expect(await stored(one)).toEqual([one.account]);
    target = undefined;
    clock.advance(500);
    expect((await used).generation).toBe(2);
    expect(await records.refreshes()).toBe(1);
    expect(await records.endings()).toEqual([undefined]);
  });
});

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

describe('a request that was refused for now', () => {
  it.each(errorShapes)('in words that are not final (%s) leaves the token unspent, and is repeated at the next use', async shape => {
    const one = await machine(simulator, { ahead: month });
    await simulator.fail({ route: 'refresh', fault: { code: 'unknown_parameter', shape } });
    await expect(use(one, one.account)).rejects.toMatchObject({ code: 'refused' });
    expect(await stored(one)).toEqual([one.account]);
    expect((await use(one.another(), one.account)).generation).toBe(2);
    expect(await records.refreshes()).toBe(2);
    expect(await records.endings()).toEqual([undefined]);
  });

  it.each(['seconds', 'date'] as const)(
    'until a time (in %s) leaves the token unspent, with that time, and is not repeated before',
    async as => {
      const one = await machine(simulator, { ahead: month });
      await simulator.fail({ route: 'refresh', fault: { retryAfterSeconds: 600, as } });
      const asked = one.clock.now();
      await expect(use(one, one.account)).rejects.toMatchObject({ code: 'serviceUnavailable' });
      const [account] = await stored(one);
      expect(account).toMatchObject({ state: 'ready', generation: 1, tokens: one.account.tokens });
      expect(account).not.toHaveProperty('refreshAttempt');
      // A date has whole seconds, and so has the clock that it goes by.
      expect(Math.abs((account?.waitUntil ?? 0) - asked - 10 * minute)).toBeLessThan(3_000);
      await one.pass(9 * minute);
      await expect(use(one.another(), one.account)).rejects.toMatchObject({ code: 'serviceUnavailable' });
      expect(await records.refreshes()).toBe(1);
      await one.pass(minute + 3_000);
      expect((await use(one, one.account)).generation).toBe(2);
      expect(await records.endings()).toEqual([undefined]);
    },
  );

  it('three times over ten minutes without a word that can be read ends the session, not before', async () => {
    const one = await machine(simulator, { ahead: month });
    await simulator.fail({ route: 'refresh', times: 3, fault: { status: 401 } });
    for (const times of [1, 2]) {
      await expect(use(one, one.account)).rejects.toMatchObject({ code: 'refused' });
      expect(await stored(one)).toMatchObject([{ state: 'ready', unexplainedRefusals: { times } }]);
      await expect(use(one.another(), one.account)).rejects.toMatchObject({ code: 'serviceUnavailable' });
      expect(await records.refreshes()).toBe(times);
      await one.pass(5 * minute);
    }
    await expect(use(one, one.account)).rejects.toMatchObject({ code: 'signedOut' });
    expect(await stored(one)).toMatchObject([{ state: 'expired', label: one.account.label }]);
    await expect(use(one.another(), one.account)).rejects.toMatchObject({ code: 'signedOut' });
    expect(await records.refreshes()).toBe(3);
  });
});

describe('a request that was refused for good', () => {
  // One code with each status; what every code means is tested where it is read, in refresh.test.ts.
  const refusals = (['invalid_grant', 'refresh_token_expired'] as const).flatMap(code => errorShapes.map(shape => ({ code, shape })));

  it.each(refusals)('with $code ($shape) ends the session here, and is never repeated [R19]', async refusal => {
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

describe('a request whose answer is not known', () => {
  /** With what a caller is told. */
  const unheard: [string, string, Fault][] = [
    ['a page in its place', 'blocked', 'html'],
    ['a page that says all is well', 'blocked', 'html200'],
    ['a connection that was reset', 'offline', 'drop'],
    ['JSON that breaks off', 'answerNotUnderstood', 'brokenJson'],
    ['nothing in it', 'answerNotUnderstood', 'empty'],
    ['an error of the service', 'serviceUnavailable', { status: 500, body: { error: { code: 'server_error' } } }],
    ['a final word with an error of the service', 'serviceUnavailable', { code: 'invalid_grant', status: 500 }],
    ['a service that is busy', 'serviceUnavailable', { retryAfterSeconds: 1, as: 'seconds', status: 503 }],
  ];
  it.each(unheard)(
    'because of %s (%s) keeps its mark, and is repeated after a minute: the service had not rotated [R48]',
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

  const spoiled: [string, string, Fault][] = [
    ['a connection that was reset', 'offline', 'answerLost'],
    ['a body that was reset', 'offline', 'truncated'],
    ['a body that breaks off', 'answerNotUnderstood', 'cutShort'],
  ];
  it.each(spoiled)(
    'because of %s (%s) keeps its mark, and ends after a minute in the word of the service, which had rotated [R19]',
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

  it('because none came in a minute keeps its mark, and is repeated a minute after it', async () => {
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

  it('is repeated at double the distance each time while none comes, and not at all before', async () => {
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
