import { window } from 'vscode';
import type { AccountInfo } from '../account.ts';
import type { SignedInAccounts } from '../store/signedInAccounts.ts';
import type { SignIn } from './signIn/signIn.ts';
import { runAction } from '../../shell/showError.ts';
import { commonTexts } from '../../shell/commonTexts.ts';
import { texts as signInTexts } from './signIn/texts.ts';

/**
 * Says once, in the window that heard it, that a session is over; every window's status bar and menu show it from then on,
 * and who asks there is answered by the same notice.
 */
export class SessionExpiredNotice {
  readonly #signIn: SignIn;
  readonly #shown = new Map<string, Promise<void>>();
  readonly #stopListening: () => void;

  constructor({ source, signIn }: { source: SignedInAccounts; signIn: SignIn }) {
    this.#signIn = signIn;
    this.#stopListening = source.onDidExpire(account => void this.show(account));
  }

  dispose(): void {
    this.#stopListening();
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
    if (choice === commonTexts.signInAgain()) await this.#signIn.run({ wanted: account.id }).catch(() => undefined);
  }
}
