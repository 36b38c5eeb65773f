import { ProgressLocation, window } from 'vscode';
import { asAppError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { commonTexts } from '../../shell/commonTexts.ts';
import { newCorrelationId } from '../../shell/correlationId.ts';
import { showError } from '../../shell/showError.ts';
import type { AccountInfo } from '../account.ts';
import { chatGptProviderId } from '../account.ts';
import type { Accounts } from '../accounts.ts';
import type { DisconnectResult } from '../accountSource.ts';
import { isSamePerson } from '../samePerson.ts';
import type { AccountStore } from '../store/accountStore.ts';
import type { SignOutResult } from '../store/revokeAndDelete.ts';
import type { SignedInAccounts } from '../store/signedInAccounts.ts';
import type { SignInActivity } from './activity.ts';
import { texts } from './texts.ts';

export interface SignOutOptions {
  readonly store: AccountStore;
  readonly source: SignedInAccounts;
  readonly accounts: Pick<Accounts, 'disconnectAll' | 'list'>;
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
      { modal: true, detail: await this.#consequences(account) },
      commonTexts.signOut(),
    );
    if (choice === commonTexts.signOut()) await this.run(account);
  }

  /** @throws AppError after it was shown: the record could not be marked as signing out */
  async run(account: AccountInfo): Promise<void> {
    await this.#run(async correlationId => {
      const result = await this.#options.store.disconnect(account.hash, { correlationId });
      this.#options.log.info('signed out', { flow: correlationId, result: result.kind });
      const text = signedOutText(account.label, result);
      void (result.kind === 'unrevoked' ? window.showWarningMessage(text) : window.showInformationMessage(text));
    });
  }

  /** Every account that is signed in here. Shows nothing. @throws AppError */
  async everyAccount(correlationId: string): Promise<DisconnectResult> {
    const { revoked, unrevoked, unreadableFiles } = await this.#options.store.disconnectAll({ correlationId });
    return { revoked, unrevoked, ...(unreadableFiles > 0 ? { note: texts.damagedFilesDeleted() } : {}) };
  }

  /** Everything of every source, with every record, key and history. @throws AppError after it was shown */
  async all(): Promise<void> {
    await this.#run(async correlationId => {
      const { revoked, unrevoked, note } = await this.#options.accounts.disconnectAll(correlationId);
      this.#options.log.info('disconnected all accounts', { flow: correlationId, revoked, unrevoked });
      const revokedText = revoked === 0 ? texts.allDeleted() : texts.allSignedOut();
      const done = unrevoked === 0 ? revokedText : texts.allSignedOutUnrevoked(unrevoked);
      const text = note === undefined ? done : `${done} ${note}`;
      void (unrevoked === 0 ? window.showInformationMessage(text) : window.showWarningMessage(text));
    });
  }

  /** What else ends with the session of this account, as far as it is known here. */
  async #consequences(account: AccountInfo): Promise<string> {
    const { source, accounts } = this.#options;
    const { revocation, hasForeignClient, others } = await source.signOutScope(account.hash);
    if (others.length > 0) return texts.confirmSignOutShared(others.join(', '));
    if (revocation === 'oneSession') return texts.confirmSignOutDetail();
    const listed = await accounts.list(chatGptProviderId);
    const found = listed
      .filter(each => each.source !== source.id && isSamePerson(each, account))
      .map(({ label }) => texts.alsoSignedIn(label));
    const elsewhereText = hasForeignClient ? texts.mayEndElsewhereAndInCli() : texts.mayEndElsewhere();
    return [texts.confirmSignOutDetail(), elsewhereText, ...found].join(' ');
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
      void showError(asAppError(error));
      throw error;
    } finally {
      done();
    }
  }
}

/** An interrupted sign-out was tried again for days. */
export function warnUnfinishedSignOut(label: string): void {
  void window.showWarningMessage(texts.unfinishedSignOut(label));
}

function signedOutText(label: string, result: SignOutResult): string {
  switch (result.kind) {
    case 'revoked':
      return texts.signedOut(label);
    case 'unrevoked':
      return texts.signedOutUnrevoked(label);
    case 'shared':
      return texts.signedOutShared(label, result.labels.join(', '));
    case 'gone':
      return texts.alreadySignedOut(label);
  }
}
