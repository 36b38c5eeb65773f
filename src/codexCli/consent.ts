import { closeSync, openSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createPrivateFolder, isPrivateFolder } from '../storage/privateFolder.ts';
import { explainStorage } from '../storage/sqlite.ts';

/** Whether the person has agreed that the CLI's sign-in is used here: nothing of it is read before. */
export interface Consent {
  readonly hasConsent: () => boolean;
  /** @throws AppError what the storage failed with (`isStorageFailure`) */
  readonly set: (hasConsent: boolean) => Promise<void>;
}

/** An empty file beside the vault, which is there or not, so that the consent counts for all windows of the machine at once. */
export function consentFile(folder: string): Consent {
  const path = join(folder, 'uses-codex-cli');
  return {
    // Somebody else could put the file into a folder that is not ours, and one that cannot be read says nothing.
    hasConsent: () => {
      try {
        return isPrivateFolder(folder) && statSync(path, { throwIfNoEntry: false }) !== undefined;
      } catch {
        return false;
      }
    },
    set: async hasConsent => {
      try {
        if (!hasConsent) await rm(path, { force: true });
        else {
          createPrivateFolder(folder);
          closeSync(openSync(path, 'w', 0o600));
        }
      } catch (error) {
        throw explainStorage(error);
      }
    },
  };
}
