import { join } from 'node:path';
import type { SimulatorControl } from '../../../../simulator/client.ts';
import type { Child } from '../support/child.ts';
import { start } from '../support/child.ts';
import type { Machine } from '../support/machine.ts';
import { untilJournal } from './journal.ts';

/**
 * A process that refreshes, stopped when it has begun to commit the answer, which is in its journal: a reader let it come
 * so far and no further, and is gone.
 */
export async function stoppedWithAnswer(one: Machine, simulator: SimulatorControl): Promise<Child> {
  const refreshes = async () => (await simulator.counts()).refresh;
  const before = await refreshes();
  await simulator.set({ tokenDelayMs: 500 });
  const child = await one.process();
  child.say('use');
  while ((await refreshes()) === before);
  const leave = await read(one);
  await untilJournal(one.folder, 10_000);
  await stopCommitting(one, child);
  await leave();
  await simulator.set({ tokenDelayMs: 0 });
  return child;
}

/** Likewise, before it has written anything: its look before the mark is a transaction too. */
export async function stoppedBeforeMark(one: Machine): Promise<Child> {
  const child = await one.process();
  child.say('accounts');
  await child.hear();
  const leave = await read(one);
  child.say('use');
  await stopCommitting(one, child);
  await leave();
  return child;
}

/** Readers that were there before are waited for, and no new ones are let in. */
async function stopCommitting(one: Machine, child: Child): Promise<void> {
  while (await one.vault.read());
  child.stop();
}

/** @returns ends the reading */
async function read(one: Machine): Promise<() => Promise<void>> {
  const reader = await start('statement', [join(one.folder, 'vault-1.db')]);
  const tell = async (sql: string) => {
    reader.say(sql);
    const answer = await reader.hear();
    if (answer !== 'done') throw new Error(answer);
  };
  await tell('BEGIN');
  await tell('SELECT * FROM account');
  return () => tell('COMMIT');
}
