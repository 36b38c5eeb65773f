/** The journal of the first vault: it is there exactly while somebody has begun to change the file and has not yet committed. */
import { statSync, watch } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';

const name = 'vault-1.db-journal';

/** When it was made; `undefined` where there is none. Never opened: that is SQLite's. */
export function journalOf(folder: string): number | undefined {
  return statSync(join(folder, name), { throwIfNoEntry: false })?.birthtimeMs;
}

/** Resolves when there is one, or after so many milliseconds. */
export async function untilJournal(folder: string, patience: number): Promise<void> {
  const give = performance.now() + patience;
  while (journalOf(folder) === undefined && performance.now() < give) await setImmediate();
}

/** Calls `appeared` each time that one is made. @returns stops watching */
export function watchJournal(folder: string, appeared: () => void): () => void {
  const watcher = watch(folder, (event, file) => {
    if (event === 'rename' && file === name && journalOf(folder) !== undefined) appeared();
  });
  return () => {
    watcher.close();
  };
}
