/** Windows in processes of their own, of which one holds the lock and is killed, stopped or slow. */
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../support/clock.ts';
import type { Child } from '../support/child.ts';
import type { Machine } from '../support/machine.ts';
import { machine, month, useRecords, use } from '../support/machine.ts';
import { hour } from '../support/service.ts';
import { stored } from '../support/signedIn.ts';
import { serviceOf, signIn } from '../support/simulated.ts';
import { flow } from '../support/window.ts';
import { stoppedBeforeMark, stoppedWithAnswer } from './commit.ts';

const { simulator, records } = await useRecords();

/** A process that waits for a token response, which takes a while. */
async function holder(one: Machine, { responseAfter }: { responseAfter: number }): Promise<Child> {
  await simulator.set({ tokenDelayMs: responseAfter });
  const child = await one.process();
  child.say('use');
  await records.requested('refresh');
  return child;
}

it('eight processes with a hundred callers each make one token request when the access token expires [R18]', async () => {
  const one = await machine(simulator, { ahead: month });
  const processes = await Promise.all(Array.from({ length: 8 }, () => one.process()));
  for (const child of processes) child.say('use 100');
  expect(await Promise.all(processes.map(child => child.hear()))).toEqual(Array.from({ length: 8 }, () => '2'));
  expect(await records.refreshes()).toBe(1);
  expect(await records.endings()).toEqual([undefined]);
});

describe('a holder that is killed while it waits for a token response', () => {
  it('a killed holder loses the session if the service has rotated: the next holder retries a minute later, and the service ends it', async () => {
    const one = await machine(simulator, { ahead: month });
    const next = await one.process();
    const child = await holder(one, { responseAfter: 1_000 });
    next.say('use');
    await child.kill();
    expect(await next.hear()).toBe('serviceUnavailable');
    // The service completes the request, whether anyone waits for it or not.
    while ((await records.sessions())[0]?.generation !== 1);
    await one.pass(45_000);
    next.say('use');
    expect(await next.hear()).toBe('serviceUnavailable');
    expect(await records.refreshes()).toBe(1);
    await one.pass(15_000);
    next.say('use');
    expect(await next.hear()).toBe('signedOut');
    expect(await records.refreshes()).toBe(2);
    expect(await one.store.accounts()).toMatchObject([{ state: 'expired', label: one.account.label }]);
  });

  it('a killed holder loses nothing if the service has not rotated: the next holder retries a minute later, and succeeds', async () => {
    const one = await machine(simulator, { ahead: month });
    await simulator.fail({ route: 'refresh', fault: 'hang' });
    const next = await one.process();
    const child = await holder(one, { responseAfter: 0 });
    next.say('use');
    await child.kill();
    expect(await next.hear()).toBe('serviceUnavailable');
    await one.pass(45_000);
    next.say('use');
    expect(await next.hear()).toBe('serviceUnavailable');
    expect(await records.refreshes()).toBe(1);
    await one.pass(15_000);
    next.say('use');
    expect(await next.hear()).toBe('2');
    expect(await records.endings()).toEqual([undefined]);
  });
});

describe('a holder that is stopped while it waits for a token response', () => {
  it('a stopped holder makes other callers time out, and everything is in order when it resumes', async () => {
    const one = await machine(simulator, { ahead: month });
    const child = await holder(one, { responseAfter: 300 });
    child.stop();
    const clock = new ManualClock(one.clock.now());
    const waiting = one.another({ clock });
    await waiting.store.accounts();
    const used = use(waiting, one.account);
    await clock.untilSleeping(20);
    clock.advance(10_000);
    await expect(used).rejects.toMatchObject({ code: 'vaultLocked' });
    expect(await records.refreshes()).toBe(1);
    const again = await one.process();
    again.say('use');
    child.resume();
    expect(await Promise.all([child.hear(), again.hear()])).toEqual(['2', '2']);
    while (clock.sleeping.length > 0) {
      clock.advance(100);
      await new Promise(setImmediate);
    }
    await waiting.store.settled();
    expect((await use(waiting, one.account)).generation).toBe(2);
    expect(await records.refreshes()).toBe(1);
    expect(await records.endings()).toEqual([undefined]);
    expect(await stored(one)).toMatchObject([{ state: 'ready', generation: 2 }]);
  });

  it('a stopped holder does not delay a sign-out, which every other process has within a second', async () => {
    const one = await machine(simulator, { ahead: month });
    const child = await holder(one, { responseAfter: 300 });
    child.stop();
    const others = await Promise.all([one.process(), one.process(), one.process()]);
    for (const other of others) {
      other.say('untilNobody');
      expect(await other.hear()).toBe('waiting');
    }
    const from = performance.now();
    const disconnected = one.store.disconnect(one.account.hash, flow);
    expect(await Promise.all(others.map(other => other.hear()))).toEqual(['nobody', 'nobody', 'nobody']);
    expect(performance.now() - from).toBeLessThan(1_000);
    expect(await disconnected).toEqual({ kind: 'revoked' });
    child.resume();
    expect(await child.hear()).toBe('signedOut');
    expect(await records.liveAccounts()).toEqual([]);
    expect(await stored(one)).toEqual([]);
  });
});

