import { commands, window } from 'vscode';
import { AppError } from '../../../base/errors.ts';
import { unattendedTexts } from './unattendedTexts.ts';
import type { UnattendedEnvironment } from './unattended.ts';

/**
 * Asks before a personal account is signed in to where it is at risk, and offers an API key in its place.
 * @throws AppError `cancelled` where the person does not insist
 */
export async function confirmUnattendedSignIn(place: UnattendedEnvironment): Promise<void> {
  const [anyway, addApiKey] = [unattendedTexts.signInAnyway(), unattendedTexts.addApiKey()];
  const choice = await window.showWarningMessage(
    unattendedTexts.question(),
    { modal: true, detail: unattendedTexts.detail(place) },
    addApiKey,
    anyway,
  );
  if (choice === anyway) return;
  // Not waited for: whoever asked for an account gets none.
  if (choice === addApiKey) void commands.executeCommand('chatgptSignIn.addApiKey');
  throw new AppError('cancelled');
}
