import { chmodSync, chownSync, mkdirSync, statSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createPrivateFolder, hasUnreliableLocks } from '../../../src/storage/privateFolder.ts';
import { openVault, openWindow, storageFolder } from '../accounts/store/support/window.ts';

const isRoot = process.getuid?.() === 0;
const isPosix = process.platform !== 'win32';

describe('the folder [R40]', () => {
  it('is made for this user alone', () => {
    const folder = storageFolder();
    createPrivateFolder(folder);
    expect(statSync(folder).isDirectory()).toBe(true);
    if (isPosix) expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  it.runIf(isPosix)('that others could look into is closed to them (where there are modes)', () => {
    const folder = storageFolder();
    mkdirSync(folder);
    chmodSync(folder, 0o755);
    createPrivateFolder(folder);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  it('that leads elsewhere is not used, and nothing is written where it leads', async () => {
    const folder = storageFolder();
    const elsewhere = join(dirname(folder), 'elsewhere');
    mkdirSync(elsewhere);
    symlinkSync(elsewhere, folder, 'junction');
    const before = statSync(elsewhere).mtimeMs;
    await expect(openVault({ folder }).read()).rejects.toMatchObject({ code: 'folderNotOurs' });
    const { store } = openWindow({ folder });
    await store.prepare();
    expect(store.problem?.code).toBe('folderNotOurs');
    expect(statSync(elsewhere).mtimeMs).toBe(before);
  });

  it.runIf(isRoot)('that belongs to somebody else is not used (only root can give one away)', async () => {
    const folder = storageFolder();
    mkdirSync(folder, { mode: 0o777 });
    chownSync(folder, 12_345, 12_345);
    await expect(openVault({ folder }).read()).rejects.toMatchObject({ code: 'folderNotOurs' });
    expect(statSync(folder).mode & 0o777).not.toBe(0o700);
  });
});

describe('locks', () => {
  it.each([
    ['nfs', 0x6969, true],
    ['cifs', 0xff534d42, true],
    ['cifs, as a signed number', 0xff534d42 | 0, true],
    ['smb2', 0xfe534d42, true],
    ['9p', 0x01021997, true],
    ['fuse', 0x65735546, true],
    ['ext4', 0xef53, false],
    ['tmpfs', 0x01021994, false],
    ['unknown', 0, false],
  ])('may lie on %s', async (_name, type, expected) => {
    expect(await hasUnreliableLocks('/somewhere', () => Promise.resolve(type))).toBe(expected);
  });

  it.each([
    ['\\\\server\\share\\folder', true],
    ['//server/share/folder', true],
    ['\\\\?\\UNC\\server\\share', true],
    ['\\\\?\\C:\\folder', false],
    ['\\\\.\\C:\\folder', false],
    ['C:\\folder', false],
  ])('may lie at %s: %s', async (path, expected) => {
    expect(await hasUnreliableLocks(path, () => Promise.resolve(0))).toBe(expected);
  });

  it('are trusted where the system does not tell, and here', async () => {
    expect(await hasUnreliableLocks('/somewhere', () => Promise.reject(new Error('no such call')))).toBe(false);
    expect(await hasUnreliableLocks('/')).toBe(false);
  });
});
