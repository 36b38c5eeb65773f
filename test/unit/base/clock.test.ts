import { expect, it, vi } from 'vitest';
import { longestSleep, systemClock } from '../../../src/base/clock.ts';

it('the system clock has the time of this machine', () => {
  const before = Date.now();
  const now = systemClock.now();
  expect(now).toBeGreaterThanOrEqual(before);
  expect(now).toBeLessThanOrEqual(Date.now());
});

it('the system clock sleeps until the time has come, with and without a signal', async () => {
  await expect(systemClock.sleep(0)).resolves.toBeUndefined();
  await expect(systemClock.sleep(0, new AbortController().signal)).resolves.toBeUndefined();
});

it('an abort before or during a sleep of the system clock wakes it at once, with the reason of the abort', async () => {
  const reason = new Error('closing');
  await expect(systemClock.sleep(3_600_000, AbortSignal.abort(reason))).rejects.toBe(reason);
  const controller = new AbortController();
  const sleep = systemClock.sleep(3_600_000, controller.signal);
  controller.abort(reason);
  await expect(sleep).rejects.toBe(reason);
});

it('the system clock sleeps long where it is asked to sleep longer than a timer takes', async () => {
  vi.useFakeTimers();
  let hasWoken = false;
  const stop = new AbortController();
  const sleep = systemClock.sleep(longestSleep * 2, stop.signal).then(
    () => (hasWoken = true),
    () => undefined,
  );
  await vi.advanceTimersByTimeAsync(longestSleep - 1);
  stop.abort();
  await sleep;
  vi.useRealTimers();
  expect(hasWoken).toBe(false);
});

it('spans by the system clock are those of the process, whatever the time of this machine is set to', () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const [now, elapsed] = [systemClock.now(), systemClock.elapsed()];
  vi.setSystemTime(now - 365 * 24 * 3_600_000);
  expect(systemClock.now()).toBeLessThan(now);
  expect(systemClock.elapsed()).toBeGreaterThanOrEqual(elapsed);
  vi.useRealTimers();
});
