import { commands, env, Uri, window } from 'vscode';
import type { ErrorFacts } from '../base/errors.ts';
import { settingsSection } from './settings.ts';
import type { ErrorAction } from './errorActions.ts';

const extensionId = 'unofficial.chatgpt-sign-in';

/** Where a person turns device codes on, according to OpenAI's help. */
const securitySettings = 'https://chatgpt.com/#settings/Security';

/** Where a person creates and revokes API keys. */
const apiKeysPage = 'https://platform.openai.com/api-keys';

/**
 * Shows an error with its action and the log. It shows only our own messages: a server's text could contain links and commands.
 * @returns the action that the person chose; the caller runs `retry`, and this function any other
 */
export async function showError(error: ErrorFacts): Promise<ErrorAction | undefined> {
  const [{ errorText }, { actionTitle }] = await Promise.all([import('./errorTexts.ts'), import('./errorActions.ts')]);
  const { message, action } = errorText(error);
  const actions: ErrorAction[] = action ? [action, 'showLog'] : ['showLog'];
  const choice = await window.showErrorMessage(message, ...actions.map(each => ({ title: actionTitle(each, error.code), action: each })));
  if (choice) await runAction(choice.action);
  return choice?.action;
}

/** Runs an action other than `retry`. */
export async function runAction(action: ErrorAction): Promise<void> {
  switch (action) {
    case 'openSettings':
      await commands.executeCommand('workbench.action.openSettings', settingsSection);
      break;
    case 'openNetworkSettings':
      await commands.executeCommand('workbench.action.openSettings', 'http.');
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
