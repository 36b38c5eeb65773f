import { closeSync, openSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createPrivateFolder } from '../storage/privateFolder.ts';

/** Whether the person has agreed that the CLI's sign-in is used here: nothing of it is read before. */
export interface Consent {
  readonly hasConsent: () => boolean;
  readonly set: (hasConsent: boolean) => Promise<void>;
}

/** An empty file beside the vault, which is there or not, so that the consent counts for all windows of the machine at once. */
export function consentFile(folder: string): Consent {
  const path = join(folder, 'uses-codex-cli');
  return {
    hasConsent: () => statSync(path, { throwIfNoEntry: false }) !== undefined,
    set: async hasConsent => {
      if (!hasConsent) await rm(path, { force: true });
      else {
        createPrivateFolder(folder);
        closeSync(openSync(path, 'w', 0o600));
      }
    },
  };
}
