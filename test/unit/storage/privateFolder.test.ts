import { chmodSync, chownSync, mkdirSync, statSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createPrivateFolder, hasUnreliableLocks } from '../../../src/storage/privateFolder.ts';
import { openVault, openWindow, storageFolder } from '../accounts/store/support/window.ts';

const isRoot = process.getuid?.() === 0;
const isPosix = process.platform !== 'win32';

describe('the private folder [R40]', () => {
  it('a new private folder is for this user alone', () => {
    const folder = storageFolder();
    createPrivateFolder(folder);
    expect(statSync(folder).isDirectory()).toBe(true);
    if (isPosix) expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  it.runIf(isPosix)('an existing folder that others can read is closed to them (where the system has file modes)', () => {
    const folder = storageFolder();
    mkdirSync(folder);
    chmodSync(folder, 0o755);
    createPrivateFolder(folder);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  it('a folder that is a link is not used, and nothing is written to its target', async () => {
    const folder = storageFolder();
    const target = join(dirname(folder), 'elsewhere');
    mkdirSync(target);
    symlinkSync(target, folder, 'junction');
    const before = statSync(target).mtimeMs;
    await expect(openVault({ folder }).read()).rejects.toMatchObject({ code: 'folderNotOurs' });
    const { store } = openWindow({ folder });
    await store.prepare();
    expect(store.problem?.code).toBe('folderNotOurs');
    expect(statSync(target).mtimeMs).toBe(before);
  });

  it.runIf(isRoot)('a folder of another user is not used (only root can create one)', async () => {
    const folder = storageFolder();
    mkdirSync(folder, { mode: 0o777 });
    chownSync(folder, 12_345, 12_345);
    await expect(openVault({ folder }).read()).rejects.toMatchObject({ code: 'folderNotOurs' });
    expect(statSync(folder).mode & 0o777).not.toBe(0o700);
  });
});

describe('hasUnreliableLocks', () => {
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
  ])('the reliability of locks on %s is known', async (_name, type, expected) => {
    expect(await hasUnreliableLocks('/somewhere', () => Promise.resolve(type))).toBe(expected);
  });

  it.each([
    ['\\\\server\\share\\folder', true],
    ['//server/share/folder', true],
    ['\\\\?\\UNC\\server\\share', true],
    ['\\\\?\\C:\\folder', false],
    ['\\\\.\\C:\\folder', false],
    ['C:\\folder', false],
  ])('locks at %s are unreliable: %s', async (path, expected) => {
    expect(await hasUnreliableLocks(path, () => Promise.resolve(0))).toBe(expected);
  });

  it('locks are reliable if the file system type is unknown, and on this machine', async () => {
    expect(await hasUnreliableLocks('/somewhere', () => Promise.reject(new Error('no such call')))).toBe(false);
    expect(await hasUnreliableLocks('/')).toBe(false);
  });
});
