import type { QuickPickItem } from 'vscode';
import { commands, QuickPickItemKind, window } from 'vscode';
import type { Accounts } from '../accounts.ts';
import type { AnyAccount } from '../account.ts';
import type { ApiKey } from '../../apiKeys/apiKey.ts';
import type { ApiKeys } from '../../apiKeys/apiKeys.ts';
import { planName } from '../planName.ts';
import type { ApiKeyDialogue } from '../../apiKeys/ui/apiKeyCommands.ts';
import { ownerWords } from '../../apiKeys/ui/apiKeyCommands.ts';
import type { CodexCliDialogue } from '../../codexCli/ui/codexCliCommands.ts';
import { isCodexHere } from '../../codexCli/ui/codexLookup.ts';
import type { ChosenAccount } from './statusBarAccount.ts';
import { wasShown } from '../../shell/showError.ts';
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
  readonly codexCli: () => Promise<CodexCliDialogue>;
  readonly signIn: SignIn;
  readonly signOut: SignOut;
  readonly choice: ChosenAccount;
  readonly keyDialogue: ApiKeyDialogue;
}

/** What a person can do with accounts and API keys: a Quick Pick, and the questions around signing out. */
export class AccountMenu {
  readonly #accounts: Accounts;
  readonly #apiKeys: ApiKeys;
  readonly #codexCli: () => Promise<CodexCliDialogue>;
  readonly #signIn: SignIn;
  readonly #signOut: SignOut;
  readonly #choice: ChosenAccount;
  readonly #keyDialogue: ApiKeyDialogue;

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

  #accountItems(accounts: readonly AnyAccount[]): MenuItem[] {
    const shown = accounts.length > 1 ? this.#choice.of(accounts) : undefined;
    return accounts.map(account => ({
      ...accountItem(account, account === shown),
      run: () => this.#showAccount(account, account === shown || accounts.length < 2),
    }));
  }

  #keyItems(keys: readonly ApiKey[]): MenuItem[] {
    return keys.map(key => ({ ...keyItem(key), run: () => this.#showKey(key) }));
  }

  #actions(accounts: readonly AnyAccount[], keys: readonly ApiKey[]): MenuItem[] {
    const isSignedIn = accounts.length > 0;
    const signOut = { label: `$(sign-out) ${texts.signOutAccount()}`, run: () => this.chooseAndSignOut() };
    const signOutAll = { label: `$(close-all) ${texts.signOutAll()}`, run: () => this.signOutAll() };
    const useCli = {
      label: `$(terminal) ${codexCliTexts.use()}`,
      description: billingTexts.plan(),
      run: () => this.#inCli(dialogue => dialogue.connect()),
    };
    const refresh = {
      label: `$(refresh) ${texts.refreshUsage()}`,
      run: () => commands.executeCommand('chatgptSignIn.refreshUsage'),
    };
    return [
      {
        label: `$(add) ${isSignedIn ? texts.addAccount() : texts.signIn()}`,
        description: billingTexts.plan(),
        run: () => this.#signIn.run().catch(wasShown),
      },
      { label: `$(add) ${apiKeysTexts.add()}`, description: billingTexts.apiKey(), run: () => this.#keyDialogue.add().catch(wasShown) },
      ...(accounts.some(({ from }) => from === 'codexCli') || !isCodexHere() ? [] : [useCli]),
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
    if (choice === texts.disconnectAll()) await this.#signOut.all().catch(wasShown);
  }

  async #showAccount(account: AnyAccount, isInStatusBar: boolean): Promise<void> {
    const items: MenuItem[] = [
      ...(account.state === 'ended'
        ? [{ label: `$(key) ${commonTexts.signInAgain()}`, run: () => this.#signIn.run({ wanted: account.id }).catch(wasShown) }]
        : []),
      ...(isInStatusBar ? [] : [{ label: `$(pulse) ${texts.showInStatusBar()}`, run: () => this.#choice.choose(account) }]),
      { label: `$(sign-out) ${texts.signOutAccount()}`, run: () => this.#confirmAndSignOut(account) },
      ...(account.from === 'codexCli'
        ? [{ label: `$(terminal) ${codexCliTexts.signOutCli()}`, run: () => this.#inCli(dialogue => dialogue.confirmAndSignOutCli()) }]
        : []),
    ];
    await pick(items, account.label);
  }

  async #showKey(key: ApiKey): Promise<void> {
    const dialogue = this.#keyDialogue;
    const items: MenuItem[] = [
      { label: `$(check) ${apiKeysTexts.checkAgain()}`, run: () => dialogue.check(key).catch(wasShown) },
      { label: `$(replace) ${apiKeysTexts.replace()}`, run: () => dialogue.replace(key).catch(wasShown) },
      { label: `$(edit) ${apiKeysTexts.rename()}`, run: () => dialogue.rename(key).catch(wasShown) },
      { label: `$(trash) ${apiKeysTexts.removeItem()}`, run: () => dialogue.confirmAndRemove(key).catch(wasShown) },
    ];
    await pick(items, key.name);
  }

  async #inCli(act: (dialogue: CodexCliDialogue) => Promise<unknown>): Promise<void> {
    await act(await this.#codexCli()).catch(wasShown);
  }

  async #confirmAndSignOut(account: AnyAccount): Promise<void> {
    if (account.from === 'codexCli') {
      await this.#inCli(dialogue => dialogue.confirmAndForget(account));
      return;
    }
    const choice = await window.showWarningMessage(
      texts.confirmSignOut(account.label),
      { modal: true, detail: texts.confirmSignOutDetail() },
      commonTexts.signOut(),
    );
    if (choice === commonTexts.signOut()) await this.#signOut.run(account).catch(wasShown);
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

async function chooseAccount(accounts: readonly AnyAccount[]): Promise<AnyAccount | undefined> {
  const items = accounts.map(account => ({ ...accountItem(account), account }));
  return (await window.showQuickPick(items, { title: commonTexts.signOut(), placeHolder: texts.chooseAccountToSignOut() }))?.account;
}

/** Plan and workspace beside the label, and below them, where there is room, its state, who pays, and its service. */
function accountItem(account: AnyAccount, isInStatusBar = false): QuickPickItem {
  const { identity, service, state, from } = account;
  const about = [
    from === undefined ? undefined : codexCliTexts.via(),
    planName(identity.plan),
    identity.workspaceName === undefined ? undefined : texts.workspace(identity.workspaceName),
  ];
  const details = [
    state === 'ended' ? texts.sessionExpired() : undefined,
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
    description: ownerWords(owner) ?? '',
    detail: details.filter(part => part !== undefined).join(' · '),
  };
}
