import { ProgressLocation, window } from 'vscode';
import type { Accounts } from '../accounts.ts';
import type { AnyAccount } from '../account.ts';
import type { Custody } from '../store/accountStore.ts';
import { asSignInError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import type { UsageStore } from '../../usage/polling/usageStore.ts';
import type { Activity } from './activity.ts';
import type { CodexCliDialogue } from '../../codexCli/ui/codexCliCommands.ts';
import { newFlowId } from '../../shell/correlationId.ts';
import { showError } from '../../shell/showError.ts';
import { texts } from './texts.ts';
import { texts as codexCliTexts } from '../../codexCli/ui/texts.ts';

export interface SignOutOptions {
  readonly custody: Custody;
  readonly accounts: Pick<Accounts, 'forgetBorrowed'>;
  /** Loaded when it is first used. */
  readonly codexCli: () => Promise<CodexCliDialogue>;
  readonly store: Pick<UsageStore, 'forgetAll'>;
  readonly log: Log;
  readonly activity: Activity;
}

/** Signing out, whoever asked for it: the account is gone at once, and what became of its session is said. */
export class SignOut {
  readonly #options: SignOutOptions;

  constructor(options: SignOutOptions) {
    this.#options = options;
  }

  /** @throws SignInError where the record could not even be marked, after it was shown */
  async run(account: AnyAccount): Promise<void> {
    if (account.from === 'codexCli') {
      await (await this.#options.codexCli()).forget(account);
      return;
    }
    await this.#run(async flowId => {
      const isRevoked = await this.#options.custody.disconnect(account.hash, { flowId });
      this.#options.log.info('signed out', { flow: flowId, isRevoked });
      if (isRevoked) void window.showInformationMessage(texts.signedOut(account.label));
      else void window.showWarningMessage(texts.signedOutUnrevoked(account.label));
    });
  }

  /** Everybody, with every record, key and history. @throws SignInError, after it was shown */
  async all(): Promise<void> {
    await this.#run(async flowId => {
      const { custody, accounts, store } = this.#options;
      const wasBorrowed = await accounts.forgetBorrowed();
      const { revoked, unrevoked } = await custody.disconnectAll({ flowId });
      // Also of accounts that went while no window was there to notice.
      await store.forgetAll();
      this.#options.log.info('signed everybody out', { flow: flowId, revoked, unrevoked });
      const done = unrevoked === 0 ? texts.allSignedOut() : texts.allSignedOutUnrevoked(unrevoked);
      const text = wasBorrowed ? `${done} ${codexCliTexts.cliStaysSignedIn()}` : done;
      void (unrevoked === 0 ? window.showInformationMessage(text) : window.showWarningMessage(text));
    });
  }

  async #run(leave: (flowId: string) => Promise<void>): Promise<void> {
    const flowId = newFlowId();
    const { log, activity } = this.#options;
    log.info('sign-out', { flow: flowId });
    const done = activity.begin('signingOut');
    try {
      await window.withProgress({ location: ProgressLocation.Window, title: texts.signingOut() }, () => leave(flowId));
    } catch (error) {
      log.error('sign-out failed', error, { flow: flowId });
      void showError(asSignInError(error).code);
      throw error;
    } finally {
      done();
    }
  }
}
