// Which of several accounts this extension uses: by its id and label, which are no secrets, and never with a token.
import * as vscode from 'vscode';

const providerId = 'chatgpt-sign-in';
const key = 'account';

/** The account that was chosen; undefined, and forgotten, once it is signed out. */
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

/** Called when an account is signed in or out, is renewed, or another window did so. */
export function onDidChangeAccounts(listener) {
  return vscode.authentication.onDidChangeSessions(({ provider }) => {
    if (provider.id === providerId) listener();
  });
}
