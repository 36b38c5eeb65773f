import { randomBytes } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { explainStorage } from './sqlite.ts';

/** More than a record, its journal and their pages need. */
const size = 128 * 1024;

/**
 * Disk space that is set aside before a refresh token is presented and freed before its successor is written, so that a disk
 * that fills up meanwhile does not cost the session. It is a file of its own: to reuse space that is freed inside a database,
 * SQLite first needs new space for its journal (tried).
 */
export class DiskReserve {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** @throws AppError what the storage failed with (`isStorageFailure`) */
  async set(name: string): Promise<void> {
    try {
      const file = await open(this.#path(name), 'w', 0o600);
      try {
        // Not zeros: some file systems allocate no space for those.
        await file.writeFile(randomBytes(size));
        await file.sync();
      } finally {
        await file.close();
      }
    } catch (error) {
      await this.free(name);
      throw explainStorage(error);
    }
  }

  async free(name: string): Promise<void> {
    // A file that stays costs space, and nothing worse.
    await rm(this.#path(name), { force: true }).catch(() => undefined);
  }

  #path(name: string): string {
    return join(this.#folder, `reserve-${name}`);
  }
}
