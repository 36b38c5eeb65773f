// The other extension in the host suite, and an example of how to use examples/chatgptPlan.ts: two commands, each failure in one
// sentence with at most one button. control.ts is for the tests only.
import * as vscode from 'vscode';
import { ChatGptPlan, offerInstall, PlanError } from '../../../examples/chatgptPlan.ts';
import { control } from './control.ts';

/** What a person reads in VS Code's consent dialog: what is sent, and who pays. */
const detail = 'Your question is sent to OpenAI. It counts against the limits of your ChatGPT plan.';

interface Answer {
  readonly text?: string;
  readonly failed?: string;
  readonly until?: string | undefined;
}

export async function activate(context: vscode.ExtensionContext): Promise<unknown> {
  const plan = new ChatGptPlan(context.globalState, 'example-consumer/1.0.0');
  context.subscriptions.push(
    plan,
    vscode.commands.registerCommand('consumer.ask', (question?: string) => ask(plan, question)),
    vscode.commands.registerCommand('consumer.chooseAccount', (account?: vscode.AuthenticationSessionAccountInformation) =>
      account ? plan.useAccount(account) : plan.changeAccount(detail),
    ),
  );
  return await control(context);
}

/** @returns what the model says, or why it says nothing; undefined if there was no question */
async function ask(plan: ChatGptPlan, given?: string): Promise<Answer | undefined> {
  const question = given ?? (await vscode.window.showInputBox({ prompt: 'What do you want to know?' }));
  if (question === undefined || question === '') return undefined;
  const consent = given === undefined ? { detail } : {};
  try {
    const [model] = await plan.models(consent.detail);
    if (!model) throw new PlanError('notInPlan');
    const text = await plan.ask({ model: model.slug, question, ...consent });
    void vscode.window.showInformationMessage(text);
    return { text };
  } catch (error) {
    if (!(error instanceof PlanError)) throw error;
    explain(plan, error, consent.detail).catch(() => undefined);
    return { failed: error.code, until: error.until?.toISOString() };
  }
}

/**
 * The person decides when to continue: nothing is tried again by itself.
 * @param consent what the person reads before they sign in, if they are waiting for the response
 */
async function explain(plan: ChatGptPlan, { code, until }: PlanError, consent: string | undefined): Promise<void> {
  // The person said no, or knows already.
  if (code === 'declined' || code === 'shown') return;
  if (code === 'notInstalled') return offerInstall();
  if (code === 'signedOut') {
    // Asked by VS Code's own dialog. Of a session that is over, the provider has told the person already.
    if (consent !== undefined) await plan.session(consent);
  } else if (code === 'limitReached') {
    const message = `Your plan is used up${until ? ` until ${until.toLocaleString()}` : ''}.`;
    const choice = await vscode.window.showWarningMessage(message, 'Show Usage');
    if (choice !== undefined) await plan.showUsage();
  } else await vscode.window.showWarningMessage(sentences[code]);
}

const sentences = {
  offline: "Couldn't reach ChatGPT. Check your network connection.",
  refused: 'ChatGPT does not accept this account. Sign out of it and in again.',
  notInPlan: 'Your plan does not include this. Choose another model or account.',
  noSuchModel: 'Your account does not have this model any more.',
  busy: 'ChatGPT is receiving too many requests. Try again later.',
  blocked: 'A proxy or browser check is in the way of ChatGPT.',
  failed: 'ChatGPT did not respond.',
} as const;
