/** How SQLite files are made, and what their errors mean. */
import { closeSync, openSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import type { ErrorCode } from '../base/errors.ts';
import { AppError } from '../base/errors.ts';

/**
 * A commit is durable only so. With `synchronous = EXTRA` SQLite also syncs the folder after it deletes the journal; macOS brings
 * nothing to the disk by `fsync` alone (https://sqlite.org/pragma.html#pragma_fullfsync).
 */
const durable = 'PRAGMA synchronous = EXTRA; PRAGMA fullfsync = ON';

/** Loads `node:sqlite` with the first file, not when the extension starts. Opening reads the file, so it may fail as busy like any other use. */
export async function openDatabase(path: string): Promise<DatabaseSync> {
  const { DatabaseSync } = await loadSqlite();
  createPrivateFile(path);
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec(`${durable}; PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Node.js has SQLite since 22.13; the extension host of some editors and remote machines is older. */
async function loadSqlite() {
  try {
    return await import('node:sqlite');
  } catch (error) {
    throw hasCode(error, 'ERR_UNKNOWN_BUILTIN_MODULE') ? new AppError('sqliteMissing', { cause: error }) : error;
  }
}

/** Makes the file before SQLite opens it, for this user alone: SQLite gives its journal the mode of its file. */
function createPrivateFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  }
}

/** SQLite's primary result codes (https://sqlite.org/rescode.html). */
const busy = 5;
const locked = 6;
const readOnly = 8;
const corrupt = 11;
const full = 13;
const cannotOpen = 14;
const notADatabase = 26;

/** Whether another process uses the file: the same call may go through a moment later. */
export function isBusy(error: unknown): boolean {
  const code = resultCode(error);
  return code === busy || code === locked;
}

/** Whether the file is no database any more. */
export function isDamaged(error: unknown): boolean {
  const code = resultCode(error);
  return code === corrupt || code === notADatabase;
}

/** A failure of the storage as an `AppError`; any other error is a defect and comes back as it is. */
export function explainStorage(error: unknown): unknown {
  const isStorage =
    error instanceof Error && 'code' in error && typeof error.code === 'string' && /^(ERR_SQLITE|E[A-Z]+$)/.test(error.code);
  return isStorage ? new AppError(storageCode(error), { cause: error }) : error;
}

function storageCode(error: Error): ErrorCode {
  if (isBusy(error)) return 'vaultLocked';
  const result = resultCode(error);
  if (result === full || hasCode(error, 'ENOSPC') || hasCode(error, 'EDQUOT')) return 'diskFull';
  const isRefused = ['EACCES', 'EPERM', 'EROFS'].some(code => hasCode(error, code));
  return isRefused || result === readOnly || result === cannotOpen ? 'folderNotWritable' : 'vaultUnavailable';
}

function resultCode(error: unknown): number | undefined {
  if (!hasCode(error, 'ERR_SQLITE_ERROR') || !('errcode' in error)) return undefined;
  // Extended codes keep the primary one in their low byte.
  return typeof error.errcode === 'number' ? error.errcode & 0xff : undefined;
}

function hasCode(error: unknown, code: string): error is Error {
  return error instanceof Error && 'code' in error && error.code === code;
}
