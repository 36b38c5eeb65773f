import { closeSync, openSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createPrivateFolder } from '../storage/privateFolder.ts';

/** Whether the person has said that the CLI's sign-in may be used: nothing of it is read before. */
export interface Consent {
  readonly hasConsent: () => boolean;
  readonly set: (isGiven: boolean) => Promise<void>;
}

/** Beside the vault, so that it is given and taken back for all windows of the machine at once: an empty file that is there, or is not. */
export function consentFile(folder: string): Consent {
  const path = join(folder, 'uses-codex-cli');
  return {
    hasConsent: () => statSync(path, { throwIfNoEntry: false }) !== undefined,
    set: async isGiven => {
      if (!isGiven) await rm(path, { force: true });
      else {
        createPrivateFolder(folder);
        closeSync(openSync(path, 'w', 0o600));
      }
    },
  };
}
