import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../base/clock.ts';
import { AppError } from '../base/errors.ts';
import type { ProcessLock, ProcessLocks } from '../storage/processLock.ts';

/** Milliseconds between two requests for an account's lock. */
const pause = 50;

/**
 * Before a migration: lets windows of an older version finish their refreshes, because they could not store new tokens after it.
 * @param deadline when to fail, as `Clock.elapsed` counts
 * @returns releases the locks
 * @throws AppError `vaultLocked` where a lock is held for long
 */
export async function lockAccounts(
  database: DatabaseSync,
  parts: { locks: ProcessLocks; clock: Clock },
  deadline: number,
): Promise<() => void> {
  const accounts = database.prepare('SELECT hash FROM account').all() as { hash: string }[];
  const held: ProcessLock[] = [];
  const release = () => {
    for (const lock of held) lock.release();
  };
  try {
    for (const { hash } of accounts) held.push(await acquire(hash, parts, deadline));
    return release;
  } catch (error) {
    release();
    throw error;
  }
}

async function acquire(hash: string, { locks, clock }: { locks: ProcessLocks; clock: Clock }, deadline: number): Promise<ProcessLock> {
  for (;;) {
    const lock = await locks.tryAcquire(hash);
    if (lock) return lock;
    if (clock.elapsed() >= deadline) throw new AppError('vaultLocked');
    await clock.sleep(pause);
  }
}
