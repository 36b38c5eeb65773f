import { commands, window } from 'vscode';
import { commonTexts } from '../../shell/commonTexts.ts';
import { ignoreShownError } from '../../shell/commands.ts';
import type { AccountInfo } from '../account.ts';
import { chatGptProviderId } from '../account.ts';
import type { Accounts } from '../accounts.ts';
import type { MenuItem, MenuSection } from './menu.ts';
import { accountItem } from './menuSection.ts';
import { pick, titled } from './menu.ts';
import type { SignOut } from './signOut.ts';
import { texts } from './texts.ts';

export interface AccountMenuOptions {
  readonly accounts: Accounts;
  readonly sections: readonly (() => Promise<MenuSection>)[];
  readonly signOut: SignOut;
}

/** The account menu: a Quick Pick with a section for each kind of credential, and the confirmations of signing out. */
export class AccountMenu {
  readonly #accounts: Accounts;
  readonly #sections: readonly (() => Promise<MenuSection>)[];
  readonly #signOut: SignOut;

  constructor({ accounts, sections, signOut }: AccountMenuOptions) {
    this.#accounts = accounts;
    this.#sections = sections;
    this.#signOut = signOut;
  }

  async show(): Promise<void> {
    const sections = await Promise.all(
      this.#sections.map(async load => {
        const section = await load();
        return { title: section.title, items: await section.items(), additions: await section.additions() };
      }),
    );
    const rows = sections.flatMap(({ items }) => items).length;
    const isSignedIn = (await this.#accounts.list(chatGptProviderId)).length > 0;
    const items = [
      ...sections.filter(({ title }) => title === undefined).flatMap(section => section.items),
      ...sections.flatMap(section => (section.title === undefined ? [] : titled(section.title, section.items))),
      ...titled('', [...sections.flatMap(({ additions }) => additions), ...this.#actions(isSignedIn, rows)]),
    ];
    await pick(items, texts.title());
  }

  #actions(isSignedIn: boolean, rows: number): MenuItem[] {
    const command = (label: string, name: string, ...args: unknown[]): MenuItem => ({
      label,
      run: () => commands.executeCommand(`chatgptSignIn.${name}`, ...args),
    });
    const signOut = { label: `$(sign-out) ${texts.signOutAccount()}`, run: () => this.chooseAndSignOut() };
    const signOutAll = { label: `$(close-all) ${texts.signOutAll()}`, run: () => this.disconnectAll() };
    return [
      command(`$(question) ${texts.planOrKey()}`, 'openWalkthrough', 'planOrKey'),
      ...(isSignedIn ? [signOut] : []),
      ...(rows > 1 ? [signOutAll] : []),
      ...(isSignedIn ? [command(`$(refresh) ${texts.refreshUsage()}`, 'refreshUsage')] : []),
      command(`$(checklist) ${commonTexts.diagnose()}`, 'diagnose'),
      command(`$(output) ${commonTexts.showLog()}`, 'showLog'),
    ];
  }

  /** Asks which account where there are several, then for confirmation. */
  async chooseAndSignOut(): Promise<void> {
    const accounts = await this.#accounts.list(chatGptProviderId);
    if (accounts.length === 0) {
      void window.showInformationMessage(texts.notSignedIn());
      return;
    }
    const account = accounts.length === 1 ? accounts[0] : await chooseAccount(accounts);
    if (account) await this.#accounts.actions(account).confirmAndSignOut(account).catch(ignoreShownError);
  }

  /** Before a computer is handed over. */
  async disconnectAll(): Promise<void> {
    const choice = await window.showWarningMessage(
      texts.confirmSignOutAll(),
      { modal: true, detail: texts.confirmSignOutAllDetail() },
      texts.disconnectAll(),
    );
    if (choice === texts.disconnectAll()) await this.#signOut.all().catch(ignoreShownError);
  }
}

async function chooseAccount(accounts: readonly AccountInfo[]): Promise<AccountInfo | undefined> {
  const items = accounts.map(account => ({ ...accountItem(account), account }));
  return (await window.showQuickPick(items, { title: commonTexts.signOut(), placeHolder: texts.chooseAccountToSignOut() }))?.account;
}
