import type { AccountInfo } from './account.ts';
import type { AccountSource } from './accountSource.ts';
import type { AccountStore, ProfileUpdate } from './store/accountStore.ts';
import type { Change } from '../vault/vaultCache.ts';
import type { CredentialOptions } from './store/tokenRefresher.ts';
import type { AppError } from '../base/errors.ts';
import type { CodexAccounts } from '../codexCli/codexAccounts.ts';
import { isCodexAccount } from '../codexCli/borrowedId.ts';
import type { Consent } from '../codexCli/consent.ts';

/**
 * All accounts that can be used here: those that signed in here, and the one that is borrowed from the Codex CLI. What borrows is
 * loaded once the person has agreed; until then each question costs one look whether they have.
 */
export class Accounts implements AccountSource {
  readonly #custody: AccountStore;
  readonly #consent: Consent;
  readonly #load: () => Promise<CodexAccounts>;
  readonly #listeners = new Set<(change: Change<AccountInfo>) => void>();
  #codexAccounts: Promise<CodexAccounts> | undefined;

  constructor(custody: AccountStore, options: { consent: Consent; load: () => Promise<CodexAccounts> }) {
    this.#custody = custody;
    this.#consent = options.consent;
    this.#load = options.load;
  }

  /** What keeps the vault from being read; memory answers meanwhile. */
  get problem(): AppError | undefined {
    return this.#custody.problem;
  }

  /** What borrows, for those who ask for the consent. */
  codexAccounts(): Promise<CodexAccounts> {
    return (this.#codexAccounts ??= this.#join());
  }

  /** Takes the consent back; the Codex CLI stays signed in. @returns whether it was given */
  async disconnectCodexCli(): Promise<boolean> {
    if (!this.#consent.hasConsent()) return false;
    await (await this.codexAccounts()).disconnect();
    return true;
  }

  async accounts(): Promise<readonly AccountInfo[]> {
    const [own, borrowed] = await Promise.all([this.#custody.accounts(), this.#agreed()?.then(source => source.accounts())]);
    return [...own, ...(borrowed ?? [])];
  }

  async credential(hash: string, options: CredentialOptions): Promise<AccountInfo> {
    return isCodexAccount(hash) ? (await this.codexAccounts()).credential(hash, options) : this.#custody.credential(hash, options);
  }

  onDidChange(listener: (change: Change<AccountInfo>) => void): () => void {
    const stop = this.#custody.onDidChange(listener);
    this.#listeners.add(listener);
    return () => {
      stop();
      this.#listeners.delete(listener);
    };
  }

  async updateProfile(account: Pick<AccountInfo, 'hash' | 'signInId'>, naming: ProfileUpdate): Promise<void> {
    if (isCodexAccount(account.hash)) await (await this.codexAccounts()).updateProfile(account, naming);
    else await this.#custody.updateProfile(account, naming);
  }

  async reload(): Promise<void> {
    await Promise.all([this.#custody.reload(), this.#agreed()?.then(source => source.reload())]);
  }

  /** Also after the consent was taken back: the account that was there has to go. */
  #agreed(): Promise<CodexAccounts> | undefined {
    return this.#codexAccounts || this.#consent.hasConsent() ? this.codexAccounts() : undefined;
  }

  async #join(): Promise<CodexAccounts> {
    const source = await this.#load();
    source.onDidChange(change => {
      for (const listener of [...this.#listeners]) listener(change);
    });
    return source;
  }
}
