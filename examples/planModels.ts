// A model of a person's ChatGPT plan by VS Code's Language Model API, through the extension "ChatGPT Account & Usage (unofficial)": without a
// token. Copy this file and chatgptSignInApi.ts into your extension. docs/for-extension-authors.md explains it part by part.
import * as vscode from 'vscode';
import type { ChatGptSignInApi, ChatGptSignInExports } from './chatgptSignInApi.ts';

/** Undefined if the extension isn't installed in this window, or is older than this API. */
export async function chatGptSignIn(): Promise<ChatGptSignInApi | undefined> {
  const extension = vscode.extensions.getExtension<Partial<ChatGptSignInExports> | undefined>('unofficial.chatgpt-sign-in');
  const exported = await extension?.activate();
  const api = exported?.api?.(1);
  // A version from before the models has only some of the members.
  return api && 'models' in api ? api : undefined;
}

/**
 * A model of the plan, the first of the person's list unless you name a family.
 * @param reason what the person reads if models are off, for example "To review your changes"; leave it out while nobody has asked for anything
 */
export async function planModel(reason?: string, family?: string): Promise<vscode.LanguageModelChat | undefined> {
  const api = await chatGptSignIn();
  if (!api) return undefined;
  const { state } = await api.models.status();
  const isOff = state === 'off' || state === 'signedOut';
  if (isOff && (reason === undefined || !(await api.requestModels(reason)))) return undefined;
  const [model] = await vscode.lm.selectChatModels({ vendor: api.models.vendor, ...(family === undefined ? {} : { family }) });
  return model;
}

/**
 * Sends one question and returns the whole answer. The person is asked once whether your extension may use their plan.
 * @throws vscode.LanguageModelError by whose code `explainModelError` says what to do; Error with a sentence for the person otherwise
 */
export async function askPlanModel(model: vscode.LanguageModelChat, question: string, token?: vscode.CancellationToken): Promise<string> {
  const response = await model.sendRequest([vscode.LanguageModelChatMessage.User(question)], {}, token);
  let text = '';
  for await (const piece of response.text) text += piece;
  return text;
}

/** Shows the sentence of an error, which is in the person's language and names one thing to do, with a button where one helps. */
export async function explainModelError(error: unknown): Promise<void> {
  const { message } = error instanceof Error ? error : new Error(String(error));
  const isBlocked = error instanceof vscode.LanguageModelError && error.code === vscode.LanguageModelError.Blocked.name;
  const choice = await vscode.window.showWarningMessage(message, ...(isBlocked ? ['Show Usage'] : []));
  if (choice !== undefined) await (await chatGptSignIn())?.openUsage();
}
