import { commands, window } from 'vscode';
import { commonTexts } from '../../shell/commonTexts.ts';
import { texts } from './signIn/texts.ts';

/** Says that saved sign-ins could not be read any more: in the one window that found it. */
export async function showSignInsLost(): Promise<void> {
  const choice = await window.showWarningMessage(texts.signInsLost(), commonTexts.signInAgain(), commonTexts.diagnose());
  if (choice === commonTexts.signInAgain()) await commands.executeCommand('chatgptSignIn.signIn');
  if (choice === commonTexts.diagnose()) await commands.executeCommand('chatgptSignIn.diagnose');
}
