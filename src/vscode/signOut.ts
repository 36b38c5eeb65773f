import { ProgressLocation, window } from 'vscode';
import type { Account } from '../custody/account.ts';
import type { Custody } from '../custody/custody.ts';
import { asSignInError } from '../oauth/errors.ts';
import type { Log } from '../oauth/host.ts';
import type { Activity } from './activity.ts';
import { newFlowId } from './flowId.ts';
import { showError } from './showError.ts';
import { texts } from './texts.ts';

/** Signing out, whoever asked for it: the account is gone at once, and what became of its session is said. */
export class SignOut {
  readonly #options: { custody: Custody; log: Log; activity: Activity };

  constructor(options: { custody: Custody; log: Log; activity: Activity }) {
    this.#options = options;
  }

  /** @throws SignInError where the record could not even be marked, after it was shown */
  async run(account: Account): Promise<void> {
    const flowId = newFlowId();
    const { custody, log, activity } = this.#options;
    log.info('sign-out', { flow: flowId });
    const done = activity.begin('signingOut');
    try {
      const revoked = await window.withProgress({ location: ProgressLocation.Window, title: texts.signingOut() }, () =>
        custody.disconnect(account.hash, { flowId }),
      );
      log.info('signed out', { flow: flowId, revoked });
      if (revoked) void window.showInformationMessage(texts.signedOut(account.label));
      else void window.showWarningMessage(texts.signedOutUnrevoked(account.label));
    } catch (error) {
      log.error('sign-out failed', error, { flow: flowId });
      void showError(asSignInError(error).code);
      throw error;
    } finally {
      done();
    }
  }
}
