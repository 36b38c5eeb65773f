/**
 * The vault room: sealed records of any kind, shared by all windows. Start here: this file is what is stored. `seal.ts` encrypts,
 * `sealKeys.ts` keeps the keys in SecretStorage, `vaultCache.ts` is what this window last read. `docs/custody.md` has the design.
 */
import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../base/clock.ts';
import type { Event } from '../base/emitter.ts';
import { Emitter } from '../base/emitter.ts';
import type { Log } from '../base/log.ts';
import type { ProcessLocks } from '../storage/processLock.ts';
import type { OlderFiles } from '../storage/olderFiles.ts';
import { SharedDatabase } from '../storage/sharedDatabase.ts';
import type { RecordHeader } from './seal.ts';

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

/** Everything that is in the vault at one moment. */
export interface VaultContent {
  readonly rows: readonly VaultRow[];
  readonly apiKeys: readonly ApiKeyRow[];
  readonly keyIds: readonly string[];
}

/** What one write transaction can read and change. All of it is durable when the write resolves, or none. */
export interface VaultTransaction {
  rows(): VaultRow[];
  row(hash: string): VaultRow | undefined;
  /** Stores a sign-in, in place of what was there. */
  put(row: VaultRow): void;
  /** Compare-and-set: replaces the row only where sign-in id, generation and state are still what they were. */
  replace(expected: RecordHeader, row: VaultRow): boolean;
  /** Removes the row only where the sign-in id is still what it was. */
  remove(hash: string, login: string): boolean;
  apiKeys(): ApiKeyRow[];
  putApiKey(row: ApiKeyRow): void;
  removeApiKey(id: string): void;
  keyIds(): string[];
  announceKey(id: string, at: number): void;
  withdrawKey(id: string): void;
  /** Withdraws the keys that seal nothing, but for those that were announced at that time or less than `distance` from it. */
  withdrawUnusedKeys(at: number, distance: number): void;
  /** Writes down that a window's SecretStorage had these keys at this time. */
  touchKeys(ids: readonly string[], at: number): void;
  /** Removes the keys that no window has had since, and every record that is sealed with them. */
  deleteKeysUnusedSince(at: number): void;
  /** Removes every record and every key. */
  clear(): void;
}

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

/**
 * The sealed records and the ids of their keys, in a SQLite file that all windows and profiles of a machine share: it alone decides
 * what is signed in.
 */
export class Vault {
  readonly #database: SharedDatabase;

  readonly #damaged: Emitter;
  /** Fires in the window that began a new file, because the old one stayed damaged: its sign-ins are lost. */
  readonly onDidLose: Event<void>;

  /** @param options.locks of the accounts: a migration holds all of them */
  constructor(options: { folder: string; clock: Clock; log: Log; random: () => number; locks: ProcessLocks }) {
    this.#damaged = new Emitter(options.log);
    this.onDidLose = this.#damaged.event;
    const onDamaged = () => {
      this.#damaged.fire();
    };
    const quiesce = async (database: DatabaseSync, deadline: number) => {
      const { lockAccounts } = await import('./lockAccounts.ts');
      return lockAccounts(database, options, deadline);
    };
    this.#database = new SharedDatabase({ name: 'vault', version: vaultVersion, schema, migrations, quiesce }, { ...options, onDamaged });
  }

  /**
   * Every row and every announced key, as they are now.
   * @param timeout milliseconds; 200 where absent
   * @returns `undefined` where the file stayed busy for that long, so that the caller goes by what it remembers
   * @throws AppError `vaultNewer`, `extensionOutdated`, what the storage failed with (`isStorageFailure`)
   */
  read(timeout?: number): Promise<VaultContent | undefined> {
    return this.#database.read(database => {
      const transaction = transactionOn(database);
      return { rows: transaction.rows(), apiKeys: transaction.apiKeys(), keyIds: transaction.keyIds() };
    }, timeout);
  }

  /**
   * Runs `change` in a write transaction; again where a new file had to be begun.
   * @throws AppError `vaultNewer`, `extensionOutdated`, what the storage failed with (`isStorageFailure`), or whatever `change` throws: nothing is written then
   */
  write<T>(change: (transaction: VaultTransaction) => T): Promise<T> {
    return this.#database.write(database => change(transactionOn(database)));
  }

  /** The files that are not used any more: sign-ins that were in a damaged one. */
  olderFiles(): Promise<OlderFiles> {
    return this.#database.olderFiles();
  }

  close(): void {
    this.#database.close();
  }
}

/** The keys that records are sealed with. */
export function usedKeys(transaction: VaultTransaction): Set<string> {
  return new Set([...transaction.rows(), ...transaction.apiKeys()].map(({ keyId }) => keyId));
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
    withdrawUnusedKeys: (at, distance) => {
      const used = 'SELECT key_id FROM account UNION SELECT key_id FROM api_key';
      database.prepare(`DELETE FROM seal_key WHERE ABS(announced_at - ?) >= ? AND id NOT IN (${used})`).run(at, distance);
    },
    touchKeys: (ids, at) => {
      // Never backward: a machine whose clock is not set yet would make another browser's window delete these keys.
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
