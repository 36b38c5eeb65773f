import type { DatabaseSync } from 'node:sqlite';
import { AppError } from '../base/errors.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { ProcessLock, ProcessLocks } from '../storage/processLock.ts';
import type { RecordHeader } from './seal.ts';
import { SharedDatabase } from '../storage/sharedDatabase.ts';

/** One sealed account as it lies in the vault. */
export interface VaultRow extends RecordHeader {
  readonly keyId: string;
  readonly sealed: Uint8Array;
}

/** One sealed API key. */
export interface ApiKeyRow {
  readonly id: string;
  readonly keyId: string;
  readonly sealed: Uint8Array;
}

/** What one look at the vault sees. */
export interface VaultContent {
  readonly rows: readonly VaultRow[];
  readonly apiKeys: readonly ApiKeyRow[];
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
  apiKeys(): ApiKeyRow[];
  putApiKey(row: ApiKeyRow): void;
  removeApiKey(id: string): void;
  keyIds(): string[];
  announceKey(id: string, at: number): void;
  withdrawKey(id: string): void;
  /** Writes down that a window had these keys at this time. */
  touchKeys(ids: readonly string[], at: number): void;
  /** Removes the keys that nobody has shown since, and every record that they seal. */
  deleteKeysUnusedSince(at: number): void;
  /** Removes every record and every key. */
  clear(): void;
}

/** Of the format. */
export const vaultVersion = 3;
const schema = `
CREATE TABLE seal_key (id TEXT PRIMARY KEY, announced_at INTEGER NOT NULL, shown_at INTEGER NOT NULL) STRICT;
CREATE TABLE account (
  hash TEXT PRIMARY KEY, key_id TEXT NOT NULL, login TEXT NOT NULL, generation INTEGER NOT NULL, state TEXT NOT NULL,
  sealed BLOB NOT NULL
) STRICT;
CREATE TABLE api_key (id TEXT PRIMARY KEY, key_id TEXT NOT NULL, sealed BLOB NOT NULL) STRICT;
`;
const migrations = {
  1: (now: number) => `
ALTER TABLE seal_key ADD COLUMN shown_at INTEGER NOT NULL DEFAULT ${String(now)};
ALTER TABLE account DROP COLUMN reserve;
`,
  2: () => 'CREATE TABLE api_key (id TEXT PRIMARY KEY, key_id TEXT NOT NULL, sealed BLOB NOT NULL) STRICT',
};

/** Between attempts to get a lock of an account, before a migration. */
const lockPause = 50;

/** The one truth about every sign-in of this machine: rows and keys in a SQLite file that all windows and profiles share. */
export class Vault {
  readonly #database: SharedDatabase;

  /** @param options.locks those of the accounts: all are held while the vault is brought to a new version */
  constructor(options: { folder: string; clock: Clock; log: Log; random: () => number; locks: ProcessLocks }) {
    const holdStill = (database: DatabaseSync, give: number) => acquireAll(hashesIn(database), options, give);
    this.#database = new SharedDatabase({ ...options, name: 'vault', version: vaultVersion, schema, migrations, quiesce: holdStill });
  }

  /**
   * Every row and every announced key, as they are now.
   * @param patience milliseconds, 200 unless told
   * @returns `undefined` where the file stayed busy for that long: memory has to answer
   * @throws AppError `vaultNewer`, `extensionOutdated`, what the storage failed with (`isStorageFailure`)
   */
  read(patience?: number): Promise<VaultContent | undefined> {
    return this.#database.read(database => {
      const transaction = transactionOn(database);
      return { rows: transaction.rows(), apiKeys: transaction.apiKeys(), keyIds: transaction.keyIds() };
    }, patience);
  }

  /**
   * Runs `change` in a write transaction. It may run again where the vault had to be begun afresh.
   * @throws AppError `vaultNewer`, `extensionOutdated`, what the storage failed with (`isStorageFailure`), or whatever `change` throws: nothing is written then
   */
  write<T>(change: (transaction: VaultTransaction) => T): Promise<T> {
    return this.#database.write(database => change(transactionOn(database)));
  }

  close(): void {
    this.#database.close();
  }
}

function hashesIn(database: DatabaseSync): string[] {
  return (database.prepare('SELECT hash FROM account').all() as { hash: string }[]).map(({ hash }) => hash);
}

/**
 * An older window that is renewing tokens stores them before it is shut out.
 * @throws AppError `vaultLocked` where a lock is held for long
 */
async function acquireAll(hashes: readonly string[], parts: { locks: ProcessLocks; clock: Clock }, give: number): Promise<() => void> {
  const held: ProcessLock[] = [];
  const release = () => {
    for (const lock of held) lock.release();
  };
  try {
    for (const hash of hashes) held.push(await acquire(hash, parts, give));
    return release;
  } catch (error) {
    release();
    throw error;
  }
}

async function acquire(hash: string, { locks, clock }: { locks: ProcessLocks; clock: Clock }, give: number): Promise<ProcessLock> {
  for (;;) {
    const lock = await locks.tryAcquire(hash);
    if (lock) return lock;
    if (clock.now() >= give) throw new AppError('vaultLocked');
    await clock.sleep(lockPause);
  }
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
    apiKeys: () => database.prepare('SELECT id, key_id AS keyId, sealed FROM api_key ORDER BY id').all() as unknown as ApiKeyRow[],
    putApiKey: row => {
      database.prepare('INSERT OR REPLACE INTO api_key (id, key_id, sealed) VALUES (?, ?, ?)').run(row.id, row.keyId, row.sealed);
    },
    removeApiKey: id => {
      database.prepare('DELETE FROM api_key WHERE id = ?').run(id);
    },
    keyIds: () => (database.prepare('SELECT id FROM seal_key ORDER BY announced_at, id').all() as { id: string }[]).map(({ id }) => id),
    announceKey: (id, at) => {
      database.prepare('INSERT INTO seal_key (id, announced_at, shown_at) VALUES (?, ?, ?)').run(id, at, at);
    },
    withdrawKey: id => {
      database.prepare('DELETE FROM seal_key WHERE id = ?').run(id);
    },
    touchKeys: (ids, at) => {
      // Never back: a machine whose clock is not set yet would have another browser forget these.
      for (const id of ids) database.prepare('UPDATE seal_key SET shown_at = MAX(shown_at, ?) WHERE id = ?').run(at, id);
    },
    deleteKeysUnusedSince: at => {
      for (const table of ['account', 'api_key']) {
        database.prepare(`DELETE FROM ${table} WHERE key_id IN (SELECT id FROM seal_key WHERE shown_at < ?)`).run(at);
      }
      database.prepare('DELETE FROM seal_key WHERE shown_at < ?').run(at);
    },
    clear: () => {
      database.exec('DELETE FROM account; DELETE FROM api_key; DELETE FROM seal_key');
    },
  };
}
