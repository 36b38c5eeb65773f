import { commands } from 'vscode';

const walkthrough = 'firstSteps';

/**
 * Opens the walkthrough, at a step where one is named. A context key hides it until then: otherwise VS Code opens it by itself when
 * the extension is installed.
 * @param extensionId as VS Code knows it, e.g. `unofficial.chatgpt-sign-in`
 */
export async function openWalkthrough(extensionId: string, step: unknown): Promise<void> {
  await commands.executeCommand('setContext', 'chatgptSignIn.firstSteps', true);
  const category = `${extensionId}#${walkthrough}`;
  await commands.executeCommand('workbench.action.openWalkthrough', typeof step === 'string' ? { category, step } : category, false);
}
