import type { Memento } from 'vscode';
import type { AccountInfo } from '../account.ts';

const entry = 'accountInStatusBar';

/** The account that the status bar follows, as the person selected it in this profile; by default the first one. */
export class StatusBarAccount {
  readonly #state: Memento;
  readonly #listeners = new Set<() => void>();

  constructor(state: Memento) {
    this.#state = state;
  }

  /** @returns stops listening */
  onDidChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  of(accounts: readonly AccountInfo[]): AccountInfo | undefined {
    const hash = this.#state.get<string>(entry);
    return accounts.find(account => account.hash === hash) ?? accounts[0];
  }

  async choose(account: AccountInfo): Promise<void> {
    await this.#state.update(entry, account.hash);
    for (const listener of this.#listeners) listener();
  }
}
