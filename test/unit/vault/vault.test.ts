import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Vault, VaultRow } from '../../../src/vault/vault.ts';
import { systemClock as clock } from '../../../src/base/clock.ts';
import { ManualClock } from '../support/clock.ts';
import { MemoryLog } from '../support/log.ts';
import { bytesOf } from '../accounts/store/support/disk.ts';
import { openVault, openWindow, passDamage, storageFolder } from '../accounts/store/support/window.ts';

const row: VaultRow = { hash: 'a1', login: 'login-1', generation: 1, state: 'ready', keyId: 'k1', sealed: randomBytes(3_000) };

function put(vault: Vault, change: Partial<VaultRow> = {}): Promise<void> {
  return vault.write(transaction => {
    transaction.put({ ...row, ...change });
  });
}

function replace(vault: Vault, expected: Partial<VaultRow>, change: Partial<VaultRow>): Promise<boolean> {
  return vault.write(transaction => transaction.replace({ ...row, ...expected }, { ...row, ...change }));
}

const minute = 60_000;

describe('the vault', () => {
  it('the vault and its folder are created empty by the first use', async () => {
    const folder = storageFolder();
    expect(await openVault({ folder }).read()).toEqual({ rows: [], apiKeys: [], keyIds: [] });
    expect(readdirSync(folder)).toEqual(['vault-1.db']);
  });

  it('the vault and its journal are for this user alone [R40]', async () => {
    const folder = storageFolder();
    const vault = openVault({ folder });
    const modes = await vault.write(transaction => {
      transaction.put(row);
      return readdirSync(folder).map(name => [name, statSync(join(folder, name)).mode & 0o777]);
    });
    expect(modes).toEqual([
      ['vault-1.db', 0o600],
      ['vault-1.db-journal', 0o600],
    ]);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  it('a change to the vault is visible in another window at once', async () => {
    const folder = storageFolder();
    const [one, two] = [openVault({ folder }), openVault({ folder })];
    await two.read();
    await put(one);
    expect((await two.read())?.rows).toEqual([{ ...row, sealed: new Uint8Array(row.sealed) }]);
  });

  it('two windows at the very first start create one vault', async () => {
    const folder = storageFolder();
    const [one, two] = [openVault({ folder, clock }), openVault({ folder, clock })];
    await Promise.all([put(one, { hash: 'a1' }), put(two, { hash: 'a2' })]);
    expect((await one.read())?.rows.map(({ hash }) => hash)).toEqual(['a1', 'a2']);
    expect((await two.read())?.rows).toHaveLength(2);
  });

  it('a row of the vault is replaced only if its login, generation and state are as expected', async () => {
    const vault = openVault({ folder: storageFolder() });
    await put(vault);
    for (const other of [{ hash: 'a2' }, { login: 'login-2' }, { generation: 2 }, { state: 'leaving' }]) {
      expect(await replace(vault, other, { generation: 9 })).toBe(false);
    }
    expect(await replace(vault, {}, { generation: 2, state: 'asking' })).toBe(true);
    expect((await vault.read())?.rows).toMatchObject([{ generation: 2, state: 'asking' }]);
  });

  it('only one of two windows replaces the same generation of a row', async () => {
    const folder = storageFolder();
    const windows = [openVault({ folder, clock }), openVault({ folder, clock })];
    await put(openVault({ folder }));
    const done = await Promise.all(windows.map(vault => replace(vault, {}, { generation: 2 })));
    expect(done.filter(Boolean)).toHaveLength(1);
  });

  it('a row of the vault is removed only if its login is as expected', async () => {
    const vault = openVault({ folder: storageFolder() });
    await put(vault);
    expect(await vault.write(transaction => transaction.remove('a1', 'login-2'))).toBe(false);
    expect(await vault.write(transaction => transaction.remove('a1', 'login-1'))).toBe(true);
    expect((await vault.read())?.rows).toEqual([]);
  });

  it('the vault lists announced keys in their order, and not those that were withdrawn', async () => {
    const vault = openVault({ folder: storageFolder() });
    await vault.write(transaction => {
      transaction.announceKey('late', 2);
      transaction.announceKey('early', 1);
    });
    expect((await vault.read())?.keyIds).toEqual(['early', 'late']);
    await vault.write(transaction => {
      transaction.withdrawKey('early');
    });
    expect((await vault.read())?.keyIds).toEqual(['late']);
  });

  it('a change to the vault that throws writes nothing, and the next one is written', async () => {
    const vault = openVault({ folder: storageFolder() });
    const change = vault.write(transaction => {
      transaction.put(row);
      throw new Error('changed my mind');
    });
    await expect(change).rejects.toThrow('changed my mind');
    expect((await vault.read())?.rows).toEqual([]);
    await put(vault);
    expect((await vault.read())?.rows).toHaveLength(1);
  });
});

describe('a newer vault', () => {
  async function newer(): Promise<string> {
    const folder = storageFolder();
    const vault = openVault({ folder });
    await put(vault);
    vault.close();
    const database = new DatabaseSync(join(folder, 'vault-1.db'));
    database.exec('PRAGMA user_version = 4');
    database.close();
    return folder;
  }

  it('a newer vault is neither read nor changed by a byte, and no other one is created', async () => {
    const folder = await newer();
    const before = bytesOf(folder);
    const vault = openVault({ folder });
    // This version has just been loaded and is too old already: reloading would not help.
    await expect(vault.read()).rejects.toMatchObject({ code: 'extensionOutdated' });
    await expect(put(vault)).rejects.toMatchObject({ code: 'extensionOutdated' });
    vault.close();
    expect(bytesOf(folder)).toEqual(before);
  });

  it('a window notices that the vault that it has open has become newer', async () => {
    const folder = storageFolder();
    const vault = openVault({ folder });
    await put(vault);
    const database = new DatabaseSync(join(folder, 'vault-1.db'));
    database.exec('PRAGMA user_version = 4');
    await expect(put(vault, { generation: 2 })).rejects.toMatchObject({ code: 'vaultNewer' });
    await expect(vault.read()).rejects.toMatchObject({ code: 'vaultNewer' });
    expect(database.prepare('SELECT generation FROM account').get()?.['generation']).toBe(1);
    database.close();
  });
});

describe('an older vault', () => {
  const added = {
    1: { key: '', account: ', reserve BLOB' },
    2: { key: ', shown_at INTEGER NOT NULL DEFAULT 1', account: '' },
  };

  /** A vault as that version created it, with this row and its key. */
  function older(version: 1 | 2): string {
    const folder = storageFolder();
    mkdirSync(folder, { mode: 0o700 });
    const database = new DatabaseSync(join(folder, 'vault-1.db'));
    database.exec(`
      CREATE TABLE seal_key (id TEXT PRIMARY KEY, announced_at INTEGER NOT NULL${added[version].key}) STRICT;
      CREATE TABLE account (
        hash TEXT PRIMARY KEY, key_id TEXT NOT NULL, login TEXT NOT NULL, generation INTEGER NOT NULL, state TEXT NOT NULL,
        sealed BLOB NOT NULL${added[version].account}
      ) STRICT;
      PRAGMA user_version = ${String(version)};
      INSERT INTO seal_key (id, announced_at) VALUES ('k1', 1);
    `);
    database
      .prepare('INSERT INTO account (hash, key_id, login, generation, state, sealed) VALUES (?, ?, ?, ?, ?, ?)')
      .run(row.hash, row.keyId, row.login, row.generation, row.state, row.sealed);
    database.close();
    return folder;
  }

  const kept = [{ ...row, sealed: new Uint8Array(row.sealed) }];

  it.each([1, 2] as const)(
    'a vault of version %i is migrated once by the first window that uses it, and keeps its rows and keys',
    async version => {
      const folder = older(version);
      const log = new MemoryLog();
      const windows = [openVault({ folder, clock, log }), openVault({ folder, clock, log })];
      for (const content of await Promise.all(windows.map(vault => vault.read(10_000))))
        expect(content).toEqual({ rows: kept, apiKeys: [], keyIds: ['k1'] });
      expect(log.entries.filter(({ step }) => step === 'a database was brought to a new version')).toHaveLength(1);
      expect(readdirSync(folder).filter(name => name.startsWith('vault'))).toEqual(['vault-1.db']);
      await windows[0]?.write(transaction => {
        transaction.putApiKey({ id: 'a', keyId: 'k1', sealed: Buffer.from('sealed') });
      });
      expect((await windows[1]?.read())?.apiKeys).toEqual([{ id: 'a', keyId: 'k1', sealed: new Uint8Array(Buffer.from('sealed')) }]);
    },
  );

  it.each([1, 2] as const)(
    'a vault of version %i is not migrated while a token of it is being refreshed, and is read afterwards',
    async version => {
      const folder = older(version);
      const before = bytesOf(folder)['vault-1.db'];
      const time = new ManualClock();
      const { vault, locks } = openWindow({ folder, clock: time });
      const lock = await locks.acquire(row.hash, new AbortController().signal);
      const failed = expect(put(vault)).rejects.toMatchObject({ code: 'vaultLocked' });
      await time.untilSleeping(50);
      time.advance(10_000);
      await failed;
      expect(Object.keys(bytesOf(folder))).not.toContain('vault-1.db-journal');
      lock.release();
      expect(bytesOf(folder)['vault-1.db']).toEqual(before);
      expect((await vault.read())?.rows).toEqual(kept);
    },
  );

  it('a migrated vault has the new version number, by which an older window recognizes it as newer', async () => {
    const folder = older(2);
    const old = new DatabaseSync(join(folder, 'vault-1.db'));
    await openVault({ folder }).read();
    expect(old.prepare('PRAGMA user_version').get()).toEqual({ user_version: 3 });
    old.close();
  });
});

describe('the last use of a seal key', () => {
  const day = 24 * 60 * 60_000;

  it('seal keys that nobody has used for long are deleted with their records, and those in use are kept', async () => {
    const vault = openVault({ folder: storageFolder() });
    await vault.write(transaction => {
      for (const id of ['k1', 'k2']) transaction.announceKey(id, 0);
      transaction.put(row);
      transaction.put({ ...row, hash: 'a2', keyId: 'k2' });
      for (const keyId of ['k1', 'k2']) transaction.putApiKey({ id: `of ${keyId}`, keyId, sealed: row.sealed });
      transaction.touchKeys(['k1'], 2 * day);
    });
    const forget = (at: number) =>
      vault.write(transaction => {
        transaction.deleteKeysUnusedSince(at);
      });
    await forget(0);
    expect((await vault.read())?.rows).toHaveLength(2);
    await forget(day);
    expect(await vault.read()).toMatchObject({ rows: [{ hash: 'a1' }], apiKeys: [{ id: 'of k1' }], keyIds: ['k1'] });
  });

  it('a window whose clock is behind does not make the last use of a seal key older', async () => {
    const vault = openVault({ folder: storageFolder() });
    await vault.write(transaction => {
      transaction.announceKey('k1', 2 * day);
      transaction.put(row);
      transaction.touchKeys(['k1'], 0);
      transaction.deleteKeysUnusedSince(day);
    });
    expect(await vault.read()).toMatchObject({ rows: [{ hash: 'a1' }], keyIds: ['k1'] });
  });
});

it('clearing the vault deletes every record and key, and leaves the file', async () => {
  const folder = storageFolder();
  const vault = openVault({ folder });
  await put(vault);
  await vault.write(transaction => {
    transaction.announceKey('k1', 0);
    transaction.putApiKey({ id: 'a', keyId: 'k1', sealed: row.sealed });
    transaction.clear();
  });
  expect(await vault.read()).toEqual({ rows: [], apiKeys: [], keyIds: [] });
  expect(readdirSync(folder)).toEqual(['vault-1.db']);
});

describe('a damaged vault', () => {
  function damaged(bytes: string | Buffer = 'this is no database, and it is longer than any header '.repeat(20)): string {
    const folder = storageFolder();
    mkdirSync(folder, { mode: 0o700 });
    writeFileSync(join(folder, 'vault-1.db'), bytes, { mode: 0o600 });
    return folder;
  }

  it('a damaged vault is left as it is, and the next number is used', async () => {
    const folder = damaged();
    const before = bytesOf(folder);
    const [log, ownClock] = [new MemoryLog(), new ManualClock()];
    const vault = openVault({ folder, log, clock: ownClock });
    expect(await passDamage(ownClock, vault.read(minute))).toEqual({ rows: [], apiKeys: [], keyIds: [] });
    await put(vault);
    vault.close();
    expect(readdirSync(folder)).toEqual(['vault-1.db', 'vault-2.db']);
    expect(bytesOf(folder)['vault-1.db']).toEqual(before['vault-1.db']);
    expect(log.entries).toMatchObject([{ level: 'warn', fields: { name: 'vault', number: 1 } }]);
  });

  it('a damaged vault is followed by one new vault, however many windows find it', async () => {
    const folder = damaged();
    const ownClock = new ManualClock();
    const windows = [1, 2, 3].map(() => openVault({ folder, clock: ownClock }));
    let left = windows.length;
    const puts = windows.map((vault, n) => put(vault, { hash: `a${n}` }).finally(() => left--));
    while (left > 0) {
      await setImmediate();
      ownClock.advance(10);
    }
    await Promise.all(puts);
    expect(readdirSync(folder)).toEqual(['vault-1.db', 'vault-2.db']);
    for (const vault of windows) expect((await vault.read())?.rows).toHaveLength(3);
  });

  it('the window that begins a new vault in place of a damaged one says so once', async () => {
    const folder = damaged();
    const ownClock = new ManualClock();
    const [one, two] = [openVault({ folder, clock: ownClock }), openVault({ folder })];
    const heard: string[] = [];
    one.onDidLose(() => heard.push('one'));
    two.onDidLose(() => heard.push('two'));
    await passDamage(ownClock, one.read(minute));
    for (const vault of [two, one]) await vault.read();
    expect(heard).toEqual(['one']);
  });

  it('a read that finds damage is repeated with a new handle, so that a vault that is whole is kept', async () => {
    const folder = storageFolder();
    const ownClock = new ManualClock();
    const vault = openVault({ folder, clock: ownClock });
    await put(vault);
    const heard: string[] = [];
    vault.onDidLose(() => heard.push('lost'));
    let reads = 0;
    const hashes = vault.write(transaction => {
      if (reads++ === 0) throw Object.assign(new Error('database disk image is malformed'), { code: 'ERR_SQLITE_ERROR', errcode: 11 });
      return transaction.rows().map(({ hash }) => hash);
    });
    await ownClock.untilSleeping(250);
    ownClock.advance(250);
    expect(await hashes).toEqual(['a1']);
    expect(readdirSync(folder)).toEqual(['vault-1.db']);
    expect(heard).toEqual([]);
  });

  it.each([0, 250, 1_750, 15_749])(
    'a vault that is whole again after %i ms is kept, and callers get by without it meanwhile',
    async after => {
      const folder = storageFolder();
      const ownClock = new ManualClock();
      const vault = openVault({ folder, clock: ownClock });
      await put(vault);
      const heard: string[] = [];
      vault.onDidLose(() => heard.push('lost'));
      const whole = bytesOf(folder)['vault-1.db'] ?? Buffer.alloc(0);
      writeFileSync(join(folder, 'vault-1.db'), Buffer.alloc(whole.length, 0xff));
      const early = vault.read();
      const saved = put(vault, { hash: 'a2' });
      let passed = 0;
      for (let pause = 250; passed + pause <= after; pause *= 2) {
        await ownClock.untilSleeping(pause);
        ownClock.advance(pause);
        passed += pause;
      }
      await ownClock.untilSleeping();
      ownClock.advance(after - passed);
      writeFileSync(join(folder, 'vault-1.db'), whole);
      ownClock.advance(8_000);
      await saved;
      if (after > 250) expect(await early).toBeUndefined();
      expect((await vault.read())?.rows.map(({ hash }) => hash)).toEqual(['a1', 'a2']);
      expect(readdirSync(folder)).toEqual(['vault-1.db']);
      expect(heard).toEqual([]);
    },
  );

  it('damage in the middle of a vault with an intact header is noticed', async () => {
    const folder = storageFolder();
    const vault = openVault({ folder });
    await put(vault, { sealed: randomBytes(20_000) });
    vault.close();
    const path = join(folder, 'vault-1.db');
    const bytes = bytesOf(folder)['vault-1.db'] ?? Buffer.alloc(0);
    bytes.fill(0xff, 4_096);
    writeFileSync(path, bytes);
    const ownClock = new ManualClock();
    const fresh = openVault({ folder, clock: ownClock });
    expect(await passDamage(ownClock, fresh.read(minute))).toEqual({ rows: [], apiKeys: [], keyIds: [] });
    expect(readdirSync(folder)).toContain('vault-2.db');
  });

  it('a change that finds the vault damaged takes nothing from it', async () => {
    const folder = damaged();
    const ownClock = new ManualClock();
    const vault = openVault({ folder, clock: ownClock });
    expect(await passDamage(ownClock, replace(vault, {}, { generation: 2 }))).toBe(false);
    expect((await vault.read())?.rows).toEqual([]);
  });

  it('every window uses the vault with the highest number, even one that has an older vault open', async () => {
    const folder = storageFolder();
    const vault = openVault({ folder });
    await put(vault);
    writeFileSync(join(folder, 'vault-7.db'), '', { mode: 0o600 });
    expect((await vault.read())?.rows).toEqual([]);
    await put(vault, { hash: 'a7' });
    expect((await openVault({ folder }).read())?.rows).toMatchObject([{ hash: 'a7' }]);
  });
});

describe('the vault on failing storage', () => {
  it('failing storage is reported as an unavailable vault, and is used again when it works', async () => {
    const folder = storageFolder();
    writeFileSync(folder, 'a file where the folder should be');
    const vault = openVault({ folder });
    await expect(vault.read()).rejects.toMatchObject({ code: 'vaultUnavailable', cause: { code: 'ENOTDIR' } });
    await expect(put(vault)).rejects.toMatchObject({ code: 'vaultUnavailable' });
    rmSync(folder);
    await put(vault);
    expect((await vault.read())?.rows).toHaveLength(1);
  });

  it('a vault whose folder was deleted is created anew, not read from its open file', async () => {
    const folder = storageFolder();
    const vault = openVault({ folder });
    await put(vault);
    rmSync(folder, { recursive: true });
    expect(await vault.read()).toEqual({ rows: [], apiKeys: [], keyIds: [] });
    await put(vault, { hash: 'a2' });
    expect((await openVault({ folder }).read())?.rows).toMatchObject([{ hash: 'a2' }]);
  });

  it('a vault that another window created anew after its folder was deleted is the one that is read and written', async () => {
    const folder = storageFolder();
    const [one, two] = [openVault({ folder }), openVault({ folder })];
    await put(one);
    rmSync(folder, { recursive: true });
    await put(two, { hash: 'a2' });
    expect((await one.read())?.rows.map(({ hash }) => hash)).toEqual(['a2']);
    await put(one, { hash: 'a3' });
    expect((await two.read())?.rows.map(({ hash }) => hash)).toEqual(['a2', 'a3']);
  });

  it('a defect in a change to the vault is thrown unchanged', async () => {
    const vault = openVault({ folder: storageFolder() });
    const defect = vault.write(() => {
      throw new TypeError('a defect');
    });
    await expect(defect).rejects.toThrow(TypeError);
  });
});
