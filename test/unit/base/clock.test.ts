import { expect, it } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';

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
