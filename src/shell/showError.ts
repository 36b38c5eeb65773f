import { commands, env, Uri, window } from 'vscode';
import type { ErrorCode } from '../base/errors.ts';
import { settingsSection } from './settings.ts';
import type { ErrorAction } from './errorTexts.ts';

const extensionId = 'unofficial.chatgpt-sign-in';

/** Where a person switches device codes on, by OpenAI's own help. */
const securitySettings = 'https://chatgpt.com/#settings/Security';

/** Where OpenAI's own people make and revoke API keys. */
const apiKeysPage = 'https://platform.openai.com/api-keys';

/**
 * Shows what went wrong, with the one thing to do about it and the log. Only our own sentences are shown: what a server
 * wrote could hold links and commands.
 * @returns the action that the person chose; all but `retry` are taken here
 */
export async function showError(code: ErrorCode): Promise<ErrorAction | undefined> {
  const { errorText, actionTitle } = await import('./errorTexts.ts');
  const { message, action } = errorText(code);
  const actions: ErrorAction[] = action ? [action, 'showLog'] : ['showLog'];
  const choice = await window.showErrorMessage(message, ...actions.map(each => ({ title: actionTitle(each, code), action: each })));
  if (choice) await runAction(choice.action, code);
  return choice?.action;
}

/** Takes an action that does not begin a sign-in. */
export async function runAction(action: ErrorAction, code: ErrorCode): Promise<void> {
  switch (action) {
    case 'openSettings':
      await commands.executeCommand('workbench.action.openSettings', isVaultError(code) ? settingsSection : 'http.');
      break;
    case 'openSecuritySettings':
      await env.openExternal(Uri.parse(securitySettings));
      break;
    case 'openApiKeysPage':
      await env.openExternal(Uri.parse(apiKeysPage));
      break;
    case 'reloadWindow':
      await commands.executeCommand('workbench.action.reloadWindow');
      break;
    case 'updateExtension':
      await commands.executeCommand('extension.open', extensionId);
      break;
    case 'diagnose':
      await commands.executeCommand('chatgptSignIn.diagnose');
      break;
    case 'showLog':
      await commands.executeCommand('chatgptSignIn.showLog');
      break;
    case 'addApiKey':
      await commands.executeCommand('chatgptSignIn.addApiKey');
      break;
    case 'signInCodexCli':
      await commands.executeCommand('chatgptSignIn.signInCodexCli');
      break;
    case 'retry':
      break;
  }
}

function isVaultError(code: ErrorCode): boolean {
  return (
    code.startsWith('address') ||
    ['settingsIncomplete', 'apiNotThere', 'wrongWorkspace', 'codexWrongWorkspace', 'codexNotFound'].includes(code)
  );
}
