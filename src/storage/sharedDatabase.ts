/**
 * The storage room: how several processes share one folder without losing anything. Start here: `SharedDatabase` is what vault and
 * usage are made of, on `transaction.ts` and `sqlite.ts`; `migrate.ts` follows a new version. `processLock.ts` is a lock between processes, `diskReserve.ts` and `retryWrite.ts` are for a
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
import type { DatabaseDefinition } from './migrate.ts';
import type { OlderFiles } from './olderFiles.ts';
import { createPrivateFolder } from './privateFolder.ts';
import { explainStorage, isBusy, isDamaged, openDatabase } from './sqlite.ts';
import { readVersion, snapshot, transact, whileBusy } from './transaction.ts';

export interface SharedDatabaseOptions {
  readonly folder: string;
  readonly clock: Clock;
  readonly log: Log;
  /** From 0 to 1. */
  readonly random: () => number;
  /** Called in the window that began a new file in place of one that stayed damaged. */
  readonly onDamaged?: () => void;
}

type DatabaseUse<T> = (database: DatabaseSync, deadline: number) => Promise<T>;

const readTimeout = 200;
const writeTimeout = 10 * second;
/** Before a damaged file is read again; doubled each time, and the last one is the longest. */
const firstDamagePause = 250;
const longestDamagePause = 8 * second;

/**
 * A SQLite file that all windows and profiles of a machine share. The file with the highest n counts: one that stays damaged is
 * left where it is and the next one is begun, and a file of a newer version of the extension is left alone. Transactions are short, and
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
      const snapshot = this.#run(deadline, database => whileBusy(this.#waiting(deadline), () => this.#snapshot(database, query)));
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
      transact(database, this.#waiting(deadline), () => {
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
  #run<T>(deadline: number | undefined, use: DatabaseUse<T>): Promise<T> {
    const result = this.#queue.then(() => this.#use(deadline ?? this.#options.clock.elapsed() + writeTimeout, use));
    this.#queue = result.catch(() => undefined);
    return result;
  }

  async #use<T>(deadline: number, use: DatabaseUse<T>): Promise<T> {
    try {
      createPrivateFolder(this.#options.folder);
      return await this.#useNewest(deadline, use);
    } catch (error) {
      const explained = explainStorage(error);
      // The handle that failed may be on a deleted file; the next use opens the file that is there then.
      if (explained !== error && !isBusy(error)) this.close();
      throw explained;
    }
  }

  /** What is damaged may only have been read so, or is just being restored: it is read again, each time with a new handle, before it is given up. */
  async #useNewest<T>(deadline: number, use: DatabaseUse<T>): Promise<T> {
    const { clock, log, onDamaged } = this.#options;
    let until = deadline;
    for (let pause = firstDamagePause; ; pause *= 2) {
      // Somebody deleted the file and perhaps began another; an old handle would go on reading it for ever.
      if (this.#open && this.#open.file !== identify(this.#pathOf(this.#open.number))) this.close();
      const number = Math.max(this.#highest(), 1);
      try {
        return await use(await this.#database(number, until), until);
      } catch (error) {
        if (!isDamaged(error)) throw error;
      }
      this.close();
      if (pause > longestDamagePause) {
        log.warn('a database is damaged and left where it is; a new one is begun', { name: this.#definition.name, number });
        const result = await use(await this.#database(Math.max(this.#highest(), number + 1), until), until);
        onDamaged?.();
        return result;
      }
      await clock.sleep(pause);
      until += pause;
    }
  }

  async #database(number: number, deadline: number): Promise<DatabaseSync> {
    if (this.#open?.number === number) return this.#open.database;
    this.close();
    const { schema, version } = this.#definition;
    const waiting = this.#waiting(deadline);
    const path = this.#pathOf(number);
    const database = await whileBusy(waiting, () => openDatabase(path));
    const file = identify(path);
    try {
      const found = await whileBusy(waiting, () => readVersion(database));
      if (found === 0) {
        await transact(database, waiting, () => {
          // Another window may have done it already.
          if (readVersion(database) === 0) database.exec(`${schema}; PRAGMA user_version = ${String(version)}`);
        });
      } else if (found < version) {
        const { migrate } = await import('./migrate.ts');
        await migrate(database, this.#definition, waiting);
      }
    } catch (error) {
      database.close();
      throw error;
    }
    this.#open = { number, database, file };
    return database;
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
    return snapshot(database, () => {
      this.#requireVersion(database);
      return query(database);
    });
  }

  #waiting(deadline: number) {
    return { ...this.#options, deadline };
  }

  #pathOf(number: number): string {
    return join(this.#options.folder, `${this.#definition.name}-${String(number)}.db`);
  }

  #highest(): number {
    const numbered = new RegExp(`^${this.#definition.name}-(\\d+)\\.db$`);
    return Math.max(0, ...readdirSync(this.#options.folder).map(name => Number(numbered.exec(name)?.[1] ?? 0)));
  }
}

/** Tells a file from another one of the same name, also while a handle keeps the old one. */
function identify(path: string): string {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stats ? `${String(stats.dev)} ${String(stats.ino)}` : '';
}
