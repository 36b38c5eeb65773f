import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../oauth/host.ts';
import { isBusy, openDatabase } from './database.ts';

export interface Lock {
  release(): void;
}

/** A handle that nothing refers to is collected, and its lock is gone without a word; these are held until release. */
const held = new Set<DatabaseSync>();

const shortestPause = 20;
const longestPause = 100;

/**
 * A lock between processes: a SQLite write transaction on a small file of its own. The system lets go of it when its
 * holder dies, and keeps it while its holder is merely stopped. The file is never deleted, and never read by anything else.
 */
export class Locks {
  readonly #folder: string;
  readonly #clock: Clock;
  readonly #random: () => number;

  constructor(options: { folder: string; clock: Clock; random: () => number }) {
    this.#folder = options.folder;
    this.#clock = options.clock;
    this.#random = options.random;
  }

  /**
   * Waits for its turn without blocking the event loop, with jitter so that waiters do not march in step.
   * @param name a hash: it becomes a file name
   * @throws the signal's reason when it is aborted first
   */
  async acquire(name: string, signal: AbortSignal): Promise<Lock> {
    const candidate = await this.#open(name);
    try {
      while (!candidate.begin()) {
        await this.#clock.sleep(shortestPause + this.#random() * (longestPause - shortestPause), signal);
      }
      return candidate;
    } catch (error) {
      candidate.release();
      throw error;
    }
  }

  /** @returns `undefined` where another holds it */
  async tryAcquire(name: string): Promise<Lock | undefined> {
    const candidate = await this.#open(name);
    if (candidate.begin()) return candidate;
    candidate.release();
    return undefined;
  }

  async #open(name: string): Promise<Lock & { begin(): boolean }> {
    const database = await openDatabase(join(this.#folder, `lock-${name}.db`));
    held.add(database);
    return {
      begin: () => begin(database),
      release: () => {
        held.delete(database);
        database.close();
      },
    };
  }
}

function begin(database: DatabaseSync): boolean {
  try {
    database.exec('BEGIN IMMEDIATE');
    return true;
  } catch (error) {
    if (isBusy(error)) return false;
    throw error;
  }
}
