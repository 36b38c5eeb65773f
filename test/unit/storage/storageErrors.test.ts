import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { explainStorage, openDatabase } from '../../../src/storage/sqlite.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'storage-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function failureOf(use: () => unknown): unknown {
  try {
    use();
  } catch (error) {
    return error;
  }
  throw new Error('It did not fail.');
}

describe('what keeps a file from being used', () => {
  it('is a full disk where SQLite finds no room', async () => {
    const database = await openDatabase(join(folder, 'full.db'));
    database.exec('CREATE TABLE filled (bytes BLOB); PRAGMA max_page_count = 3');
    const failure = failureOf(() => {
      database.exec('INSERT INTO filled VALUES (zeroblob(100000))');
    });
    database.close();
    expect(explainStorage(failure)).toMatchObject({ code: 'diskFull' });
  });

  it.runIf(process.platform === 'linux')('is a full disk where the file system finds no room (Linux has a device for that)', () => {
    const failure = failureOf(() => {
      writeFileSync('/dev/full', 'x');
    });
    expect(explainStorage(failure)).toMatchObject({ code: 'diskFull' });
  });

  it('is a folder that cannot be written where the file may only be read', async () => {
    const path = join(folder, 'readonly.db');
    (await openDatabase(path)).close();
    const database = new DatabaseSync(path, { readOnly: true });
    const failure = failureOf(() => {
      database.exec('CREATE TABLE refused (x)');
    });
    database.close();
    expect(explainStorage(failure)).toMatchObject({ code: 'folderNotWritable' });
  });

  it('stays what it is where it is not about storage', () => {
    const defect = new TypeError('a defect');
    expect(explainStorage(defect)).toBe(defect);
  });
});
