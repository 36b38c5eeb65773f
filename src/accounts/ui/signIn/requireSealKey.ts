import { commands, window } from 'vscode';
import type { SealKeys } from '../../../vault/sealKeys.ts';
import { asAppError, AppError } from '../../../base/errors.ts';
import { commonTexts } from '../../../shell/commonTexts.ts';
import { texts } from './texts.ts';

/**
 * Makes sure that what a person is about to give can be kept, before they give it. Where the key of the seal is not here, they are asked.
 * @param goOn the button that makes another key beside the missing one
 * @throws AppError `cancelled`, or what keeps a key from being made
 */
export async function requireSealKey(sealKeys: SealKeys, goOn: string): Promise<void> {
  try {
    await sealKeys.require('ifUnused');
  } catch (error) {
    const { code } = asAppError(error);
    if (code !== 'keyMissing' && code !== 'secretStoreVolatile') throw error;
    const { errorText } = await import('../../../shell/errorTexts.ts');
    const choice = await window.showWarningMessage(
      errorText(code).message,
      { modal: true, detail: code === 'keyMissing' ? texts.keyMissingDetail() : texts.secretStoreVolatileDetail() },
      commonTexts.reloadWindow(),
      goOn,
    );
    if (choice === commonTexts.reloadWindow()) await commands.executeCommand('workbench.action.reloadWindow');
    if (choice !== goOn) throw new AppError('cancelled');
    await sealKeys.require('additional');
  }
}
