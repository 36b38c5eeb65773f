import { join } from 'node:path';
import type { Child } from '../support/child.ts';
import { start } from '../support/child.ts';
import type { Machine } from '../support/machine.ts';
import { untilJournal } from './journal.ts';

/** A process that refreshes, stopped when it has begun to commit its mark: a reader let it come so far and no further. */
export async function stoppedInCommit(one: Machine): Promise<Child> {
  const child = await one.process();
  child.say('accounts');
  await child.hear();
  const reader = await start('statement', [join(one.folder, 'vault-1.db')]);
  for (const sql of ['BEGIN', 'SELECT * FROM account']) {
    reader.say(sql);
    await reader.hear();
  }
  child.say('use');
  // Readers that were there before are waited for, and no new ones are let in.
  await untilJournal(one.folder, 10_000);
  while (await one.vault.read());
  child.stop();
  reader.say('COMMIT');
  await reader.hear();
  return child;
}
