import { join } from 'node:path';
import type { ExtensionContext } from 'vscode';
import { ProgressLocation, window } from 'vscode';
import { codexAccountInfo } from '../codexAccount.ts';
import type { CodexAccounts } from '../codexAccounts.ts';
import { codexHome, authFileName } from '../authFile.ts';
import type { AccountInfo } from '../../accounts/account.ts';
import type { ErrorCode } from '../../base/errors.ts';
import { asAppError, AppError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import type { CodexSignIn } from './codexSignIn.ts';
import { isCodexHere } from './codexLookup.ts';
import { cliService } from './cliService.ts';
import { ignoreShownError } from '../../shell/commands.ts';
import { showError } from '../../shell/showError.ts';
import { texts } from './texts.ts';

export interface CodexCliCommandsOptions {
  readonly accounts: CodexAccounts;
  readonly signIn: () => Promise<Pick<CodexSignIn, 'run'>>;
  readonly log: Log;
  /** Our own name and version. */
  readonly originator: string;
  readonly context: Pick<ExtensionContext, 'globalState'>;
}

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

  /** @throws AppError, after it was shown */
  async confirmAndSignOutCli(): Promise<void> {
    const choice = await window.showWarningMessage(
      texts.confirmSignOutCli(),
      { modal: true, detail: texts.confirmSignOutCliDetail() },
      texts.signOutOfCli(),
    );
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
    const choice = await window.showWarningMessage(texts.readableByOthers(file), texts.restrictPermissions());
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
    const { host } = new URL(cliService(this.#options.originator).backendUrl ?? '');
    const choice = await window.showInformationMessage(
      texts.confirmUse(),
      { modal: true, detail: texts.confirmUseDetail(codexHome(process.env), host) },
      texts.confirm(),
    );
    if (choice === undefined) throw new AppError('cancelled');
  }

  async #showDisconnected({ label }: AccountInfo): Promise<void> {
    const choice = await window.showInformationMessage(texts.disconnected(label), texts.signOutCli());
    if (choice !== undefined) await this.confirmAndSignOutCli().catch(ignoreShownError);
  }

  async #show(code: ErrorCode, what: string): Promise<void> {
    // A retry may succeed once the CLI works or is signed in.
    if ((await showError(code)) === 'retry' && what === 'connect') await this.connect().catch(ignoreShownError);
  }

  async #run<T>(what: string, work: () => Promise<T>): Promise<T> {
    const { log } = this.#options;
    try {
      const result = await work();
      log.info('Codex CLI', { what });
      return result;
    } catch (error) {
      const { code } = asAppError(error);
      if (code !== 'cancelled') {
        log.error('Codex CLI', error, { what });
        void this.#show(code, what);
      }
      throw error;
    }
  }
}
