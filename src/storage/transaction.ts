/** Transactions on a SQLite file that other processes use too. */
import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../base/clock.ts';
import { isBusy } from './sqlite.ts';

/** How to wait for a busy file, without blocking. */
export interface Waiting {
  readonly clock: Clock;
  /** From 0 to 1. */
  readonly random: () => number;
  /** When to stop, as `Clock.elapsed` counts. */
  readonly deadline: number;
}

const pause = 10;

/** Runs a step again while it fails because the file is busy. */
export async function whileBusy<T>({ clock, random, deadline }: Waiting, step: () => T | Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await step();
    } catch (error) {
      if (!isBusy(error) || clock.elapsed() >= deadline) throw error;
    }
    await clock.sleep(pause * (1 + random()));
  }
}

/** Runs `change` in a write transaction, which is durable when this resolves. */
export async function transact<T>(database: DatabaseSync, waiting: Waiting, change: () => T): Promise<T> {
  await whileBusy(waiting, () => {
    database.exec('BEGIN IMMEDIATE');
  });
  try {
    const result = change();
    await whileBusy(waiting, () => {
      database.exec('COMMIT');
    });
    return result;
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

/** Runs `query` in a read transaction. */
export function snapshot<T>(database: DatabaseSync, query: () => T): T {
  database.exec('BEGIN');
  try {
    return query();
  } finally {
    if (database.isTransaction) database.exec('COMMIT');
  }
}

/** The version of the schema that the file has; 0 where it is empty. */
export function readVersion(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
}
