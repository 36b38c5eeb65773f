import { randomBytes } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { explainStorage } from './sqlite.ts';

/** More than a record, its journal and their pages take. */
const size = 128 * 1024;

/**
 * Room on the disk that is set aside before a refresh token is presented and freed before its successor is written, so that
 * a disk that fills meanwhile does not cost the session. A file of its own: inside the database, freed room could be used
 * only through a journal, which needs new room first (tried).
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
        // Not zeros: some file systems keep no room for those.
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
    // What cannot be removed is room that is missing, and nothing worse.
    await rm(this.#path(name), { force: true }).catch(() => undefined);
  }

  #path(name: string): string {
    return join(this.#folder, `reserve-${name}`);
  }
}
