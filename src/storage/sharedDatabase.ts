/**
 * The storage room: how several processes share one folder without losing anything. Start here: `SharedDatabase` is what vault and
 * usage are made of, on `sqlite.ts`. `processLock.ts` is a lock between processes, `diskReserve.ts` and `retryWrite.ts` are for a
 * full disk, `privateFolder.ts` makes the folder and `watchFolder.ts` watches it.
 */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { withTimeout } from '../base/async.ts';
import type { Clock } from '../base/clock.ts';
import { second } from '../base/duration.ts';
import { AppError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { explainStorage, isBusy, isDamaged, openDatabase } from './sqlite.ts';
import type { OlderFiles } from './olderFiles.ts';
import { createPrivateFolder } from './privateFolder.ts';

/** What one kind of file holds. */
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

export interface SharedDatabaseOptions {
  readonly folder: string;
  readonly clock: Clock;
  readonly log: Log;
  /** From 0 to 1. */
  readonly random: () => number;
  /** Called in the window that began a new file in place of one that stayed damaged. */
  readonly onDamaged?: () => void;
}

const readTimeout = 200;
const writeTimeout = 10 * second;
const pause = 10;

/**
 * A SQLite file that all windows and profiles of a machine share. The file with the highest n counts: a damaged file stays where
 * it is and the next one is begun, and a file of a newer version of the extension is left alone. Transactions are short, and
 * waiting for a busy file does not block. Nothing but SQLite opens the files, because closing any other handle on one would drop
 * SQLite's own locks (https://sqlite.org/howtocorrupt.html, 2.2).
 */
export class SharedDatabase {
  readonly #definition: DatabaseDefinition;
  readonly #options: SharedDatabaseOptions;
  #open: { number: number; database: DatabaseSync; file: string } | undefined;
  #queue: Promise<unknown> = Promise.resolve();
  #wasReadable = false;

  constructor(definition: DatabaseDefinition, options: SharedDatabaseOptions) {
    this.#definition = definition;
    this.#options = options;
  }

  /**
   * Runs `query` in one read transaction.
   * @param timeout milliseconds, including the wait for this window's own writes
   * @returns `undefined` where the file stayed busy for that long, so that the caller goes by what it remembers
   * @throws AppError `vaultNewer`, `extensionOutdated`, what the storage failed with (`isStorageFailure`)
   */
  async read<T>(query: (database: DatabaseSync) => T, timeout = readTimeout): Promise<T | undefined> {
    const { clock } = this.#options;
    const deadline = clock.elapsed() + timeout;
    try {
      const snapshot = this.#run(deadline, database => this.#retry(deadline, () => this.#snapshot(database, query)));
      return await withTimeout(snapshot, { clock, ms: timeout }, () => undefined);
    } catch (error) {
      if (error instanceof AppError && isBusy(error.cause)) return undefined;
      throw error;
    }
  }

  /**
   * Runs `change` in one write transaction, which is durable when this resolves. `change` runs again where a new file had to be begun.
   * @throws AppError `vaultNewer`, `extensionOutdated`, what the storage failed with (`isStorageFailure`), or whatever
   * `change` throws: nothing is written then
   */
  write<T>(change: (database: DatabaseSync) => T): Promise<T> {
    return this.#run(undefined, (database, deadline) =>
      this.#transact(database, deadline, () => {
        this.#requireVersion(database);
        return change(database);
      }),
    );
  }

  /** The files that are not used any more. */
  async olderFiles(): Promise<OlderFiles> {
    const { OlderFiles } = await import('./olderFiles.ts');
    return new OlderFiles(this.#options.folder, this.#definition.name);
  }

  close(): void {
    this.#open?.database.close();
    this.#open = undefined;
  }

  /**
   * One use of the file at a time in this process: a commit may have to wait for readers of another process.
   * @param deadline when to stop waiting for a busy file; `undefined`: ten seconds after this use's turn has come
   */
  #run<T>(deadline: number | undefined, use: (database: DatabaseSync, deadline: number) => Promise<T>): Promise<T> {
    const result = this.#queue.then(() => this.#use(deadline ?? this.#options.clock.elapsed() + writeTimeout, use));
    this.#queue = result.catch(() => undefined);
    return result;
  }

  async #use<T>(deadline: number, use: (database: DatabaseSync, deadline: number) => Promise<T>): Promise<T> {
    const { folder, log } = this.#options;
    const { name } = this.#definition;
    try {
      createPrivateFolder(folder);
      const number = Math.max(this.#highest(), 1);
      // Somebody deleted the file and perhaps began another; an old handle would go on reading it for ever.
      if (this.#open && this.#open.file !== identify(this.#pathOf(this.#open.number))) this.close();
      const useFile = async (which: number) => use(await this.#database(which, deadline), deadline);
      try {
        return await useFile(number);
      } catch (error) {
        if (!isDamaged(error)) throw error;
      }
      // What was read may have been damaged on its way.
      this.close();
      try {
        return await useFile(number);
      } catch (error) {
        if (!isDamaged(error)) throw error;
      }
      log.warn('a database is damaged and left where it is; a new one is begun', { name, number });
      const result = await useFile(Math.max(this.#highest(), number + 1));
      this.#options.onDamaged?.();
      return result;
    } catch (error) {
      const explained = explainStorage(error);
      // The handle that failed may be on a deleted file; the next use opens the file that is there then.
      if (explained !== error && !isBusy(error)) this.close();
      throw explained;
    }
  }

  async #database(number: number, deadline: number): Promise<DatabaseSync> {
    if (this.#open?.number === number) return this.#open.database;
    this.close();
    const { schema, version } = this.#definition;
    const path = this.#pathOf(number);
    const database = await this.#retry(deadline, () => openDatabase(path));
    const file = identify(path);
    try {
      const found = await this.#retry(deadline, () => readVersion(database));
      if (found === 0) {
        await this.#transact(database, deadline, () => {
          // Another window may have done it already.
          if (readVersion(database) === 0) database.exec(`${schema}; PRAGMA user_version = ${String(version)}`);
        });
      } else if (found < version) await this.#migrate(database, deadline);
    } catch (error) {
      database.close();
      throw error;
    }
    this.#open = { number, database, file };
    return database;
  }

  async #migrate(database: DatabaseSync, deadline: number): Promise<void> {
    const { name, version: to, migrations, quiesce } = this.#definition;
    const { clock, log } = this.#options;
    const release = await this.#retry(deadline, () => quiesce?.(database, deadline));
    try {
      await this.#transact(database, deadline, () => {
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

  /**
   * Leaves a file alone that a newer version of the extension wrote: this version would lose some of it.
   * @throws AppError `vaultNewer` where this window could read it before, so that a reload brings the newer version;
   * `extensionOutdated` where it never could, because it has just been loaded
   */
  #requireVersion(database: DatabaseSync): void {
    if (readVersion(database) > this.#definition.version) throw new AppError(this.#wasReadable ? 'vaultNewer' : 'extensionOutdated');
    this.#wasReadable = true;
  }

  #snapshot<T>(database: DatabaseSync, query: (database: DatabaseSync) => T): T {
    database.exec('BEGIN');
    try {
      this.#requireVersion(database);
      return query(database);
    } finally {
      if (database.isTransaction) database.exec('COMMIT');
    }
  }

  async #transact<T>(database: DatabaseSync, deadline: number, change: () => T): Promise<T> {
    await this.#retry(deadline, () => {
      database.exec('BEGIN IMMEDIATE');
    });
    try {
      const result = change();
      await this.#retry(deadline, () => {
        database.exec('COMMIT');
      });
      return result;
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK');
      throw error;
    }
  }

  #pathOf(number: number): string {
    return join(this.#options.folder, `${this.#definition.name}-${String(number)}.db`);
  }

  #highest(): number {
    const numbered = new RegExp(`^${this.#definition.name}-(\\d+)\\.db$`);
    return Math.max(0, ...readdirSync(this.#options.folder).map(name => Number(numbered.exec(name)?.[1] ?? 0)));
  }

  async #retry<T>(deadline: number, step: () => T | Promise<T>): Promise<T> {
    const { clock, random } = this.#options;
    for (;;) {
      try {
        return await step();
      } catch (error) {
        if (!isBusy(error) || clock.elapsed() >= deadline) throw error;
      }
      await clock.sleep(pause * (1 + random()));
    }
  }
}

/** Tells a file from another one of the same name, also while a handle keeps the old one. */
function identify(path: string): string {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stats ? `${String(stats.dev)} ${String(stats.ino)}` : '';
}

function readVersion(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
}
