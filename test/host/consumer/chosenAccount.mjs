// Which of several accounts this extension uses: it stores the id and label, which are no secrets, and never a token.
import * as vscode from 'vscode';

const providerId = 'chatgpt-sign-in';
const key = 'account';

/** The chosen account, also once it is signed out: the person chose who pays, so no other account takes its place by itself. */
export function chosenAccount(memento) {
  return memento.get(key);
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
