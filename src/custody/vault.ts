import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { SignInError } from '../oauth/errors.ts';
import type { Clock, Log } from '../oauth/host.ts';
import { createPrivateFolder, isBusy, isDamaged, openDatabase } from './database.ts';
import type { RecordHeader } from './seal.ts';

/** One sealed account as it lies in the vault. */
export interface VaultRow extends RecordHeader {
  readonly keyId: string;
  readonly sealed: Uint8Array;
}

/** The changes one write transaction can make. All of it is durable when the write resolves, or none. */
export interface VaultTransaction {
  rows(): VaultRow[];
  row(hash: string): VaultRow | undefined;
  /** Stores a sign-in, in place of what was there. */
  put(row: VaultRow): void;
  /**
   * Compare-and-set: replaces the row only where login, generation and state are still what they were.
   * @param reserve bytes to set aside, so that the next write of this row finds room on a disk that fills meanwhile
   */
  replace(expected: RecordHeader, row: VaultRow, reserve?: number): boolean;
  /** Removes the row only where the login is still what it was. */
  remove(hash: string, login: string): boolean;
  keyIds(): string[];
  announceKey(id: string, at: number): void;
  withdrawKey(id: string): void;
}

const schemaVersion = 1;
const schema = `
CREATE TABLE seal_key (id TEXT PRIMARY KEY, announced_at INTEGER NOT NULL) STRICT;
CREATE TABLE account (
  hash TEXT PRIMARY KEY, key_id TEXT NOT NULL, login TEXT NOT NULL, generation INTEGER NOT NULL, state TEXT NOT NULL,
  sealed BLOB NOT NULL, reserve BLOB
) STRICT;
PRAGMA user_version = ${String(schemaVersion)};
`;

const readPatience = 200;
const writePatience = 10_000;
const pause = 10;

/**
 * The one truth about every sign-in of this machine: a SQLite file that all windows and profiles share. Files are named
 * `vault-<n>.db` and the highest n counts: a damaged one is left where it is and the next is begun. Nothing but SQLite
 * opens them, because closing any other handle on the file would drop SQLite's own locks.
 */
export class Vault {
  readonly #folder: string;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #random: () => number;
  #open: { number: number; database: DatabaseSync } | undefined;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(options: { folder: string; clock: Clock; log: Log; random: () => number }) {
    this.#folder = options.folder;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#random = options.random;
  }

  /**
   * Every row and every announced key, as they are now.
   * @returns `undefined` where another process kept the file busy for 200 ms: memory has to answer
   * @throws SignInError `vaultNewer`, `vaultUnavailable`
   */
  read(): Promise<{ rows: VaultRow[]; keyIds: string[] } | undefined> {
    return this.#run(async database => {
      const give = this.#clock.now() + readPatience;
      for (;;) {
        try {
          requireVersion(database);
          const transaction = transactionOn(database);
          return { rows: transaction.rows(), keyIds: transaction.keyIds() };
        } catch (error) {
          if (!isBusy(error)) throw error;
          if (this.#clock.now() >= give) return undefined;
        }
        await this.#pause();
      }
    });
  }

  /**
   * Runs `change` in a write transaction. It may run again where the vault had to be begun afresh.
   * @throws SignInError `vaultNewer`, `vaultUnavailable`, or whatever `change` throws: nothing is written then
   */
  write<T>(change: (transaction: VaultTransaction) => T): Promise<T> {
    return this.#run(async database => {
      const give = this.#clock.now() + writePatience;
      await this.#retry(give, () => {
        database.exec('BEGIN IMMEDIATE');
      });
      try {
        requireVersion(database);
        const result = change(transactionOn(database));
        await this.#retry(give, () => {
          database.exec('COMMIT');
        });
        return result;
      } catch (error) {
        if (database.isTransaction) database.exec('ROLLBACK');
        throw error;
      }
    });
  }

  close(): void {
    this.#open?.database.close();
    this.#open = undefined;
  }

  /** One use of the file at a time in this process: a commit may have to wait for readers of another. */
  #run<T>(use: (database: DatabaseSync) => Promise<T>): Promise<T> {
    const result = this.#queue.then(() => this.#use(use));
    this.#queue = result.catch(() => undefined);
    return result;
  }

  async #use<T>(use: (database: DatabaseSync) => Promise<T>): Promise<T> {
    try {
      try {
        return await use(await this.#database());
      } catch (error) {
        if (!isDamaged(error)) throw error;
        this.#log.warn('the vault is damaged and left where it is; a new one is begun', { vault: this.#open?.number });
        return await use(await this.#begin((this.#open?.number ?? this.#highest()) + 1));
      }
    } catch (error) {
      if (error instanceof SignInError || !isStorageError(error)) throw error;
      throw new SignInError('vaultUnavailable', { cause: error });
    }
  }

  async #database(): Promise<DatabaseSync> {
    createPrivateFolder(this.#folder);
    const highest = this.#highest();
    if (this.#open && this.#open.number >= highest) return this.#open.database;
    return this.#begin(Math.max(highest, 1));
  }

  async #begin(number: number): Promise<DatabaseSync> {
    this.close();
    const database = await openDatabase(join(this.#folder, `vault-${String(number)}.db`));
    this.#open = { number, database };
    if (readVersion(database) === 0) await this.#create(database);
    return database;
  }

  async #create(database: DatabaseSync): Promise<void> {
    await this.#retry(this.#clock.now() + writePatience, () => {
      database.exec('BEGIN IMMEDIATE');
    });
    // Another window may have been faster.
    if (readVersion(database) === 0) database.exec(schema);
    await this.#retry(this.#clock.now() + writePatience, () => {
      database.exec('COMMIT');
    });
  }

  #highest(): number {
    const numbers = readdirSync(this.#folder).map(name => Number(/^vault-(\d+)\.db$/.exec(name)?.[1] ?? 0));
    return Math.max(0, ...numbers);
  }

  async #retry(give: number, step: () => void): Promise<void> {
    for (;;) {
      try {
        step();
        return;
      } catch (error) {
        if (!isBusy(error) || this.#clock.now() >= give) throw error;
      }
      await this.#pause();
    }
  }

  #pause(): Promise<void> {
    return this.#clock.sleep(pause * (1 + this.#random()));
  }
}

