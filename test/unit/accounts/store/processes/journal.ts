/** The journal of the first vault, which exists exactly while a process has begun to change the file and has not yet committed. */
import { statSync, watch } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';

const name = 'vault-1.db-journal';

/** The time when the journal was created; `undefined` if there is none. Only SQLite may open it. */
export function journalOf(folder: string): number | undefined {
  return statSync(join(folder, name), { throwIfNoEntry: false })?.birthtimeMs;
}

/** Resolves when there is a journal, or after `timeout` milliseconds. */
export async function untilJournal(folder: string, timeout: number): Promise<void> {
  const deadline = performance.now() + timeout;
  while (journalOf(folder) === undefined && performance.now() < deadline) await setImmediate();
}

/** Calls `appeared` for each new journal. @returns a function that stops watching */
export function watchJournal(folder: string, appeared: () => void): () => void {
  const watcher = watch(folder, (event, file) => {
    if (event === 'rename' && file === name && journalOf(folder) !== undefined) appeared();
  });
  return () => {
    watcher.close();
  };
}
