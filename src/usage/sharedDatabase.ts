import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { explainStorage, isBusy, isDamaged, openDatabase } from '../custody/database.ts';
import { createPrivateFolder } from '../custody/folder.ts';
import { asSignInError, SignInError } from '../oauth/errors.ts';
import type { Clock, Log } from '../oauth/host.ts';

export interface SharedDatabaseOptions {
  readonly folder: string;
  /** Files are named `<name>-<n>.db`. */
  readonly name: string;
  /** Makes the tables of an empty file. */
  readonly schema: string;
  /** Of the schema, from 1 on. */
  readonly version: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
}

const readPatience = 200;
const writePatience = 10_000;
const pause = 10;

/**
 * A SQLite file that all windows and profiles of a machine share. The highest n counts: a damaged file is left where it is and
 * the next is begun, and one of a newer version of the extension is left alone. Transactions are short, and a busy file is
 * waited for without blocking.
 */
export class SharedDatabase {
  readonly #options: SharedDatabaseOptions;
  #open: { number: number; database: DatabaseSync } | undefined;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(options: SharedDatabaseOptions) {
    this.#options = options;
  }

  /**
   * Runs `look` in one read transaction.
   * @returns `undefined` where the file stayed busy for 200 milliseconds
   * @throws SignInError `vaultNewer`, what the storage failed with (`isStorageFailure`)
   */
  async read<T>(look: (database: DatabaseSync) => T): Promise<T | undefined> {
    try {
      return await this.#run(readPatience, (database, give) =>
        this.#retry(give, () => {
          database.exec('BEGIN');
          try {
            this.#requireVersion(database);
            return look(database);
          } finally {
            if (database.isTransaction) database.exec('COMMIT');
          }
        }),
      );
    } catch (error) {
      if (error instanceof SignInError && isBusy(error.cause)) return undefined;
      throw error;
    }
  }

  /**
   * Runs `change` in one write transaction, which is durable when this resolves. It may run again where the file had to be begun afresh.
   * @throws SignInError `vaultNewer`, what the storage failed with (`isStorageFailure`), or whatever `change` throws: nothing is written then
   */
  write<T>(change: (database: DatabaseSync) => T): Promise<T> {
    return this.#run(writePatience, (database, give) =>
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

  /** One use of the file at a time in this process: a commit may have to wait for readers of another. */
  #run<T>(patience: number, use: (database: DatabaseSync, give: number) => Promise<T>): Promise<T> {
    const result = this.#queue.then(() => this.#use(this.#options.clock.now() + patience, use));
    this.#queue = result.catch(() => undefined);
    return result;
  }

  async #use<T>(give: number, use: (database: DatabaseSync, give: number) => Promise<T>): Promise<T> {
    try {
      createPrivateFolder(this.#options.folder);
      const number = await this.#highest();
      try {
        return await use(await this.#database(number, give), give);
      } catch (error) {
        if (!isDamaged(error)) throw error;
        this.#options.log.warn('a database is damaged and left where it is; a new one is begun', { name: this.#options.name, number });
        return await use(await this.#database(Math.max(await this.#highest(), number + 1), give), give);
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
    const database = await this.#retry(give, () => openDatabase(this.#path(number)));
    try {
      const isEmpty = () => readVersion(database) === 0;
      if (await this.#retry(give, isEmpty)) {
        await this.#transact(database, give, () => {
          // Another window may have been faster.
          if (isEmpty()) database.exec(`${this.#options.schema}; PRAGMA user_version = ${this.#options.version}`);
        });
      }
    } catch (error) {
      database.close();
      throw error;
    }
    this.#open = { number, database };
    return database;
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

  /** A newer version of the extension wrote it, and knows things that we would lose. */
  #requireVersion(database: DatabaseSync): void {
    if (readVersion(database) > this.#options.version) throw new SignInError('vaultNewer');
  }

  async #highest(): Promise<number> {
    // Somebody took the file away; an old handle would go on reading it for ever.
    if (this.#open && !(await this.#exists(this.#open.number))) this.close();
    let number = this.#open?.number ?? 1;
    while (await this.#exists(number + 1)) number++;
    return number;
  }

  /** SQLite does not open for reading what is not there. This layer has no disk to ask. */
  async #exists(number: number): Promise<boolean> {
    const { DatabaseSync } = await import('node:sqlite');
    try {
      new DatabaseSync(this.#path(number), { readOnly: true, timeout: 0 }).close();
      return true;
    } catch (error) {
      return asSignInError(explainStorage(error)).code !== 'folderNotWritable';
    }
  }

  #path(number: number): string {
    return join(this.#options.folder, `${this.#options.name}-${number}.db`);
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
