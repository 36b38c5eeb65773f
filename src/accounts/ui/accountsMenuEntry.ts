import { authentication } from 'vscode';
import type { Accounts } from '../accounts.ts';
import type { Log } from '../../base/log.ts';
import { chatGptProviderId } from '../account.ts';
import { sessionScopes } from './sessionProvider.ts';

/**
 * VS Code shows a provider in the Accounts menu only once somebody asked it for a session. While nobody is signed in, we
 * ask for our own, without insisting: the menu then offers to sign in. The offer goes when a session with the same
 * scopes is added, and does not come back by itself, so it is asked for again after the last account goes.
 */
export class AccountsMenuEntry {
  readonly #accounts: Accounts;
  readonly #log: Log;
  #isOpen = false;

  constructor(options: { accounts: Accounts; log: Log }) {
    this.#accounts = options.accounts;
    this.#log = options.log;
  }

  /** Requests the entry, or records that it is gone. No provider method awaits this: it would wait for itself. */
  async update(): Promise<void> {
    const isWanted = (await this.#accounts.list(chatGptProviderId)).length === 0 && this.#accounts.problem(chatGptProviderId) === undefined;
    if (isWanted === this.#isOpen) return;
    this.#isOpen = isWanted;
    if (!isWanted) return;
    try {
      await authentication.getSession(chatGptProviderId, sessionScopes, {});
    } catch (error) {
      this.#isOpen = false;
      this.#log.error('the Accounts menu could not be asked', error);
    }
  }
}
