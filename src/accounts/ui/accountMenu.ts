import type { QuickPickItem } from 'vscode';
import { commands, QuickPickItemKind, window } from 'vscode';
import type { Accounts } from '../accounts.ts';
import type { AccountInfo } from '../account.ts';
import type { ApiKey } from '../../apiKeys/apiKey.ts';
import type { ApiKeys } from '../../apiKeys/apiKeys.ts';
import { planName } from '../planName.ts';
import type { ApiKeyCommands } from '../../apiKeys/ui/apiKeyCommands.ts';
import { formatOwner } from '../../apiKeys/ui/apiKeyCommands.ts';
import type { CodexCliCommands } from '../../codexCli/ui/codexCliCommands.ts';
import { isCodexHere } from '../../codexCli/ui/codexLookup.ts';
import type { StatusBarAccount } from './statusBarAccount.ts';
import { ignoreShownError } from '../../shell/showError.ts';
import type { SignIn } from './signIn/signIn.ts';
import type { SignOut } from './signOut.ts';
import { texts } from './texts.ts';
import { texts as apiKeysTexts } from '../../apiKeys/ui/texts.ts';
import { texts as codexCliTexts } from '../../codexCli/ui/texts.ts';
import { commonTexts } from '../../shell/commonTexts.ts';
import { billingTexts } from '../../shell/billingTexts.ts';

interface MenuItem extends QuickPickItem {
  readonly run?: () => unknown;
}

export interface AccountMenuOptions {
  readonly accounts: Accounts;
  readonly apiKeys: ApiKeys;
  /** Loaded when it is first used. */
  readonly codexCli: () => Promise<CodexCliCommands>;
  readonly signIn: SignIn;
  readonly signOut: SignOut;
  readonly choice: StatusBarAccount;
  readonly keyDialogue: ApiKeyCommands;
}

/** What a person can do with accounts and API keys: a Quick Pick, and the questions around signing out. */
export class AccountMenu {
  readonly #accounts: Accounts;
  readonly #apiKeys: ApiKeys;
  readonly #codexCli: () => Promise<CodexCliCommands>;
  readonly #signIn: SignIn;
  readonly #signOut: SignOut;
  readonly #choice: StatusBarAccount;
  readonly #keyDialogue: ApiKeyCommands;

  constructor(options: AccountMenuOptions) {
    this.#accounts = options.accounts;
    this.#apiKeys = options.apiKeys;
    this.#codexCli = options.codexCli;
    this.#signIn = options.signIn;
    this.#signOut = options.signOut;
    this.#choice = options.choice;
    this.#keyDialogue = options.keyDialogue;
  }

