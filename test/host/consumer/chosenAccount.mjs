// Which of several accounts this extension uses: it stores the id and label, which are no secrets, and never a token.
import * as vscode from 'vscode';

const providerId = 'chatgpt-sign-in';
const key = 'account';

/** The chosen account. Once it is signed out, undefined, and the choice is deleted. */
export async function chosenAccount(memento) {
  const chosen = memento.get(key);
  const accounts = await vscode.authentication.getAccounts(providerId);
  if (chosen && accounts.some(({ id }) => id === chosen.id)) return chosen;
  await memento.update(key, undefined);
  return undefined;
}

export async function chooseAccount(memento, { id, label }) {
  await memento.update(key, { id, label });
}

/** Called when this or another window signs an account in or out, or refreshes it. */
export function onDidChangeAccounts(listener) {
  return vscode.authentication.onDidChangeSessions(({ provider }) => {
    if (provider.id === providerId) listener();
  });
}