function readVersion(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
}

/** @throws SignInError `vaultNewer`: a newer version of the extension wrote it, and knows things that we would lose */
function requireVersion(database: DatabaseSync): void {
  if (readVersion(database) > schemaVersion) throw new SignInError('vaultNewer');
}

/** SQLite's own errors and the file system's; anything else is a defect and stays what it is. */
function isStorageError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && /^(ERR_SQLITE|E[A-Z]+$)/.test(error.code);
}

function transactionOn(database: DatabaseSync): VaultTransaction {
  const columns = 'hash, key_id AS keyId, login, generation, state, sealed';
  return {
    rows: () => database.prepare(`SELECT ${columns} FROM account ORDER BY hash`).all() as unknown as VaultRow[],
    row: hash => database.prepare(`SELECT ${columns} FROM account WHERE hash = ?`).get(hash) as unknown as VaultRow | undefined,
    put: row => {
      database
        .prepare('INSERT OR REPLACE INTO account (hash, key_id, login, generation, state, sealed) VALUES (?, ?, ?, ?, ?, ?)')
        .run(row.hash, row.keyId, row.login, row.generation, row.state, row.sealed);
    },
    replace: (expected, row, reserve) =>
      database
        .prepare(
          `UPDATE account SET login = ?, generation = ?, state = ?, sealed = ?, reserve = zeroblob(?)
           WHERE hash = ? AND login = ? AND generation = ? AND state = ?`,
        )
        .run(
          row.login,
          row.generation,
          row.state,
          row.sealed,
          reserve ?? null,
          expected.hash,
          expected.login,
          expected.generation,
          expected.state,
        ).changes === 1,
    remove: (hash, login) => database.prepare('DELETE FROM account WHERE hash = ? AND login = ?').run(hash, login).changes === 1,
    keyIds: () => (database.prepare('SELECT id FROM seal_key ORDER BY announced_at, id').all() as { id: string }[]).map(({ id }) => id),
    announceKey: (id, at) => {
      database.prepare('INSERT INTO seal_key (id, announced_at) VALUES (?, ?)').run(id, at);
    },
    withdrawKey: id => {
      database.prepare('DELETE FROM seal_key WHERE id = ?').run(id);
    },
  };
}
