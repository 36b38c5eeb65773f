import { join } from 'node:path';
import type { SimulatorControl } from '../../../../simulator/client.ts';
import type { Child } from '../support/child.ts';
import { start } from '../support/child.ts';
import type { Machine } from '../support/machine.ts';
import { untilJournal } from './journal.ts';

/**
 * A process that refreshes, stopped after it has begun to commit the response, which is in its journal: a reader kept it from
 * completing the commit, and has ended.
 */
export async function stoppedWithAnswer(one: Machine, simulator: SimulatorControl): Promise<Child> {
  const refreshes = async () => (await simulator.counts()).refresh;
  const before = await refreshes();
  await simulator.set({ tokenDelayMs: 500 });
  const child = await one.process();
  child.say('use');
  while ((await refreshes()) === before);
  const endRead = await read(one);
  await untilJournal(one.folder, 10_000);
  await stopCommitting(one, child);
  await endRead();
  await simulator.set({ tokenDelayMs: 0 });
  return child;
}

/** A process that refreshes, stopped before it has written anything: its read before the mark is a transaction too. */
export async function stoppedBeforeMark(one: Machine): Promise<Child> {
  const child = await one.process();
  child.say('accounts');
  await child.hear();
  const endRead = await read(one);
  child.say('use');
  await stopCommitting(one, child);
  await endRead();
  return child;
}

/** Stops the process when the readers that were there before are waited for, and no new ones are let in. */
async function stopCommitting(one: Machine, child: Child): Promise<void> {
  while (await one.vault.read());
  child.stop();
}

/** @returns a function that ends the read */
async function read(one: Machine): Promise<() => Promise<void>> {
  const reader = await start('statement', [join(one.folder, 'vault-1.db')]);
  const run = async (sql: string) => {
    reader.say(sql);
    const line = await reader.hear();
    if (line !== 'done') throw new Error(line);
  };
  await run('BEGIN');
  await run('SELECT * FROM account');
  return () => run('COMMIT');
}
