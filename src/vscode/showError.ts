import { commands, window } from 'vscode';
import type { SignInErrorCode } from '../oauth/errors.ts';
import { settingsSection } from './settings.ts';
import type { NextStep } from './texts.ts';
import { errorText, texts } from './texts.ts';

/**
 * Shows what went wrong, with the one thing to do about it and the log. Only our own sentences are shown: what a server
 * wrote could hold links and commands.
 * @returns `retry` where the person chose it; the other steps are taken here
 */
export async function showError(code: SignInErrorCode): Promise<NextStep | undefined> {
  const { sentence, next } = errorText(code);
  const steps = next === 'showLog' ? [next] : ([next, 'showLog'] as const);
  const choice = await window.showErrorMessage(sentence, ...steps.map(step => ({ title: titleOf(step, code), step })));
  switch (choice?.step) {
    case 'openSettings':
      await commands.executeCommand('workbench.action.openSettings', code.startsWith('address') ? settingsSection : 'http.');
      break;
    case 'reloadWindow':
      await commands.executeCommand('workbench.action.reloadWindow');
      break;
    case 'showLog':
      await commands.executeCommand('chatgptSignIn.showLog');
      break;
    case 'retry':
    case undefined:
      break;
  }
  return choice?.step;
}

function titleOf(step: NextStep, code: SignInErrorCode): string {
  switch (step) {
    case 'retry':
      return code === 'signedOut' ? texts.signInAgain() : texts.retry();
    case 'openSettings':
      return texts.openSettings();
    case 'reloadWindow':
      return texts.reloadWindow();
    case 'showLog':
      return texts.showLog();
  }
}
