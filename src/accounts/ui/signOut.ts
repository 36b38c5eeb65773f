import { ProgressLocation, window } from 'vscode';
import { asAppError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { commonTexts } from '../../shell/commonTexts.ts';
import { newCorrelationId } from '../../shell/correlationId.ts';
import { showError } from '../../shell/showError.ts';
import type { AccountInfo } from '../account.ts';
import type { Accounts } from '../accounts.ts';
import type { AccountStore } from '../store/accountStore.ts';
import type { SignInActivity } from './activity.ts';
import { texts } from './texts.ts';

export interface SignOutOptions {
  readonly store: AccountStore;
  readonly accounts: Pick<Accounts, 'disconnectAll'>;
  readonly log: Log;
  readonly activity: SignInActivity;
}

/** Signs out of accounts that are signed in here: removes the account at once, and shows whether its session was revoked. */
export class SignOut {
  readonly #options: SignOutOptions;

  constructor(options: SignOutOptions) {
    this.#options = options;
  }

  /** @throws AppError after it was shown */
  async confirmAndRun(account: AccountInfo): Promise<void> {
    const choice = await window.showWarningMessage(
      texts.confirmSignOut(account.label),
      { modal: true, detail: texts.confirmSignOutDetail() },
      commonTexts.signOut(),
    );
    if (choice === commonTexts.signOut()) await this.run(account);
  }

  /** @throws AppError after it was shown: the record could not be marked as signing out */
  async run(account: AccountInfo): Promise<void> {
    await this.#run(async correlationId => {
      const isRevoked = await this.#options.store.disconnect(account.hash, { correlationId });
      this.#options.log.info('signed out', { flow: correlationId, isRevoked });
      if (isRevoked) void window.showInformationMessage(texts.signedOut(account.label));
      else void window.showWarningMessage(texts.signedOutUnrevoked(account.label));
    });
  }

  /** Everything of every source, with every record, key and history. @throws AppError after it was shown */
  async all(): Promise<void> {
    await this.#run(async correlationId => {
      const { revoked, unrevoked, note } = await this.#options.accounts.disconnectAll(correlationId);
      this.#options.log.info('disconnected all accounts', { flow: correlationId, revoked, unrevoked });
      const done = unrevoked === 0 ? texts.allSignedOut() : texts.allSignedOutUnrevoked(unrevoked);
      const text = note === undefined ? done : `${done} ${note}`;
      void (unrevoked === 0 ? window.showInformationMessage(text) : window.showWarningMessage(text));
    });
  }

  async #run(signOut: (correlationId: string) => Promise<void>): Promise<void> {
    const correlationId = newCorrelationId();
    const { log, activity } = this.#options;
    log.info('sign-out', { flow: correlationId });
    const done = activity.begin('signingOut');
    try {
      await window.withProgress({ location: ProgressLocation.Window, title: texts.signingOut() }, () => signOut(correlationId));
    } catch (error) {
      log.error('sign-out failed', error, { flow: correlationId });
      void showError(asAppError(error).code);
      throw error;
    } finally {
      done();
    }
  }
}
