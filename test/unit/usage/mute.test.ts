import { expect, it } from 'vitest';
import type { UsageWindow } from '../../../src/usage/snapshot.ts';
import { json } from '../support/network.ts';
import { account } from './support/account.ts';
import { hour, Machine, minute, usage } from './support/machine.ts';

const { hash } = account();
const day = 24 * hour;

/** Two windows of VS Code, one of which has told that the limit is low. */
async function told(): Promise<{
  machine: Machine;
  use: (used: number, resetAt?: number) => Promise<void>;
  heard: () => string[];
  limit: UsageWindow;
}> {
  const machine = new Machine();
  const windows = [await machine.open(), await machine.open()] as const;
  const use = async (used: number, resetAt?: number) => {
    machine.answer = () => json(200, usage({ used, ...(resetAt === undefined ? {} : { resetAt }) }));
    await machine.pass(6 * minute);
  };
  await use(85);
  const heard = () => windows.flatMap(({ alerts }) => alerts);
  expect(heard()).toEqual(['low codex:weekly']);
  const limit = windows[0].usageService.state(hash).snapshot?.windows[0];
  if (!limit) throw new Error('nothing was read');
  await windows[1].usageService.mute(hash, limit);
  return { machine, use, heard, limit };
}

it('a limit that is muted in one window raises nothing worse in any, nor that it is back', async () => {
  const { use, heard, limit } = await told();
  await use(96);
  await use(100);
  await use(3, (limit.resetAt ?? 0) + 7 * day);
  await use(4, (limit.resetAt ?? 0) + 7 * day);
  expect(heard()).toEqual(['low codex:weekly']);
});

it('it is heard again once it has begun anew', async () => {
  const { use, heard, limit } = await told();
  const next = (limit.resetAt ?? 0) + 7 * day;
  await use(3, next);
  await use(4, next);
  await use(88, next);
  expect(heard()).toEqual(['low codex:weekly', 'low codex:weekly']);
});
