/** The folder that vault, locks and usage lie in: whose it is, and on what kind of file system it lies. */
import { chmodSync, lstatSync, mkdirSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { AppError } from '../base/errors.ts';

/**
 * Makes the folder for this user alone, or corrects its mode. VS Code owns its parent.
 * @throws AppError `folderNotOurs` where it is a link or belongs to another user
 */
export function createPrivateFolder(path: string): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found) {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    return;
  }
  if (!isOurs(found)) throw new AppError('folderNotOurs');
  if (process.getuid && found.isDirectory() && (found.mode & 0o077) !== 0) closeToOthers(path);
}

/** Whether this is a folder of this user, and no link to another place. */
export function isPrivateFolder(path: string): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found !== undefined && isOurs(found);
}

function isOurs(found: Pick<NonNullable<ReturnType<typeof lstatSync>>, 'uid' | 'isSymbolicLink'>): boolean {
  // Windows has neither owner nor mode here: it protects the user's profile as a whole.
  const self = process.getuid?.() ?? found.uid;
  return !found.isSymbolicLink() && found.uid === self;
}

/** A file system without modes (FAT, some network drives) refuses. */
function closeToOthers(path: string): void {
  try {
    chmodSync(path, 0o700);
  } catch {
    // The folder is used as it is; the diagnosis says that others can read it.
  }
}

/** Network file systems by their magic number in Linux's `statfs`: nfs, cifs, smb2, 9p, fuse. */
const remoteFileSystems = new Set([0x6969, 0xff534d42, 0xfe534d42, 0x01021997, 0x65735546]);

/** Whether the folder lies on a file system that may grant one lock to two processes. An unknown one counts as a local disk. */
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
