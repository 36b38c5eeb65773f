import { window } from 'vscode';
import type { AccountInfo } from '../account.ts';
import type { Accounts } from '../accounts.ts';
import { ignoreShownError } from '../../shell/commands.ts';
import { runAction } from '../../shell/showError.ts';
import { commonTexts } from '../../shell/commonTexts.ts';
import { texts as signInTexts } from './signIn/texts.ts';
import { serviceName } from './serviceName.ts';

/**
 * Shows once, in the window that learned of it, that a session has expired, or will with its access token. Every window's status bar and account menu show it
 * too, and open the same notice.
 */
export class SessionExpiredNotice {
  readonly #accounts: Pick<Accounts, 'actions'>;
  readonly #shown = new Map<string, Promise<void>>();

  constructor(accounts: Pick<Accounts, 'actions'>) {
    this.#accounts = accounts;
  }

  /** Joins a notice that is still open. Resolves when the person has closed it and the chosen action has ended. */
  show(account: AccountInfo): Promise<void> {
    const shown = this.#shown.get(account.hash) ?? this.#ask(account).finally(() => this.#shown.delete(account.hash));
    this.#shown.set(account.hash, shown);
    return shown;
  }

  async #ask(account: AccountInfo): Promise<void> {
    const choice = await window.showWarningMessage(messageAbout(account), commonTexts.signInAgain(), commonTexts.showLog());
    if (choice === commonTexts.showLog()) await runAction('showLog');
    // The sign-in shows its own errors.
    if (choice === commonTexts.signInAgain()) await this.#accounts.actions(account).signIn({ wanted: account.id }).catch(ignoreShownError);
  }
}

function messageAbout({ label, host, isEnding, refusalCode }: AccountInfo): string {
  if (refusalCode !== undefined) return signInTexts.refreshRefused(label, serviceName(host), refusalCode);
  return isEnding ? signInTexts.sessionEnding(label) : signInTexts.sessionExpired(label);
}