  /** A section for each kind of credential, side by side, and what can be done besides. */
  async show(): Promise<void> {
    const accounts = await this.#accounts.accounts();
    const keys = await this.#apiKeys.list();
    const items = [
      ...this.#accountItems(accounts),
      ...section(apiKeysTexts.section(), this.#keyItems(keys)),
      ...section('', this.#actions(accounts, keys)),
    ];
    await pick(items, texts.title());
  }

  #accountItems(accounts: readonly AccountInfo[]): MenuItem[] {
    const shown = accounts.length > 1 ? this.#choice.of(accounts) : undefined;
    return accounts.map(account => ({
      ...accountItem(account, account === shown),
      run: () => this.#showAccount(account, account === shown || accounts.length < 2),
    }));
  }

  #keyItems(keys: readonly ApiKey[]): MenuItem[] {
    return keys.map(key => ({ ...keyItem(key), run: () => this.#showKey(key) }));
  }

  #actions(accounts: readonly AccountInfo[], keys: readonly ApiKey[]): MenuItem[] {
    const isSignedIn = accounts.length > 0;
    const signOut = { label: `$(sign-out) ${texts.signOutAccount()}`, run: () => this.chooseAndSignOut() };
    const signOutAll = { label: `$(close-all) ${texts.signOutAll()}`, run: () => this.signOutAll() };
    const useCli = {
      label: `$(terminal) ${codexCliTexts.use()}`,
      description: billingTexts.plan(),
      run: () => this.#inCli(progress => progress.connect()),
    };
    const refresh = {
      label: `$(refresh) ${texts.refreshUsage()}`,
      run: () => commands.executeCommand('chatgptSignIn.refreshUsage'),
    };
    return [
      {
        label: `$(add) ${isSignedIn ? texts.addAccount() : texts.signIn()}`,
        description: billingTexts.plan(),
        run: () => this.#signIn.run().catch(ignoreShownError),
      },
      {
        label: `$(add) ${apiKeysTexts.add()}`,
        description: billingTexts.apiKey(),
        run: () => this.#keyDialogue.add().catch(ignoreShownError),
      },
      ...(accounts.some(({ source: from }) => from === 'codexCli') || !isCodexHere() ? [] : [useCli]),
      {
        label: `$(question) ${texts.planOrKey()}`,
        run: () => commands.executeCommand('chatgptSignIn.openWalkthrough', 'planOrKey'),
      },
      ...(isSignedIn ? [signOut] : []),
      ...(accounts.length + keys.length > 1 ? [signOutAll] : []),
      ...(isSignedIn ? [refresh] : []),
      { label: `$(checklist) ${commonTexts.diagnose()}`, run: () => commands.executeCommand('chatgptSignIn.diagnose') },
      { label: `$(output) ${commonTexts.showLog()}`, run: () => commands.executeCommand('chatgptSignIn.showLog') },
    ];
  }

  /** Asks which account where there are several, and once whether to sign out. */
  async chooseAndSignOut(): Promise<void> {
    const accounts = await this.#accounts.accounts();
    if (accounts.length === 0) {
      void window.showInformationMessage(texts.notSignedIn());
      return;
    }
    const account = accounts.length === 1 ? accounts[0] : await chooseAccount(accounts);
    if (account) await this.#confirmAndSignOut(account);
  }

  /** For leaving a machine. */
  async signOutAll(): Promise<void> {
    const choice = await window.showWarningMessage(
      texts.confirmSignOutAll(),
      { modal: true, detail: texts.confirmSignOutAllDetail() },
      texts.disconnectAll(),
    );
    if (choice === texts.disconnectAll()) await this.#signOut.all().catch(ignoreShownError);
  }

  async #showAccount(account: AccountInfo, isInStatusBar: boolean): Promise<void> {
    const items: MenuItem[] = [
      ...(account.state === 'expired'
        ? [{ label: `$(key) ${commonTexts.signInAgain()}`, run: () => this.#signIn.run({ wanted: account.id }).catch(ignoreShownError) }]
        : []),
      ...(isInStatusBar ? [] : [{ label: `$(pulse) ${texts.showInStatusBar()}`, run: () => this.#choice.choose(account) }]),
      { label: `$(sign-out) ${texts.signOutAccount()}`, run: () => this.#confirmAndSignOut(account) },
      ...(account.source === 'codexCli'
        ? [{ label: `$(terminal) ${codexCliTexts.signOutCli()}`, run: () => this.#inCli(progress => progress.confirmAndSignOutCli()) }]
        : []),
    ];
    await pick(items, account.label);
  }

  async #showKey(key: ApiKey): Promise<void> {
    const progress = this.#keyDialogue;
    const items: MenuItem[] = [
      { label: `$(check) ${apiKeysTexts.checkAgain()}`, run: () => progress.check(key).catch(ignoreShownError) },
      { label: `$(replace) ${apiKeysTexts.replace()}`, run: () => progress.replace(key).catch(ignoreShownError) },
      { label: `$(edit) ${apiKeysTexts.rename()}`, run: () => progress.rename(key).catch(ignoreShownError) },
      { label: `$(trash) ${apiKeysTexts.removeItem()}`, run: () => progress.confirmAndRemove(key).catch(ignoreShownError) },
    ];
    await pick(items, key.name);
  }

  async #inCli(act: (progress: CodexCliCommands) => Promise<unknown>): Promise<void> {
    await act(await this.#codexCli()).catch(ignoreShownError);
  }

  async #confirmAndSignOut(account: AccountInfo): Promise<void> {
    if (account.source === 'codexCli') {
      await this.#inCli(progress => progress.confirmAndDisconnect(account));
      return;
    }
    const choice = await window.showWarningMessage(
      texts.confirmSignOut(account.label),
      { modal: true, detail: texts.confirmSignOutDetail() },
      commonTexts.signOut(),
    );
    if (choice === commonTexts.signOut()) await this.#signOut.run(account).catch(ignoreShownError);
  }
}

/** Below a line with its title; nothing where it is empty. */
function section(title: string, items: readonly MenuItem[]): MenuItem[] {
  return items.length > 0 ? [{ label: title, kind: QuickPickItemKind.Separator }, ...items] : [];
}

async function pick(items: MenuItem[], title: string): Promise<void> {
  const choice = await window.showQuickPick(items, { title, placeHolder: texts.placeholder(), matchOnDescription: true });
  await choice?.run?.();
}

async function chooseAccount(accounts: readonly AccountInfo[]): Promise<AccountInfo | undefined> {
  const items = accounts.map(account => ({ ...accountItem(account), account }));
  return (await window.showQuickPick(items, { title: commonTexts.signOut(), placeHolder: texts.chooseAccountToSignOut() }))?.account;
}

/** Plan and workspace beside the label, and below them, where there is room, its state, who pays, and its service. */
function accountItem(account: AccountInfo, isInStatusBar = false): QuickPickItem {
  const { identity, service, state, source: from } = account;
  const about = [
    from === undefined ? undefined : codexCliTexts.via(),
    planName(identity.plan),
    identity.workspaceName === undefined ? undefined : texts.workspace(identity.workspaceName),
  ];
  const details = [
    state === 'expired' ? texts.sessionExpired() : undefined,
    isInStatusBar ? texts.inStatusBar() : undefined,
    service.backendUrl === undefined ? undefined : billingTexts.plan(),
    new URL(service.issuer).host,
  ];
  return {
    label: `$(account) ${account.label}`,
    description: about.filter(part => part !== undefined).join(' · '),
    detail: details.filter(part => part !== undefined).join(' · '),
  };
}

/** Whose it is beside its name, and below, where there is room, its state, who pays, and its API. */
function keyItem({ name, owner, isRefused, apiUrl }: ApiKey): QuickPickItem {
  const details = [isRefused ? apiKeysTexts.invalidItem() : undefined, billingTexts.apiKey(), new URL(apiUrl).host];
  return {
    label: `$(key) ${name}`,
    description: formatOwner(owner) ?? '',
    detail: details.filter(part => part !== undefined).join(' · '),
  };
}
