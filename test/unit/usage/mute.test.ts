import { expect, it } from 'vitest';
import type { UsageWindow } from '../../../src/usage/snapshot.ts';
import { json } from '../support/network.ts';
import { account } from './support/account.ts';
import { hour, Machine, minute, usage } from './support/machine.ts';

const { hash } = account();
const day = 24 * hour;

/** Two windows of VS Code with one alert that a limit is low, muted in the second. */
async function mutedLimit(): Promise<{
  machine: Machine;
  use: (used: number, resetAt?: number) => Promise<void>;
  alerts: () => string[];
  limit: UsageWindow;
}> {
  const machine = new Machine();
  const windows = [await machine.open(), await machine.open()] as const;
  const use = async (used: number, resetAt?: number) => {
    machine.answer = () => json(200, usage({ used, ...(resetAt === undefined ? {} : { resetAt }) }));
    await machine.pass(6 * minute);
  };
  await use(85);
  const alerts = () => windows.flatMap(each => each.alerts);
  expect(alerts()).toEqual(['low codex:weekly']);
  const limit = windows[0].usageService.state(hash).view?.snapshot.windows[0];
  if (!limit) throw new Error('nothing was read');
  await windows[1].recorder.mute(hash, limit);
  return { machine, use, alerts, limit };
}

it('a muted limit raises no further alert in any window, even when it gets worse or resets', async () => {
  const { use, alerts, limit } = await mutedLimit();
  await use(96);
  await use(100);
  await use(3, (limit.resetAt ?? 0) + 7 * day);
  await use(4, (limit.resetAt ?? 0) + 7 * day);
  expect(alerts()).toEqual(['low codex:weekly']);
});

it('a muted limit raises alerts again in the next cycle', async () => {
  const { use, alerts, limit } = await mutedLimit();
  const next = (limit.resetAt ?? 0) + 7 * day;
  await use(3, next);
  await use(4, next);
  await use(88, next);
  expect(alerts()).toEqual(['low codex:weekly', 'low codex:weekly']);
});
