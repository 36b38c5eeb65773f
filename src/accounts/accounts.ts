import type { AnyAccount } from './account.ts';
import type { AccountSource } from './accountSource.ts';
import type { Custody, Naming } from './store/accountStore.ts';
import type { Change } from '../vault/vaultCache.ts';
import type { UseOptions } from './store/tokenRefresher.ts';
import type { SignInError } from '../base/errors.ts';
import type { BorrowedAccounts } from '../codexCli/codexAccounts.ts';
import { isBorrowed } from '../codexCli/borrowedId.ts';
import type { Consent } from '../codexCli/consent.ts';

/**
 * All accounts that can be used here: those that signed in here, and the one that is borrowed from the Codex CLI. What borrows is
 * loaded once the person has agreed; until then each question costs one look whether they have.
 */
export class Accounts implements AccountSource {
  readonly #custody: Custody;
  readonly #consent: Consent;
  readonly #load: () => Promise<BorrowedAccounts>;
  readonly #listeners = new Set<(change: Change<AnyAccount>) => void>();
  #borrowed: Promise<BorrowedAccounts> | undefined;

  constructor(custody: Custody, options: { consent: Consent; load: () => Promise<BorrowedAccounts> }) {
    this.#custody = custody;
    this.#consent = options.consent;
    this.#load = options.load;
  }

  /** What keeps the vault from being read; memory answers meanwhile. */
  get problem(): SignInError | undefined {
    return this.#custody.problem;
  }

  /** What borrows, for those who ask for the consent. */
  borrowed(): Promise<BorrowedAccounts> {
    return (this.#borrowed ??= this.#join());
  }

  /** Takes the consent back; the Codex CLI stays signed in. @returns whether it was given */
  async forgetBorrowed(): Promise<boolean> {
    if (!this.#consent.isGiven()) return false;
    await (await this.borrowed()).forget();
    return true;
  }

  async accounts(): Promise<readonly AnyAccount[]> {
    const [own, borrowed] = await Promise.all([this.#custody.accounts(), this.#agreed()?.then(source => source.accounts())]);
    return [...own, ...(borrowed ?? [])];
  }

  async usable(hash: string, options: UseOptions): Promise<AnyAccount> {
    return isBorrowed(hash) ? (await this.borrowed()).usable(hash, options) : this.#custody.usable(hash, options);
  }

  onDidChange(listener: (change: Change<AnyAccount>) => void): () => void {
    const stop = this.#custody.onDidChange(listener);
    this.#listeners.add(listener);
    return () => {
      stop();
      this.#listeners.delete(listener);
    };
  }

  async rename(account: Pick<AnyAccount, 'hash' | 'login'>, naming: Naming): Promise<void> {
    if (isBorrowed(account.hash)) await (await this.borrowed()).rename(account, naming);
    else await this.#custody.rename(account, naming);
  }

  async look(): Promise<void> {
    await Promise.all([this.#custody.look(), this.#agreed()?.then(source => source.look())]);
  }

  /** Also after the consent was taken back: the account that was there has to go. */
  #agreed(): Promise<BorrowedAccounts> | undefined {
    return this.#borrowed || this.#consent.isGiven() ? this.borrowed() : undefined;
  }

  async #join(): Promise<BorrowedAccounts> {
    const source = await this.#load();
    source.onDidChange(change => {
      for (const listener of [...this.#listeners]) listener(change);
    });
    return source;
  }
}
