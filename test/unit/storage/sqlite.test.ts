import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openDatabase } from '../../../src/storage/sqlite.ts';
import { storageFolder } from '../accounts/store/support/window.ts';

it.each<[string, number | string, string]>([
  ['synchronous', 3, 'EXTRA: the folder is synced after the journal is deleted'],
  ['fullfsync', 1, 'ON: macOS brings it to the disk'],
  ['secure_delete', 1, 'ON: what is deleted is overwritten'],
  ['temp_store', 2, 'MEMORY: no temporary file has a record'],
  ['journal_mode', 'delete', 'a rollback journal, which the next process to open the file applies'],
  ['locking_mode', 'normal', 'other windows can use the file'],
])('an opened database has %s = %s (%s) [R45]', async (pragma, expected) => {
  const folder = storageFolder();
  mkdirSync(folder);
  const database = await openDatabase(join(folder, 'vault-1.db'));
  expect(Object.values(database.prepare(`PRAGMA ${pragma}`).get() ?? {})).toEqual([expected]);
  database.close();
});
