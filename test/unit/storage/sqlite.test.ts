import { execFile } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
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

it('a Node.js without SQLite is told as sqliteMissing, and no file is made', async () => {
  const folder = storageFolder();
  mkdirSync(folder);
  const file = join(folder, 'vault-1.db');
  const source = new URL('../../../src/storage/sqlite.ts', import.meta.url).href;
  const script = `import(${JSON.stringify(source)}).then(({ openDatabase }) => openDatabase(${JSON.stringify(file)})).catch(error => console.log(error.code))`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--no-experimental-sqlite', '-e', script]);
  expect(stdout.trim()).toBe('sqliteMissing');
  expect(existsSync(file)).toBe(false);
});
