import type { QuickPickItem } from 'vscode';
import { commands, QuickPickItemKind, window } from 'vscode';
import type { Account } from '../custody/account.ts';
import type { Custody } from '../custody/custody.ts';
import { planName } from '../usage/plan.ts';
import type { ChosenAccount } from './chosenAccount.ts';
import type { SignIn } from './signIn.ts';
import type { SignOut } from './signOut.ts';
import { accountsTexts } from './texts/accounts.ts';
import { commonTexts } from './texts/common.ts';

interface MenuItem extends QuickPickItem {
  readonly run?: () => unknown;
}

/** What a person can do with accounts: a Quick Pick, and the questions around signing out. */
export class AccountMenu {
  readonly #custody: Custody;
  readonly #signIn: SignIn;
  readonly #signOut: SignOut;
  readonly #choice: ChosenAccount;

  constructor(options: { custody: Custody; signIn: SignIn; signOut: SignOut; choice: ChosenAccount }) {
    this.#custody = options.custody;
    this.#signIn = options.signIn;
    this.#signOut = options.signOut;
    this.#choice = options.choice;
  }

  async show(): Promise<void> {
    const accounts = await this.#custody.accounts();
    const shown = accounts.length > 1 ? this.#choice.of(accounts) : undefined;
    const items: MenuItem[] = [
      ...accounts.map(account => ({
        ...accountItem(account, account === shown),
        run: () => this.#showAccount(account, account === shown || accounts.length < 2),
      })),
      ...(accounts.length > 0 ? [separator] : []),
      {
        label: `$(add) ${accounts.length > 0 ? accountsTexts.addAccount() : accountsTexts.signIn()}`,
        run: () => this.#signIn.run().catch(wasShown),
      },
      ...(accounts.length > 0
        ? [
            { label: `$(sign-out) ${accountsTexts.signOutAccount()}`, run: () => this.chooseAndSignOut() },
            ...(accounts.length > 1 ? [{ label: `$(close-all) ${accountsTexts.signOutAll()}`, run: () => this.signOutAll() }] : []),
            { label: `$(refresh) ${accountsTexts.refreshUsage()}`, run: () => commands.executeCommand('chatgptSignIn.refreshUsage') },
          ]
        : []),
      { label: `$(output) ${commonTexts.showLog()}`, run: () => commands.executeCommand('chatgptSignIn.showLog') },
    ];
    await pick(items, accountsTexts.accounts());
  }

  /** Asks which account where there are several, and once whether to sign out. */
  async chooseAndSignOut(): Promise<void> {
    const accounts = await this.#custody.accounts();
    if (accounts.length === 0) {
      void window.showInformationMessage(accountsTexts.nobodySignedIn());
      return;
    }
    const account = accounts.length === 1 ? accounts[0] : await chooseAccount(accounts);
    if (account) await this.#confirmAndSignOut(account);
  }

  /** For leaving a machine. */
  async signOutAll(): Promise<void> {
    const choice = await window.showWarningMessage(
      accountsTexts.confirmSignOutAll(),
      { modal: true, detail: accountsTexts.confirmSignOutAllDetail() },
      accountsTexts.disconnectAll(),
    );
    if (choice === accountsTexts.disconnectAll()) await this.#signOut.all().catch(wasShown);
  }

  async #showAccount(account: Account, isInStatusBar: boolean): Promise<void> {
    const items: MenuItem[] = [
      ...(account.state === 'ended'
        ? [{ label: `$(key) ${commonTexts.signInAgain()}`, run: () => this.#signIn.run({ wanted: account.id }).catch(wasShown) }]
        : []),
      ...(isInStatusBar ? [] : [{ label: `$(pulse) ${accountsTexts.showInStatusBar()}`, run: () => this.#choice.choose(account) }]),
      { label: `$(sign-out) ${accountsTexts.signOutAccount()}`, run: () => this.#confirmAndSignOut(account) },
    ];
    await pick(items, account.label);
  }

  async #confirmAndSignOut(account: Account): Promise<void> {
    const choice = await window.showWarningMessage(
      accountsTexts.confirmSignOut(account.label),
      { modal: true, detail: accountsTexts.confirmSignOutDetail() },
      commonTexts.signOut(),
    );
    if (choice === commonTexts.signOut()) await this.#signOut.run(account).catch(wasShown);
  }
}

const separator: MenuItem = { label: '', kind: QuickPickItemKind.Separator };

/** The failure has been shown where it happened. */
function wasShown(): void {
  return undefined;
}

async function pick(items: MenuItem[], title: string): Promise<void> {
  const choice = await window.showQuickPick(items, { title, placeHolder: accountsTexts.menuPlaceholder(), matchOnDescription: true });
  await choice?.run?.();
}

async function chooseAccount(accounts: readonly Account[]): Promise<Account | undefined> {
  const items = accounts.map(account => ({ ...accountItem(account), account }));
  return (await window.showQuickPick(items, { title: commonTexts.signOut(), placeHolder: accountsTexts.chooseAccountToSignOut() }))
    ?.account;
}

/** Plan and workspace beside the label, and below them, where there is room, its state and its service. */
function accountItem(account: Account, isInStatusBar = false): QuickPickItem {
  const { identity, service, state } = account;
  const about = [
    planName(identity.plan),
    identity.workspaceName === undefined ? undefined : accountsTexts.workspace(identity.workspaceName),
  ];
  const details = [
    state === 'ended' ? accountsTexts.needsSignIn() : undefined,
    isInStatusBar ? accountsTexts.inStatusBar() : undefined,
    new URL(service.issuer).host,
  ];
  return {
    label: `$(account) ${account.label}`,
    description: about.filter(part => part !== undefined).join(' · '),
    detail: details.filter(part => part !== undefined).join(' · '),
  };
}
