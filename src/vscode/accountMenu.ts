import type { QuickPickItem } from 'vscode';
import { commands, QuickPickItemKind, window } from 'vscode';
import type { Account } from '../custody/account.ts';
import type { Custody } from '../custody/custody.ts';
import { planName } from '../usage/plan.ts';
import type { SignIn } from './signIn.ts';
import type { SignOut } from './signOut.ts';
import { texts } from './texts.ts';

interface MenuItem extends QuickPickItem {
  readonly run?: () => unknown;
}

/** What a person can do with accounts: a Quick Pick, and the questions around signing out. */
export class AccountMenu {
  readonly #custody: Custody;
  readonly #signIn: SignIn;
  readonly #signOut: SignOut;

  constructor(options: { custody: Custody; signIn: SignIn; signOut: SignOut }) {
    this.#custody = options.custody;
    this.#signIn = options.signIn;
    this.#signOut = options.signOut;
  }

  async show(): Promise<void> {
    const accounts = await this.#custody.accounts();
    const items: MenuItem[] = [
      ...accounts.map(account => ({ ...accountItem(account), run: () => this.#showAccount(account) })),
      ...(accounts.length > 0 ? [separator] : []),
      {
        label: `$(add) ${accounts.length > 0 ? texts.addAccount() : texts.signIn()}`,
        run: () => this.#signIn.run().catch(shown),
      },
      ...(accounts.length > 0
        ? [
            { label: `$(sign-out) ${texts.signOutAccount()}`, run: () => this.chooseAndSignOut() },
            { label: `$(refresh) ${texts.refreshUsage()}`, run: () => commands.executeCommand('chatgptSignIn.refreshUsage') },
          ]
        : []),
      { label: `$(output) ${texts.showLog()}`, run: () => commands.executeCommand('chatgptSignIn.showLog') },
    ];
    await pick(items, texts.accounts());
  }

  /** Asks which account where there are several, and once whether to sign out. */
  async chooseAndSignOut(): Promise<void> {
    const accounts = await this.#custody.accounts();
    if (accounts.length === 0) {
      void window.showInformationMessage(texts.nobodySignedIn());
      return;
    }
    const account = accounts.length === 1 ? accounts[0] : await chooseAccount(accounts);
    if (account) await this.#confirmAndSignOut(account);
  }

  async #showAccount(account: Account): Promise<void> {
    const items: MenuItem[] = [
      ...(account.state === 'ended'
        ? [{ label: `$(key) ${texts.signInAgain()}`, run: () => this.#signIn.run({ wanted: account.id }).catch(shown) }]
        : []),
      { label: `$(sign-out) ${texts.signOutAccount()}`, run: () => this.#confirmAndSignOut(account) },
    ];
    await pick(items, account.label);
  }

  async #confirmAndSignOut(account: Account): Promise<void> {
    const choice = await window.showWarningMessage(
      texts.confirmSignOut(account.label),
      { modal: true, detail: texts.confirmSignOutDetail() },
      texts.signOut(),
    );
    if (choice === texts.signOut()) await this.#signOut.run(account).catch(shown);
  }
}

const separator: MenuItem = { label: '', kind: QuickPickItemKind.Separator };

/** The failure has been shown where it happened. */
function shown(): void {
  return undefined;
}

async function pick(items: MenuItem[], title: string): Promise<void> {
  const choice = await window.showQuickPick(items, { title, placeHolder: texts.menuPlaceholder(), matchOnDescription: true });
  await choice?.run?.();
}

async function chooseAccount(accounts: readonly Account[]): Promise<Account | undefined> {
  const items = accounts.map(account => ({ ...accountItem(account), account }));
  return (await window.showQuickPick(items, { title: texts.signOut(), placeHolder: texts.chooseAccountToSignOut() }))?.account;
}

function accountItem(account: Account): QuickPickItem {
  const plan = planName(account.identity.plan);
  return {
    label: `$(account) ${account.label}`,
    ...(plan === undefined ? {} : { description: plan }),
    ...(account.state === 'ended' ? { detail: texts.needsSignIn() } : {}),
  };
}
