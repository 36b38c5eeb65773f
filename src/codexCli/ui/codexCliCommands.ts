import { join } from 'node:path';
import type { ExtensionContext } from 'vscode';
import { ProgressLocation, window } from 'vscode';
import type { BorrowedAccount } from '../codexAccount.ts';
import type { BorrowedAccounts } from '../codexAccounts.ts';
import { codexHome, sessionFileName } from '../authFile.ts';
import type { AnyAccount } from '../../accounts/account.ts';
import type { SignInErrorCode } from '../../base/errors.ts';
import { asSignInError, SignInError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import type { CodexSignIn } from './codexSignIn.ts';
import { isCodexHere } from './codexLookup.ts';
import { codexCliService } from '../../shell/settings.ts';
import { showError, wasShown } from '../../shell/showError.ts';
import { texts } from './texts.ts';

export interface CodexCliDialogueOptions {
  readonly borrowed: BorrowedAccounts;
  readonly signIn: () => Promise<Pick<CodexSignIn, 'run'>>;
  readonly log: Log;
  /** Our own name and version. */
  readonly originator: string;
  readonly context: Pick<ExtensionContext, 'globalState'>;
}

const modeNoticed = 'codexFileModeNoticed';

/** Using the Codex CLI's sign-in, and giving it up: what is asked, and what is said of it. */
export class CodexCliDialogue {
  readonly #options: CodexCliDialogueOptions;

  constructor(options: CodexCliDialogueOptions) {
    this.#options = options;
  }

  /** Asks for the consent, unless it was given, and borrows. @throws SignInError, after it was shown */
  connect(): Promise<BorrowedAccount> {
    return this.#run('connect', async () => {
      const { borrowed } = this.#options;
      if (!borrowed.isAgreed) await this.#askForConsent();
      const account = await window.withProgress({ location: ProgressLocation.Window, title: texts.connecting() }, () => borrowed.connect());
      // One at a time: a message that goes moves the other away from under the pointer.
      if (borrowed.isReadableByOthers) void this.#pointOutMode();
      else void window.showInformationMessage(texts.connected(account.label));
      return account;
    });
  }

  /** Has the CLI sign in, and borrows from it then. @throws SignInError, after it was shown */
  async signInCli(): Promise<BorrowedAccount> {
    await (await this.#options.signIn()).run();
    return this.connect();
  }

  /** @throws SignInError, after it was shown */
  async confirmAndForget(account: AnyAccount): Promise<void> {
    const choice = await window.showWarningMessage(
      texts.confirmDisconnect(account.label),
      { modal: true, detail: texts.confirmDisconnectDetail() },
      texts.disconnect(),
    );
    if (choice === texts.disconnect()) await this.forget(account);
  }

  /** Forgets the account here; signing the CLI out is offered beside it. @throws SignInError, after it was shown */
  forget(account: AnyAccount): Promise<void> {
    return this.#run('forget', async () => {
      await this.#options.borrowed.forget();
      void this.#tellForgotten(account);
    });
  }

  /** @throws SignInError, after it was shown */
  async confirmAndSignOutCli(): Promise<void> {
    const choice = await window.showWarningMessage(
      texts.confirmSignOutCli(),
      { modal: true, detail: texts.confirmSignOutCliDetail() },
      texts.signOutOfCli(),
    );
    if (choice !== texts.signOutOfCli()) return;
    await this.#run('logout', async () => {
      await window.withProgress({ location: ProgressLocation.Window, title: texts.connecting() }, () =>
        this.#options.borrowed.signOutCli(),
      );
      void window.showInformationMessage(texts.cliSignedOut());
    });
  }

  /** Once in the life of this installation, while the CLI's sign-in is used: it goes on working. */
  async pointOutModeOnce(): Promise<void> {
    if (this.#options.context.globalState.get(modeNoticed) !== true) await this.#pointOutMode();
  }

  async #pointOutMode(): Promise<void> {
    const { borrowed, log, context } = this.#options;
    if (!borrowed.isReadableByOthers) return;
    await context.globalState.update(modeNoticed, true);
    const file = join(codexHome(process.env), sessionFileName);
    const choice = await window.showWarningMessage(texts.readableByOthers(file), texts.restrictPermissions());
    if (choice === undefined) return;
    try {
      borrowed.mendMode();
      void window.showInformationMessage(texts.permissionsRestricted());
    } catch (error) {
      log.error('the mode of the session file could not be changed', error);
      void window.showErrorMessage(texts.permissionsUnchanged());
    }
  }

  /** @throws SignInError `cancelled`, `codexNotFound` */
  async #askForConsent(): Promise<void> {
    if (!isCodexHere()) throw new SignInError('codexNotFound');
    const { host } = new URL(codexCliService(this.#options.originator).backendUrl ?? '');
    const choice = await window.showInformationMessage(
      texts.confirmUse(),
      { modal: true, detail: texts.confirmUseDetail(codexHome(process.env), host) },
      texts.confirm(),
    );
    if (choice === undefined) throw new SignInError('cancelled');
  }

  async #tellForgotten({ label }: AnyAccount): Promise<void> {
    const choice = await window.showInformationMessage(texts.disconnected(label), texts.signOutCli());
    if (choice !== undefined) await this.confirmAndSignOutCli().catch(wasShown);
  }

  async #show(code: SignInErrorCode, what: string): Promise<void> {
    // Where the CLI is signed out or failed, the same may succeed the next time.
    if ((await showError(code)) === 'retry' && what === 'connect') await this.connect().catch(wasShown);
  }

  async #run<T>(what: string, work: () => Promise<T>): Promise<T> {
    const { log } = this.#options;
    try {
      const result = await work();
      log.info('Codex CLI', { what });
      return result;
    } catch (error) {
      const { code } = asSignInError(error);
      if (code !== 'cancelled') {
        log.error('Codex CLI', error, { what });
        void this.#show(code, what);
      }
      throw error;
    }
  }
}
