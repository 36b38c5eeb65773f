import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { SignInError } from '../oauth/errors.ts';
import type { Clock, Log } from '../oauth/host.ts';
import { explainStorage, isBusy, isDamaged, openDatabase } from './database.ts';
import { createPrivateFolder } from './folder.ts';
import type { Lock, Locks } from './lock.ts';
import type { RecordHeader } from './seal.ts';

/** One sealed account as it lies in the vault. */
export interface VaultRow extends RecordHeader {
  readonly keyId: string;
  readonly sealed: Uint8Array;
}

/** What one look at the vault sees. */
export interface VaultContent {
  readonly rows: readonly VaultRow[];
  readonly keyIds: readonly string[];
}

/** The changes one write transaction can make. All of it is durable when the write resolves, or none. */
export interface VaultTransaction {
  rows(): VaultRow[];
  row(hash: string): VaultRow | undefined;
  /** Stores a sign-in, in place of what was there. */
  put(row: VaultRow): void;
  /**
   * Compare-and-set: replaces the row only where login, generation and state are still what they were.
   */
  replace(expected: RecordHeader, row: VaultRow): boolean;
  /** Removes the row only where the login is still what it was. */
  remove(hash: string, login: string): boolean;
  keyIds(): string[];
  announceKey(id: string, at: number): void;
  withdrawKey(id: string): void;
  /** Writes down that a window had these keys at this time. */
  showKeys(ids: readonly string[], at: number): void;
  /** Removes the keys that nobody has shown since, and every record that they seal. */
  forgetKeysUnseenSince(at: number): void;
  /** Removes every record and every key. */
  clear(): void;
}

const schemaVersion = 2;
const schema = `
CREATE TABLE seal_key (id TEXT PRIMARY KEY, announced_at INTEGER NOT NULL, shown_at INTEGER NOT NULL) STRICT;
CREATE TABLE account (
  hash TEXT PRIMARY KEY, key_id TEXT NOT NULL, login TEXT NOT NULL, generation INTEGER NOT NULL, state TEXT NOT NULL,
  sealed BLOB NOT NULL
) STRICT;
PRAGMA user_version = ${String(schemaVersion)};
`;

