/** The folder that everything of custody lies in: whose it is, and what it lies on. */
import { chmodSync, lstatSync, mkdirSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { AppError } from '../base/errors.ts';

/**
 * Makes the folder for this user alone, or mends its mode. Its parent is the editor's.
 * @throws AppError `folderNotOurs` where it leads elsewhere or belongs to somebody else
 */
export function createPrivateFolder(path: string): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found) {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    return;
  }
  // Windows has neither owner nor mode here: the user's profile is guarded as a whole.
  const self = process.getuid?.() ?? found.uid;
  if (found.isSymbolicLink() || found.uid !== self) throw new AppError('folderNotOurs');
  if (process.getuid && found.isDirectory() && (found.mode & 0o077) !== 0) chmodSync(path, 0o700);
}

/** File systems of another machine, by the magic number of Linux's `statfs`: nfs, cifs, smb2, 9p, fuse. */
const remoteFileSystems = new Set([0x6969, 0xff534d42, 0xfe534d42, 0x01021997, 0x65735546]);

/** Whether the folder lies where a lock that was got may not be one. What cannot be told is taken to be an ordinary disk. */
export async function hasUnreliableLocks(path: string, typeOf: (path: string) => Promise<number> = fileSystemType): Promise<boolean> {
  if (/^[\\/]{2}(?![.?][\\/])/.test(path) || /^[\\/]{2}\?[\\/]UNC[\\/]/i.test(path)) return true;
  try {
    return remoteFileSystems.has((await typeOf(path)) >>> 0);
  } catch {
    return false;
  }
}

async function fileSystemType(path: string): Promise<number> {
  return process.platform === 'linux' ? (await statfs(path)).type : 0;
}
