import { commands, env, Uri, window } from 'vscode';
import type { ErrorCode } from '../base/errors.ts';
import { settingsSection } from './settings.ts';
import type { ErrorAction } from './errorTexts.ts';

const extensionId = 'unofficial.chatgpt-sign-in';

/** Where a person turns device codes on, according to OpenAI's help. */
const securitySettings = 'https://chatgpt.com/#settings/Security';

/** Where a person creates and revokes API keys. */
const apiKeysPage = 'https://platform.openai.com/api-keys';

/**
 * Shows an error with its action and the log. It shows only our own messages: a server's text could contain links and commands.
 * @returns the action that the person chose; the caller runs `retry`, and this function any other
 */
export async function showError(code: ErrorCode): Promise<ErrorAction | undefined> {
  const { errorText, actionTitle } = await import('./errorTexts.ts');
  const { message, action } = errorText(code);
  const actions: ErrorAction[] = action ? [action, 'showLog'] : ['showLog'];
  const choice = await window.showErrorMessage(message, ...actions.map(each => ({ title: actionTitle(each, code), action: each })));
  if (choice) await runAction(choice.action, code);
  return choice?.action;
}

/** Runs an action other than `retry`. */
export async function runAction(action: ErrorAction, code: ErrorCode): Promise<void> {
  switch (action) {
    case 'openSettings':
      await commands.executeCommand('workbench.action.openSettings', isSettingsError(code) ? settingsSection : 'http.');
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

function isSettingsError(code: ErrorCode): boolean {
  return (
    code.startsWith('address') ||
    ['settingsIncomplete', 'apiNotThere', 'wrongWorkspace', 'codexWrongWorkspace', 'codexNotFound'].includes(code)
  );
}
