import type { AnyAccount } from '../custody/account.ts';
import type { AccountSource } from '../custody/accountSource.ts';
import type { Custody, Naming } from '../custody/custody.ts';
import type { Change } from '../custody/knownAccounts.ts';
import type { UseOptions } from '../custody/refreshing.ts';
import type { SignInError } from '../oauth/errors.ts';
import type { BorrowedAccount } from './borrowedAccount.ts';
import { isBorrowed } from './borrowedId.ts';

/** All accounts that can be used here: those that signed in here, and the one that is borrowed from the Codex CLI. */
export class Accounts implements AccountSource {
  readonly #custody: Custody;
  readonly #borrowed: AccountSource<BorrowedAccount>;

  constructor(custody: Custody, borrowed: AccountSource<BorrowedAccount>) {
    this.#custody = custody;
    this.#borrowed = borrowed;
  }

  /** What keeps the vault from being read; memory answers meanwhile. */
  get problem(): SignInError | undefined {
    return this.#custody.problem;
  }

  async accounts(): Promise<readonly AnyAccount[]> {
    return (await Promise.all([this.#custody.accounts(), this.#borrowed.accounts()])).flat();
  }

  usable(hash: string, options: UseOptions): Promise<AnyAccount> {
    return isBorrowed(hash) ? this.#borrowed.usable(hash, options) : this.#custody.usable(hash, options);
  }

  onDidChange(listener: (change: Change<AnyAccount>) => void): () => void {
    const stops = [this.#custody.onDidChange(listener), this.#borrowed.onDidChange(listener)];
    return () => {
      for (const stop of stops) stop();
    };
  }

  async rename(account: Pick<AnyAccount, 'hash' | 'login'>, naming: Naming): Promise<void> {
    if (isBorrowed(account.hash)) await this.#borrowed.rename(account, naming);
    else await this.#custody.rename(account, naming);
  }

  async look(): Promise<void> {
    await Promise.all([this.#custody.look(), this.#borrowed.look()]);
  }
}
