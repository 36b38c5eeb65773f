/** What one kind of file holds, and how a file of an earlier version is brought to today's: loaded where there is one. */
import type { DatabaseSync } from 'node:sqlite';
import type { Log } from '../base/log.ts';
import type { Waiting } from './transaction.ts';
import { readVersion, transact, whileBusy } from './transaction.ts';

export interface DatabaseDefinition {
  /** Files are named `<name>-<n>.db`. */
  readonly name: string;
  /** The version of the schema, from 1 on. */
  readonly version: number;
  /** Makes the tables of an empty file. */
  readonly schema: string;
  /** SQL from each version to the next. A file that is several versions behind gets them in one transaction. */
  readonly migrations?: Readonly<Record<number, (now: number) => string>>;
  /**
   * Called before a migration, to wait until no window of an older version is in the middle of something.
   * @param deadline when to fail, as `Clock.elapsed` counts
   * @returns ends the quiet
   */
  readonly quiesce?: (database: DatabaseSync, deadline: number) => Promise<() => void>;
}

export async function migrate(database: DatabaseSync, definition: DatabaseDefinition, waiting: Waiting & { log: Log }): Promise<void> {
  const { name, version: to, migrations, quiesce } = definition;
  const { clock, log, deadline } = waiting;
  const release = await whileBusy(waiting, () => quiesce?.(database, deadline));
  try {
    await transact(database, waiting, () => {
      const from = readVersion(database);
      // Another window may have done it already.
      if (from >= to) return;
      for (let version = from; version < to; version++) database.exec(migrations?.[version]?.(clock.now()) ?? '');
      database.exec(`PRAGMA user_version = ${String(to)}`);
      log.info('a database was brought to a new version', { name, from, to });
    });
  } finally {
    release?.();
  }
}
