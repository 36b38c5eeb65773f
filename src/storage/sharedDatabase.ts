import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { AppError } from '../base/errors.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { explainStorage, isBusy, isDamaged, openDatabase } from './sqlite.ts';
import { createPrivateFolder } from './privateFolder.ts';

export interface SharedDatabaseOptions {
  readonly folder: string;
  /** Files are named `<name>-<n>.db`. */
  readonly name: string;
  /** Of the schema, from 1 on. */
  readonly version: number;
  /** Makes the tables of an empty file. */
  readonly schema: string;
  /** SQL from the version of the same number to the next; all that are due are run in one transaction. */
  readonly migrations?: Readonly<Record<number, (now: number) => string>>;
  /**
   * Called before a migration, to wait until nobody is in the middle of something that an older version began.
   * @param give when to give up, in milliseconds since the epoch
   * @returns lets go again
   */
  readonly quiesce?: (database: DatabaseSync, give: number) => Promise<() => void>;
  readonly clock: Clock;
  readonly log: Log;
  /** From 0 to 1. */
  readonly random: () => number;
}

const readTimeout = 200;
const writeTimeout = 10_000;
const pause = 10;

/**
 * A SQLite file that all windows and profiles of a machine share. The highest n counts: a damaged file is left where it is and
 * the next is begun, and one of a newer version of the extension is left alone. Transactions are short, and a busy file is
 * waited for without blocking. Nothing but SQLite opens the files, because closing any other handle on one would drop SQLite's
 * own locks.
 */
export class SharedDatabase {
  readonly #options: SharedDatabaseOptions;
  #open: { number: number; database: DatabaseSync } | undefined;
  #queue: Promise<unknown> = Promise.resolve();
  #wasReadable = false;

  constructor(options: SharedDatabaseOptions) {
    this.#options = options;
  }

  /**
   * Runs `look` in one read transaction.
   * @param patience milliseconds, in which the waiting for this window's own writes counts too
   * @returns `undefined` where the file stayed busy for that long: memory has to answer
   * @throws AppError `vaultNewer`, `extensionOutdated`, what the storage failed with (`isStorageFailure`)
   */
  async read<T>(look: (database: DatabaseSync) => T, patience = readTimeout): Promise<T | undefined> {
    const { clock } = this.#options;
    const give = clock.now() + patience;
    const done = new AbortController();
    const late = clock.sleep(patience, done.signal).then(
      () => undefined,
      () => undefined,
    );
    const seen = this.#run(give, database => this.#retry(give, () => this.#snapshot(database, look)));
    try {
      return await Promise.race([seen, late]);
    } catch (error) {
      if (error instanceof AppError && isBusy(error.cause)) return undefined;
      throw error;
    } finally {
      done.abort();
    }
  }

  /**
   * Runs `change` in one write transaction, which is durable when this resolves. It may run again where the file had to be begun afresh.
   * @throws AppError `vaultNewer`, `extensionOutdated`, what the storage failed with (`isStorageFailure`), or whatever
   * `change` throws: nothing is written then
   */
  write<T>(change: (database: DatabaseSync) => T): Promise<T> {
    return this.#run(undefined, (database, give) =>
      this.#transact(database, give, () => {
        this.#requireVersion(database);
        return change(database);
      }),
    );
  }

  close(): void {
    this.#open?.database.close();
    this.#open = undefined;
  }

  /**
   * One use of the file at a time in this process: a commit may have to wait for readers of another.
   * @param give when to stop waiting for a busy file; unless told, ten seconds after the use's turn has come
   */
  #run<T>(give: number | undefined, use: (database: DatabaseSync, give: number) => Promise<T>): Promise<T> {
    const result = this.#queue.then(() => this.#use(give ?? this.#options.clock.now() + writeTimeout, use));
    this.#queue = result.catch(() => undefined);
    return result;
  }

  async #use<T>(give: number, use: (database: DatabaseSync, give: number) => Promise<T>): Promise<T> {
    const { folder, name, log } = this.#options;
    try {
      createPrivateFolder(folder);
      const number = Math.max(this.#highest(), 1);
      // Somebody took the file away; an old handle would go on reading it for ever.
      if (this.#highest() === 0) this.close();
      try {
        return await use(await this.#database(number, give), give);
      } catch (error) {
        if (!isDamaged(error)) throw error;
        log.warn('a database is damaged and left where it is; a new one is begun', { name, number });
        return await use(await this.#database(Math.max(this.#highest(), number + 1), give), give);
      }
    } catch (error) {
      const explained = explainStorage(error);
      // A handle that failed may be on a file that is gone; the next use opens what is there then.
      if (explained !== error && !isBusy(error)) this.close();
      throw explained;
    }
  }

  async #database(number: number, give: number): Promise<DatabaseSync> {
    if (this.#open?.number === number) return this.#open.database;
    this.close();
    const { folder, name, schema, version } = this.#options;
    const database = await this.#retry(give, () => openDatabase(join(folder, `${name}-${String(number)}.db`)));
    try {
      const found = await this.#retry(give, () => readVersion(database));
      if (found === 0) {
        await this.#transact(database, give, () => {
          // Another window may have been faster.
          if (readVersion(database) === 0) database.exec(`${schema}; PRAGMA user_version = ${String(version)}`);
        });
      } else if (found < version) await this.#migrate(database, give);
    } catch (error) {
      database.close();
      throw error;
    }
    this.#open = { number, database };
    return database;
  }

  async #migrate(database: DatabaseSync, give: number): Promise<void> {
    const { name, version: to, migrations, quiesce: holdStill, clock, log } = this.#options;
    const release = await this.#retry(give, () => holdStill?.(database, give));
    try {
      await this.#transact(database, give, () => {
        const from = readVersion(database);
        // Another window may have been faster.
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
   * A newer version of the extension wrote it, and knows things that we would lose.
   * @throws AppError `vaultNewer` where this window could read it before, so that a reload brings the newer version;
   * `extensionOutdated` where it never could, because it has just been loaded
   */
  #requireVersion(database: DatabaseSync): void {
    if (readVersion(database) > this.#options.version) throw new AppError(this.#wasReadable ? 'vaultNewer' : 'extensionOutdated');
    this.#wasReadable = true;
  }

  #snapshot<T>(database: DatabaseSync, look: (database: DatabaseSync) => T): T {
    database.exec('BEGIN');
    try {
      this.#requireVersion(database);
      return look(database);
    } finally {
      if (database.isTransaction) database.exec('COMMIT');
    }
  }

  async #transact<T>(database: DatabaseSync, give: number, change: () => T): Promise<T> {
    await this.#retry(give, () => {
      database.exec('BEGIN IMMEDIATE');
    });
    try {
      const result = change();
      await this.#retry(give, () => {
        database.exec('COMMIT');
      });
      return result;
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK');
      throw error;
    }
  }

  #highest(): number {
    const numbered = new RegExp(`^${this.#options.name}-(\\d+)\\.db$`);
    return Math.max(0, ...readdirSync(this.#options.folder).map(name => Number(numbered.exec(name)?.[1] ?? 0)));
  }

  async #retry<T>(give: number, step: () => T | Promise<T>): Promise<T> {
    const { clock, random } = this.#options;
    for (;;) {
      try {
        return await step();
      } catch (error) {
        if (!isBusy(error) || clock.now() >= give) throw error;
      }
      await clock.sleep(pause * (1 + random()));
    }
  }
}

function readVersion(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
}
