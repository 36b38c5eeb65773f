// An example for extension authors, and the other extension in the host suite: two commands that use a person's ChatGPT plan.
// To copy it, take this file, plan.mjs, chosenAccount.mjs and package.json. control.mjs is for the tests only.
import * as vscode from 'vscode';
import { chooseAccount, chosenAccount, onDidChangeAccounts } from './chosenAccount.mjs';
import { control } from './control.mjs';
import { askPlan, PlanError, sessionOrAsk } from './plan.mjs';

export async function activate(context) {
  const memento = context.globalState;
  context.subscriptions.push(
    vscode.commands.registerCommand('consumer.ask', question => ask(memento, question)),
    vscode.commands.registerCommand('consumer.chooseAccount', account => choose(memento, account)),
    onDidChangeAccounts(() => void chosenAccount(memento)),
  );
  return control(context);
}

/** @returns what the model says, or why it says nothing; undefined if there was no question */
async function ask(memento, given) {
  const question = given ?? (await vscode.window.showInputBox({ prompt: 'What do you want to know?' }));
  if (!question) return undefined;
  const account = await chosenAccount(memento);
  try {
    const text = await askPlan(question, { account, mayAsk: given === undefined });
    void vscode.window.showInformationMessage(text);
    return { text };
  } catch (error) {
    if (!(error instanceof PlanError)) throw error;
    void explain(error, account);
    return { failed: error.code, until: error.until?.toISOString() };
  }
}

/** Shows one sentence and at most one button. The person decides when to continue: nothing is retried automatically. */
async function explain({ code, until }, account) {
  if (code === 'signedOut') {
    const choice = await vscode.window.showWarningMessage("You're not signed in to ChatGPT.", 'Sign In');
    if (choice) await sessionOrAsk(account);
    return;
  }
  const sentences = {
    refused: 'ChatGPT does not accept this account.',
    limitReached: `Your plan is used up${until ? ` until ${until.toLocaleString()}` : ''}.`,
    busy: 'ChatGPT is receiving too many requests. Try again later.',
    failed: 'ChatGPT did not respond.',
  };
  await vscode.window.showWarningMessage(sentences[code]);
}

async function choose(memento, given) {
  const accounts = await vscode.authentication.getAccounts('chatgpt-sign-in');
  const items = accounts.map(account => ({ label: account.label, account }));
  const account = given ?? (await vscode.window.showQuickPick(items, { placeHolder: 'Select the account whose plan pays' }))?.account;
  if (account) await chooseAccount(memento, account);
}
