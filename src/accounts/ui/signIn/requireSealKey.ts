import { commands, window } from 'vscode';
import type { SealKeys } from '../../../vault/sealKeys.ts';
import { asAppError, AppError } from '../../../base/errors.ts';
import { commonTexts } from '../../../shell/commonTexts.ts';
import { texts } from './texts.ts';

/**
 * Makes sure that a credential can be stored before the person enters it. Where the encryption key is missing, asks the person.
 * @param continueTitle the button that creates another key beside the missing one
 * @throws AppError `cancelled`, or the error that prevents a key from being created
 */
export async function requireSealKey(sealKeys: SealKeys, continueTitle: string): Promise<void> {
  try {
    await sealKeys.require('ifUnused');
    if (await sealKeys.opensNone()) throw new AppError('keyMissing');
  } catch (error) {
    const { code } = asAppError(error);
    if (code !== 'keyMissing' && code !== 'secretStoreVolatile') throw error;
    const { errorText } = await import('../../../shell/errorTexts.ts');
    const choice = await window.showWarningMessage(
      errorText({ code }).message,
      { modal: true, detail: code === 'keyMissing' ? texts.keyMissingDetail() : texts.secretStoreVolatileDetail() },
      commonTexts.reloadWindow(),
      continueTitle,
    );
    if (choice === commonTexts.reloadWindow()) await commands.executeCommand('workbench.action.reloadWindow');
    if (choice !== continueTitle) throw new AppError('cancelled');
    await sealKeys.require('additional');
  }
}
