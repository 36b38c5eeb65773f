import { window } from 'vscode';
import type { AccountInfo } from '../account.ts';
import type { Accounts } from '../accounts.ts';
import { ignoreShownError } from '../../shell/commands.ts';
import { runAction } from '../../shell/showError.ts';
import { commonTexts } from '../../shell/commonTexts.ts';
import { texts as signInTexts } from './signIn/texts.ts';

/**
 * Says once, in the window that heard it, that a session is over; every window's status bar and menu show it from then on,
 * and who asks there is answered by the same notice.
 */
export class SessionExpiredNotice {
  readonly #accounts: Pick<Accounts, 'actions'>;
  readonly #shown = new Map<string, Promise<void>>();

  constructor(accounts: Pick<Accounts, 'actions'>) {
    this.#accounts = accounts;
  }

  /** Joins the notice that is still there. Resolves when it is answered, and what was chosen is done. */
  show(account: AccountInfo): Promise<void> {
    const shown = this.#shown.get(account.hash) ?? this.#ask(account).finally(() => this.#shown.delete(account.hash));
    this.#shown.set(account.hash, shown);
    return shown;
  }

  async #ask(account: AccountInfo): Promise<void> {
    const choice = await window.showWarningMessage(
      signInTexts.sessionExpired(account.label),
      commonTexts.signInAgain(),
      commonTexts.showLog(),
    );
    if (choice === commonTexts.showLog()) await runAction('showLog', 'signedOut');
    // A failure is shown where it happens.
    if (choice === commonTexts.signInAgain()) await this.#accounts.actions(account).signIn(account.id).catch(ignoreShownError);
  }
}
