import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../base/clock.ts';
import { explainStorage, isBusy, openDatabase } from './sqlite.ts';
import { hasUnreliableLocks } from './privateFolder.ts';

export interface ProcessLock {
  release(): void;
}

/** A handle that nothing refers to is collected, and its lock is gone without a word; these are held until release. */
const held = new Set<DatabaseSync>();

const shortestPause = 20;
const longestPause = 100;

/**
 * A lock between processes: a SQLite write transaction on a small file of its own. The system lets go of it when its
 * holder dies, and keeps it while its holder is merely stopped. The file is never deleted, and never read by anything else.
 * On a file system whose locks may lie there are none: what is left is the vault's compare-and-set.
 */
export class ProcessLocks {
  readonly #folder: string;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #fileSystemType: ((path: string) => Promise<number>) | undefined;
  #areUnreliable: Promise<boolean> | undefined;

  /** @param options.fileSystemType as Linux's `statfs` tells it; asked of the system unless given */
  constructor(options: { folder: string; clock: Clock; random: () => number; fileSystemType?: (path: string) => Promise<number> }) {
    this.#folder = options.folder;
    this.#clock = options.clock;
    this.#random = options.random;
    this.#fileSystemType = options.fileSystemType;
  }

  /** Whether the folder lies on a file system where a lock that was got may not be one. Asked once the folder is there. */
  areUnreliable(): Promise<boolean> {
    this.#areUnreliable ??= hasUnreliableLocks(this.#folder, this.#fileSystemType);
    return this.#areUnreliable;
  }

  /**
   * Waits for its turn without blocking the event loop, with jitter so that waiters do not march in step.
   * @param name a hash: it becomes a file name
   * @throws the signal's reason when it is aborted first
   * @throws AppError what the storage failed with (`isStorageFailure`)
   */
  async acquire(name: string, signal: AbortSignal): Promise<ProcessLock> {
    for (;;) {
      signal.throwIfAborted();
      const lock = await this.tryAcquire(name);
      if (lock) return lock;
      await this.#clock.sleep(shortestPause + this.#random() * (longestPause - shortestPause), signal);
    }
  }

  /**
   * @returns `undefined` where another holds it
   * @throws AppError what the storage failed with (`isStorageFailure`)
   */
  async tryAcquire(name: string): Promise<ProcessLock | undefined> {
    if (await this.areUnreliable()) return noLock;
    let database: DatabaseSync | undefined;
    try {
      database = await openDatabase(join(this.#folder, `lock-${name}.db`));
      database.exec('BEGIN IMMEDIATE');
      return hold(database);
    } catch (error) {
      database?.close();
      if (isBusy(error)) return undefined;
      throw explainStorage(error);
    }
  }
}

const noLock: ProcessLock = { release: () => undefined };

function hold(database: DatabaseSync): ProcessLock {
  held.add(database);
  return {
    release: () => {
      held.delete(database);
      database.close();
    },
  };
}
