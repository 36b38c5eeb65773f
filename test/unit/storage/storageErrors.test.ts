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
  throw new Error('an error was expected');
}

describe('explainStorage', () => {
  it('an SQLite database without room is explained as a full disk', async () => {
    const database = await openDatabase(join(folder, 'full.db'));
    database.exec('CREATE TABLE filled (bytes BLOB); PRAGMA max_page_count = 3');
    const failure = failureOf(() => {
      database.exec('INSERT INTO filled VALUES (zeroblob(100000))');
    });
    database.close();
    expect(explainStorage(failure)).toMatchObject({ code: 'diskFull' });
  });

  it.runIf(process.platform === 'linux')(
    'a file system without room is explained as a full disk (on Linux, which has a device for that)',
    () => {
      const failure = failureOf(() => {
        writeFileSync('/dev/full', 'x');
      });
      expect(explainStorage(failure)).toMatchObject({ code: 'diskFull' });
    },
  );

  it('a read-only database is explained as a folder that cannot be written', async () => {
    const path = join(folder, 'readonly.db');
    (await openDatabase(path)).close();
    const database = new DatabaseSync(path, { readOnly: true });
    const failure = failureOf(() => {
      database.exec('CREATE TABLE refused (x)');
    });
    database.close();
    expect(explainStorage(failure)).toMatchObject({ code: 'folderNotWritable' });
  });

  it('an error that is not about storage is returned unchanged', () => {
    const defect = new TypeError('a defect');
    expect(explainStorage(defect)).toBe(defect);
  });
});