/** From the version of the same number to the next, in one transaction with the others that are due. */
const migrations: Readonly<Record<number, (now: number) => string>> = {
  1: now => `
ALTER TABLE seal_key ADD COLUMN shown_at INTEGER NOT NULL DEFAULT ${String(now)};
ALTER TABLE account DROP COLUMN reserve;
`,
};

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
  readonly #locks: Locks;
  #open: { number: number; database: DatabaseSync } | undefined;
  #queue: Promise<unknown> = Promise.resolve();
  #wasReadable = false;

  /** @param options.locks those of the accounts: all are held while the vault is brought to a new version */
  constructor(options: { folder: string; clock: Clock; log: Log; random: () => number; locks: Locks }) {
    this.#folder = options.folder;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#random = options.random;
    this.#locks = options.locks;
  }

  /**
   * Every row and every announced key, as they are now.
   * @param patience milliseconds, in which the waiting for this window's own writes counts too
   * @returns `undefined` where the file stayed busy for that long: memory has to answer
   * @throws SignInError `vaultNewer`, `extensionOutdated`, what the storage failed with (`isStorageFailure`)
   */
  async read(patience = readPatience): Promise<VaultContent | undefined> {
    const give = this.#clock.now() + patience;
    const done = new AbortController();
    const late = this.#clock.sleep(patience, done.signal).then(
      () => undefined,
      () => undefined,
    );
    const content = this.#run(give, database =>
      this.#retry(give, () =>
        snapshot(database, () => {
          this.#requireVersion(database);
        }),
      ),
    );
    try {
      return await Promise.race([content, late]);
    } catch (error) {
      if (error instanceof SignInError && isBusy(error.cause)) return undefined;
      throw error;
    } finally {
      done.abort();
    }
  }

  /**
   * Runs `change` in a write transaction. It may run again where the vault had to be begun afresh.
   * @throws SignInError `vaultNewer`, `extensionOutdated`, what the storage failed with (`isStorageFailure`), or whatever `change` throws: nothing is written then
   */
  write<T>(change: (transaction: VaultTransaction) => T): Promise<T> {
    return this.#run(undefined, (database, give) =>
      this.#transact(database, give, () => {
        this.#requireVersion(database);
        return change(transactionOn(database));
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
    const result = this.#queue.then(() => this.#use(give ?? this.#clock.now() + writePatience, use));
    this.#queue = result.catch(() => undefined);
    return result;
  }

  async #use<T>(give: number, use: (database: DatabaseSync, give: number) => Promise<T>): Promise<T> {
    try {
      createPrivateFolder(this.#folder);
      const number = Math.max(this.#highest(), 1);
      // Somebody took the file away; an old handle would go on reading it for ever.
      if (this.#highest() === 0) this.close();
      try {
        return await use(await this.#database(number, give), give);
      } catch (error) {
        if (!isDamaged(error)) throw error;
        this.#log.warn('the vault is damaged and left where it is; a new one is begun', { vault: number });
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
    const database = await this.#retry(give, () => openDatabase(join(this.#folder, `vault-${String(number)}.db`)));
    try {
      const version = await this.#retry(give, () => readVersion(database));
      if (version === 0) {
        await this.#transact(database, give, () => {
          // Another window may have been faster.
          if (readVersion(database) === 0) database.exec(schema);
        });
      } else if (version < schemaVersion) await this.#migrate(database, give);
    } catch (error) {
      database.close();
      throw error;
    }
    this.#open = { number, database };
    return database;
  }

  /**
   * Every account's lock is held: an older window that is renewing tokens stores them before it is shut out.
   * @throws SignInError `vaultLocked` where one is held for long
   */
  async #migrate(database: DatabaseSync, give: number): Promise<void> {
    const held: Lock[] = [];
    try {
      const hashes = await this.#retry(give, () =>
        (database.prepare('SELECT hash FROM account').all() as { hash: string }[]).map(({ hash }) => hash),
      );
      for (const hash of hashes) held.push(await this.#acquire(hash, give));
      await this.#transact(database, give, () => {
        const from = readVersion(database);
        for (let version = from; version < schemaVersion; version++) database.exec(migrations[version]?.(this.#clock.now()) ?? '');
        // Another window may have been faster.
        if (from >= schemaVersion) return;
        database.exec(`PRAGMA user_version = ${String(schemaVersion)}`);
        this.#log.info('the vault was brought to a new version', { from, to: schemaVersion });
      });
    } finally {
      for (const lock of held) lock.release();
    }
  }

  async #acquire(hash: string, give: number): Promise<Lock> {
    for (;;) {
      const lock = await this.#locks.tryAcquire(hash);
      if (lock) return lock;
      if (this.#clock.now() >= give) throw new SignInError('vaultLocked');
      await this.#clock.sleep(pause * (1 + this.#random()));
    }
  }

  /**
   * A newer version of the extension wrote it, and knows things that we would lose.
   * @throws SignInError `vaultNewer` where this window could read it before, so that a reload brings the newer version;
   * `extensionOutdated` where it never could, because it has just been loaded
   */
  #requireVersion(database: DatabaseSync): void {
    if (readVersion(database) > schemaVersion) throw new SignInError(this.#wasReadable ? 'vaultNewer' : 'extensionOutdated');
    this.#wasReadable = true;
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
    const numbers = readdirSync(this.#folder).map(name => Number(/^vault-(\d+)\.db$/.exec(name)?.[1] ?? 0));
    return Math.max(0, ...numbers);
  }

  async #retry<T>(give: number, step: () => T | Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await step();
      } catch (error) {
        if (!isBusy(error) || this.#clock.now() >= give) throw error;
      }
      await this.#clock.sleep(pause * (1 + this.#random()));
    }
  }
}

/** In one transaction, so that rows and keys belong together. */
function snapshot(database: DatabaseSync, requireVersion: () => void): VaultContent {
  database.exec('BEGIN');
  try {
    requireVersion();
    const transaction = transactionOn(database);
    return { rows: transaction.rows(), keyIds: transaction.keyIds() };
  } finally {
    if (database.isTransaction) database.exec('COMMIT');
  }
}

function readVersion(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
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
    replace: (expected, row) =>
      database
        .prepare(
          `UPDATE account SET login = ?, generation = ?, state = ?, sealed = ?
           WHERE hash = ? AND login = ? AND generation = ? AND state = ?`,
        )
        .run(row.login, row.generation, row.state, row.sealed, expected.hash, expected.login, expected.generation, expected.state)
        .changes === 1,
    remove: (hash, login) => database.prepare('DELETE FROM account WHERE hash = ? AND login = ?').run(hash, login).changes === 1,
    keyIds: () => (database.prepare('SELECT id FROM seal_key ORDER BY announced_at, id').all() as { id: string }[]).map(({ id }) => id),
    announceKey: (id, at) => {
      database.prepare('INSERT INTO seal_key (id, announced_at, shown_at) VALUES (?, ?, ?)').run(id, at, at);
    },
    withdrawKey: id => {
      database.prepare('DELETE FROM seal_key WHERE id = ?').run(id);
    },
    showKeys: (ids, at) => {
      for (const id of ids) database.prepare('UPDATE seal_key SET shown_at = ? WHERE id = ?').run(at, id);
    },
    forgetKeysUnseenSince: at => {
      database.prepare('DELETE FROM account WHERE key_id IN (SELECT id FROM seal_key WHERE shown_at < ?)').run(at);
      database.prepare('DELETE FROM seal_key WHERE shown_at < ?').run(at);
    },
    clear: () => {
      database.exec('DELETE FROM account; DELETE FROM seal_key');
    },
  };
}
