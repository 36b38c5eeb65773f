// An example for those who write extensions, and the other extension of the host suite: two commands that use a person's ChatGPT
// plan. What a copy needs is here, in plan.mjs, in chosenAccount.mjs and in package.json; control.mjs is for the tests alone.
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

/** @returns what the model says, or why it does not; undefined where there was no question */
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

/** One sentence, and one thing to do where there is one. The person decides when to go on: nothing is tried again by itself. */
async function explain({ code, until }, account) {
  if (code === 'signedOut') {
    const choice = await vscode.window.showWarningMessage('You are not signed in to ChatGPT.', 'Sign In');
    if (choice) await sessionOrAsk(account);
    return;
  }
  const sentences = {
    refused: 'ChatGPT does not accept this account here.',
    limitReached: `Your plan is used up${until ? ` until ${until.toLocaleString()}` : ''}.`,
    busy: 'ChatGPT has too much to do. Try again later.',
    failed: 'There was no answer.',
  };
  await vscode.window.showWarningMessage(sentences[code]);
}

async function choose(memento, given) {
  const accounts = await vscode.authentication.getAccounts('chatgpt-sign-in');
  const items = accounts.map(account => ({ label: account.label, account }));
  const account = given ?? (await vscode.window.showQuickPick(items, { placeHolder: 'Whose plan shall pay?' }))?.account;
  if (account) await chooseAccount(memento, account);
}
