import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../base/clock.ts';
import { hasUnreliableLocks } from './privateFolder.ts';
import { explainStorage, isBusy, openDatabase } from './sqlite.ts';

export interface ProcessLock {
  release(): void;
}

/** Node closes a handle that nothing refers to, and its lock is gone silently; these are referred to until their release. */
const held = new Set<DatabaseSync>();

const shortestPause = 20;
const longestPause = 100;

/**
 * A lock between processes: a SQLite write transaction on a small file of its own. The operating system releases it when its
 * holder dies, and keeps it while its holder is merely stopped. The file is never deleted, and nothing else ever reads it.
 * On a file system with unreliable locks every request is granted: what protects the tokens there is the vault's compare-and-set.
 */
export class ProcessLocks {
  readonly #folder: string;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #fileSystemType: ((path: string) => Promise<number>) | undefined;
  #areUnreliable: Promise<boolean> | undefined;

  /** @param options.fileSystemType in place of Linux's `statfs` */
  constructor(options: { folder: string; clock: Clock; random: () => number; fileSystemType?: (path: string) => Promise<number> }) {
    this.#folder = options.folder;
    this.#clock = options.clock;
    this.#random = options.random;
    this.#fileSystemType = options.fileSystemType;
  }

  /** Whether the file system may grant one lock to two processes. To be called once the folder is there. */
  areUnreliable(): Promise<boolean> {
    this.#areUnreliable ??= hasUnreliableLocks(this.#folder, this.#fileSystemType);
    return this.#areUnreliable;
  }

  /**
   * Waits without blocking the event loop, with jitter so that waiting windows do not poll in step.
   * @param name a hash: it becomes part of a file name
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
   * @returns `undefined` where another process holds it
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
