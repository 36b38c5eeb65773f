import { ProgressLocation, window } from 'vscode';
import type { Accounts } from '../accounts.ts';
import type { AccountInfo } from '../account.ts';
import type { AccountStore } from '../store/accountStore.ts';
import { asAppError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import type { UsageStore } from '../../usage/polling/usageStore.ts';
import type { SignInActivity } from './activity.ts';
import type { CodexCliCommands } from '../../codexCli/ui/codexCliCommands.ts';
import { newCorrelationId } from '../../shell/correlationId.ts';
import { showError } from '../../shell/showError.ts';
import { texts } from './texts.ts';
import { texts as codexCliTexts } from '../../codexCli/ui/texts.ts';

export interface SignOutOptions {
  readonly custody: AccountStore;
  readonly accounts: Pick<Accounts, 'disconnectCodexCli'>;
  /** Loaded when it is first used. */
  readonly codexCli: () => Promise<CodexCliCommands>;
  readonly store: Pick<UsageStore, 'forgetAll'>;
  readonly log: Log;
  readonly activity: SignInActivity;
}

/** Signing out, whoever asked for it: the account is gone at once, and what became of its session is said. */
export class SignOut {
  readonly #options: SignOutOptions;

  constructor(options: SignOutOptions) {
    this.#options = options;
  }

  /** @throws AppError where the record could not even be marked, after it was shown */
  async run(account: AccountInfo): Promise<void> {
    if (account.source === 'codexCli') {
      await (await this.#options.codexCli()).disconnect(account);
      return;
    }
    await this.#run(async correlationId => {
      const isRevoked = await this.#options.custody.disconnect(account.hash, { correlationId });
      this.#options.log.info('signed out', { flow: correlationId, isRevoked });
      if (isRevoked) void window.showInformationMessage(texts.signedOut(account.label));
      else void window.showWarningMessage(texts.signedOutUnrevoked(account.label));
    });
  }

  /** Everybody, with every record, key and history. @throws AppError, after it was shown */
  async all(): Promise<void> {
    await this.#run(async correlationId => {
      const { custody, accounts, store } = this.#options;
      const wasBorrowed = await accounts.disconnectCodexCli();
      const { revoked, unrevoked } = await custody.disconnectAll({ correlationId });
      // Also of accounts that went while no window was there to notice.
      await store.forgetAll();
      this.#options.log.info('signed everybody out', { flow: correlationId, revoked, unrevoked });
      const done = unrevoked === 0 ? texts.allSignedOut() : texts.allSignedOutUnrevoked(unrevoked);
      const text = wasBorrowed ? `${done} ${codexCliTexts.cliStaysSignedIn()}` : done;
      void (unrevoked === 0 ? window.showInformationMessage(text) : window.showWarningMessage(text));
    });
  }

  async #run(leave: (correlationId: string) => Promise<void>): Promise<void> {
    const correlationId = newCorrelationId();
    const { log, activity } = this.#options;
    log.info('sign-out', { flow: correlationId });
    const done = activity.begin('signingOut');
    try {
      await window.withProgress({ location: ProgressLocation.Window, title: texts.signingOut() }, () => leave(correlationId));
    } catch (error) {
      log.error('sign-out failed', error, { flow: correlationId });
      void showError(asAppError(error).code);
      throw error;
    } finally {
      done();
    }
  }
}