describe('a holder that is stopped within a commit', () => {
  it('a holder that is stopped within a commit locks readers out, which use their memory after 200 ms', async () => {
    await simulator.set({ accessTokenSeconds: 3600 });
    const one = await machine(simulator);
    await simulator.set({ accessTokenSeconds: 864_000 });
    const ben = await one.store.saveSignIn(serviceOf(simulator), await signIn(simulator, 'ben', one.clock), flow);
    await one.pass(hour);
    const child = await stoppedWithAnswer(one, simulator);
    const from = performance.now();
    expect((await one.store.accounts()).map(({ label }) => label)).toEqual([one.account.label, ben.label]);
    expect((await use(one, ben)).tokens).toEqual(ben.tokens);
    // These are two reads of 200 ms each, and whatever else the machine is busy with.
    expect(performance.now() - from).toBeGreaterThanOrEqual(390);
    expect(performance.now() - from).toBeLessThan(2_000);
    expect(await one.vault.read()).toBeUndefined();
    child.resume();
    expect(await child.hear()).toBe('2');
    expect((await use(one, one.account)).generation).toBe(2);
    expect(await records.refreshes()).toBe(1);
    expect(await records.endings()).toEqual([undefined, undefined]);
  });

  it('a holder that is killed within the commit of its mark has written nothing, and the next holder refreshes at once', async () => {
    const one = await machine(simulator, { ahead: month });
    const child = await stoppedBeforeMark(one);
    await child.kill();
    expect(await stored(one)).toMatchObject([{ state: 'ready', generation: 1 }]);
    expect((await use(one, one.account)).generation).toBe(2);
    expect(await records.refreshes()).toBe(1);
    expect(await records.endings()).toEqual([undefined]);
  });

  it('a holder that is killed within the commit of the response loses its session, which the service ends a minute later, and no other', async () => {
    const one = await machine(simulator, { ahead: month });
    const ben = await one.store.saveSignIn(serviceOf(simulator), await signIn(simulator, 'ben', one.clock), flow);
    const child = await stoppedWithAnswer(one, simulator);
    await child.kill();
    const before = await stored(one);
    expect(before.map(({ state, generation }) => [state, generation]).sort()).toEqual([
      ['ready', 1],
      ['refreshing', 1],
    ]);
    await one.pass(60_000);
    await expect(use(one, one.account)).rejects.toMatchObject({ code: 'signedOut' });
    expect((await use(one, ben)).tokens).toEqual(ben.tokens);
    expect(await records.liveAccounts()).toEqual(['ben']);
  });
});

it('a garbage collection during a request releases no lock', async () => {
  const one = await machine(simulator, { ahead: month });
  await simulator.set({ tokenDelayMs: 500 });
  const child = await one.process({ flags: ['--expose-gc'] });
  child.say('use');
  await records.requested('refresh');
  child.say('collect');
  expect(await child.hear()).toBe('collected');
  expect(await one.locks.tryAcquire(one.account.hash)).toBeUndefined();
  expect(await child.hear()).toBe('2');
  const lock = await one.locks.tryAcquire(one.account.hash);
  expect(lock).toBeDefined();
  lock?.release();
});
