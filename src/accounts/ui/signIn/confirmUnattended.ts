import { commands, window } from 'vscode';
import { AppError } from '../../../base/errors.ts';
import { unattendedTexts } from './unattendedTexts.ts';
import type { UnattendedEnvironment } from './unattended.ts';

/**
 * Asks before a personal account is signed in where others may get access to it, and offers an API key instead.
 * @throws AppError `cancelled` unless the person confirms
 */
export async function confirmUnattendedSignIn(environment: UnattendedEnvironment): Promise<void> {
  const [anyway, addApiKey] = [unattendedTexts.signInAnyway(), unattendedTexts.addApiKey()];
  const choice = await window.showWarningMessage(
    unattendedTexts.question(),
    { modal: true, detail: unattendedTexts.detail(environment) },
    addApiKey,
    anyway,
  );
  if (choice === anyway) return;
  // Not awaited: the caller asked for an account, and gets an error.
  if (choice === addApiKey) void commands.executeCommand('chatgptSignIn.addApiKey');
  throw new AppError('cancelled');
}
