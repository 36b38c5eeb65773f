import { join } from 'node:path';
import type { ExtensionContext } from 'vscode';
import { ProgressLocation, window } from 'vscode';
import { codexAccountInfo } from '../codexAccount.ts';
import type { CodexAccounts } from '../codexAccounts.ts';
import { codexHome, authFileName } from '../authFile.ts';
import type { AccountInfo } from '../../accounts/account.ts';
import { chatGptProviderId } from '../../accounts/account.ts';
import type { Accounts } from '../../accounts/accounts.ts';
import type { DisconnectResult } from '../../accounts/accountSource.ts';
import { isSamePerson } from '../../accounts/samePerson.ts';
import type { ErrorFacts } from '../../base/errors.ts';
import { asAppError, AppError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { plainText } from '../../base/plainText.ts';
import { hostOf } from '../../base/url.ts';
import type { CodexSignIn } from './codexSignIn.ts';
import { isCodexHere } from './codexLookup.ts';
import { cliService } from './cliService.ts';
import { ignoreShownError } from '../../shell/commands.ts';
import { showError } from '../../shell/showError.ts';
import { texts } from './texts.ts';

export interface CodexCliCommandsOptions {
  readonly accounts: CodexAccounts;
  readonly registry: Pick<Accounts, 'list'>;
  readonly signIn: () => Promise<Pick<CodexSignIn, 'run'>>;
  readonly log: Log;
  /** Our own name and version. */
  readonly originator: string;
  readonly context: Pick<ExtensionContext, 'globalState'>;
}

const longestPath = 400;
const permissionsWarned = 'codexFileModeNoticed';

/** Connects to the Codex CLI's account and disconnects from it, with its questions and messages. */
export class CodexCliCommands {
  readonly #options: CodexCliCommandsOptions;

  constructor(options: CodexCliCommandsOptions) {
    this.#options = options;
  }

  /** Asks for consent unless the person gave it before, and connects to the CLI's account. @throws AppError, after it was shown */
  connect(): Promise<AccountInfo> {
    return this.#run('connect', async () => {
      const { accounts } = this.#options;
      if (!accounts.hasConsent) await this.#askForConsent();
      const progress = { location: ProgressLocation.Window, title: texts.connecting() };
      const account = codexAccountInfo(await window.withProgress(progress, () => accounts.connect()));
      // One message at a time: when VS Code closes one, the other moves away from under the pointer.
      if (accounts.isReadableByOthers) void this.#warnAboutPermissions();
      else void window.showInformationMessage(texts.connected(account.label));
      return account;
    });
  }

  /** Has the CLI sign in, and connects to its account then. @throws AppError, after it was shown */
  async signInCli(): Promise<AccountInfo> {
    await (await this.#options.signIn()).run();
    return this.connect();
  }

  /** @throws AppError, after it was shown */
  async confirmAndDisconnect(account: AccountInfo): Promise<void> {
    const choice = await window.showWarningMessage(
      texts.confirmDisconnect(account.label),
      { modal: true, detail: texts.confirmDisconnectDetail() },
      texts.disconnect(),
    );
    if (choice === texts.disconnect()) await this.disconnect(account);
  }

  /** Removes the account here, and offers to sign the CLI out too. @throws AppError, after it was shown */
  disconnect(account: AccountInfo): Promise<void> {
    return this.#run('forget', async () => {
      await this.#options.accounts.disconnect();
      void this.#showDisconnected(account);
    });
  }

  /** Together with every other account. Shows nothing. */
  async disconnectWithAll(): Promise<DisconnectResult> {
    const isShared = (await this.#endingWith(await this.#account())).length > 0;
    await this.#options.accounts.disconnect();
    return { revoked: 0, unrevoked: 0, note: isShared ? texts.cliMayHaveEnded() : texts.cliStaysSignedIn() };
  }

  /** @param disconnected the account, where it is not in use any more. @throws AppError, after it was shown */
  async confirmAndSignOutCli(disconnected?: AccountInfo): Promise<void> {
    const others = await this.#endingWith(disconnected ?? (await this.#account()));
    const detail = [texts.confirmSignOutCliDetail(), ...(others.length > 0 ? [texts.mayEndHere(others.join(', '))] : [])].join(' ');
    const choice = await window.showWarningMessage(texts.confirmSignOutCli(), { modal: true, detail }, texts.signOutOfCli());
    if (choice !== texts.signOutOfCli()) return;
    await this.#run('logout', async () => {
      await window.withProgress({ location: ProgressLocation.Window, title: texts.connecting() }, () =>
        this.#options.accounts.signOutCli(),
      );
      void window.showInformationMessage(texts.cliSignedOut());
    });
  }

  /** Warns once in the life of this installation; the CLI's sign-in stays in use. */
  async warnAboutPermissionsOnce(): Promise<void> {
    if (this.#options.context.globalState.get(permissionsWarned) !== true) await this.#warnAboutPermissions();
  }

  async #warnAboutPermissions(): Promise<void> {
    const { accounts, log, context } = this.#options;
    if (!accounts.isReadableByOthers) return;
    await context.globalState.update(permissionsWarned, true);
    const file = join(codexHome(process.env), authFileName);
    const choice = await window.showWarningMessage(texts.readableByOthers(plainText(file, longestPath)), texts.restrictPermissions());
    if (choice === undefined) return;
    try {
      accounts.restrictPermissions();
      void window.showInformationMessage(texts.permissionsRestricted());
    } catch (error) {
      log.error('the mode of the session file could not be changed', error);
      void window.showErrorMessage(texts.permissionsUnchanged());
    }
  }

  /** @throws AppError `cancelled`, `codexNotFound` */
  async #askForConsent(): Promise<void> {
    if (!isCodexHere()) throw new AppError('codexNotFound');
    const host = hostOf(cliService(this.#options.originator).backendUrl ?? '');
    const choice = await window.showInformationMessage(
      texts.confirmUse(),
      { modal: true, detail: texts.confirmUseDetail(plainText(codexHome(process.env), longestPath), host) },
      texts.confirm(),
    );
    if (choice === undefined) throw new AppError('cancelled');
  }

  /** The labels of the accounts here whose sessions may end with the CLI's. */
  async #endingWith(account: AccountInfo | undefined): Promise<readonly string[]> {
    if (!account) return [];
    const all = await this.#options.registry.list(chatGptProviderId);
    return all.filter(each => each.source !== account.source && !each.isExpired && isSamePerson(each, account)).map(({ label }) => label);
  }

  async #account(): Promise<AccountInfo | undefined> {
    const [account] = await this.#options.accounts.accounts();
    return account && codexAccountInfo(account);
  }

  async #showDisconnected(account: AccountInfo): Promise<void> {
    const choice = await window.showInformationMessage(texts.disconnected(account.label), texts.signOutCli());
    if (choice !== undefined) await this.confirmAndSignOutCli(account).catch(ignoreShownError);
  }

  async #show(error: ErrorFacts, what: string): Promise<void> {
    // A retry may succeed once the CLI works or is signed in.
    if ((await showError(error)) === 'retry' && what === 'connect') await this.connect().catch(ignoreShownError);
  }

  async #run<T>(what: string, work: () => Promise<T>): Promise<T> {
    const { log } = this.#options;
    try {
      const result = await work();
      log.info('Codex CLI', { what });
      return result;
    } catch (error) {
      const failure = asAppError(error);
      if (failure.code !== 'cancelled') {
        log.error('Codex CLI', error, { what });
        void this.#show(failure, what);
      }
      throw error;
    }
  }
}
