import type { Log } from '../../base/log.ts';
import type { Http } from '../../base/http.ts';
import { revoke } from '../../oauth/revoke.ts';
import type { StoredAccount } from '../account.ts';
import { fromRow, headerOf, toRow } from '../account.ts';
import type { SealKeys } from '../../vault/sealKeys.ts';
import type { VaultCache } from '../../vault/vaultCache.ts';
import type { ProcessLocks } from '../../storage/processLock.ts';
import type { Vault, VaultTransaction } from '../../vault/vault.ts';

export interface RevokeAndDeleteParts {
  readonly vault: Vault;
  readonly keys: SealKeys;
  readonly locks: ProcessLocks;
  readonly cache: VaultCache;
  readonly http: Http;
  readonly log: Log;
}

/** What became of the sessions of accounts that were signed out together. */
export interface SignOutResult {
  readonly revoked: number;
  /** Those that the service did not say to be revoked, and those that only another store could open. */
  readonly unrevoked: number;
}

/** Signing out: gone from every window at once, then revoked, then deleted. No lock is needed, so no refresh holds it up. */
export class RevokeAndDelete {
  readonly #parts: RevokeAndDeleteParts;

  constructor(parts: RevokeAndDeleteParts) {
    this.#parts = parts;
  }

  /** @returns whether the service said that the session is revoked */
  async one(hash: string, correlationId: string): Promise<boolean> {
    const { vault, cache } = this.#parts;
    const leaving = await vault.write(transaction => {
      const [current] = cache.open([transaction.row(hash) ?? []].flat());
      return current && this.#mark(transaction, current);
    });
    await cache.sync();
    return leaving === undefined || this.#revokeAndDelete(leaving, correlationId);
  }

  /**
   * Signs everybody out and deletes every record and key, those of other stores too: for leaving a machine.
   * @throws AppError what keeps the vault from being read or written: nothing is deleted unread
   */
  async all(correlationId: string): Promise<SignOutResult> {
    const { vault, keys, cache } = this.#parts;
    /** By sign-in, whether it was revoked. */
    const left = new Map<string, boolean>();
    for (;;) {
      // Until nobody is left to be revoked: another window may sign in meanwhile.
      const { leaving, rest, keyIds } = await vault.write(transaction => {
        const opened = cache.open(transaction.rows());
        const found = opened.flatMap(account => this.#mark(transaction, account) ?? (account.state === 'signingOut' ? account : []));
        const next = {
          leaving: found.filter(({ signInId }) => !left.has(signInId)),
          rest: transaction.rows(),
          keyIds: transaction.keyIds(),
        };
        if (next.leaving.length === 0) transaction.clear();
        return next;
      });
      await cache.sync();
      const outcomes = await Promise.all(leaving.map(account => this.#revokeAndDelete(account, correlationId)));
      leaving.forEach(({ signInId }, index) => left.set(signInId, outcomes[index] ?? false));
      if (leaving.length > 0) continue;
      await keys.forget(keyIds);
      await cache.sync();
      const revoked = [...left.values()].filter(Boolean).length;
      return { revoked, unrevoked: left.size - revoked + rest.filter(({ login }) => !left.has(login)).length };
    }
  }

  /** A window that died while it signed out left the record behind; the session must not outlive it. */
  async resume(): Promise<void> {
    const { vault, locks, cache } = this.#parts;
    const rows = await vault.write(transaction => transaction.rows());
    for (const account of cache.open(rows)) {
      if (account.state !== 'signingOut') continue;
      const lock = await locks.tryAcquire(account.hash);
      if (!lock) continue;
      try {
        const row = await vault.write(transaction => transaction.row(account.hash));
        // Another window may have been faster.
        if (row?.login === account.signInId) await this.#revokeAndDelete(account, 'resumed');
      } finally {
        lock.release();
      }
    }
  }

  /** @returns the account as it is then; `undefined` where it was leaving already */
  #mark(transaction: VaultTransaction, account: StoredAccount): StoredAccount | undefined {
    const key = this.#parts.cache.keyOf(account);
    const row = transaction.row(account.hash);
    const current = key && row && fromRow(key, row);
    if (!current || current.state === 'signingOut') return undefined;
    const leaving: StoredAccount = { ...current, state: 'signingOut' };
    return transaction.replace(headerOf(current), toRow(key, leaving)) ? leaving : undefined;
  }

  async #revokeAndDelete(account: StoredAccount, correlationId: string): Promise<boolean> {
    const { vault, http, log } = this.#parts;
    const isRevoked = await revoke(account.service, account.tokens, { http, correlationId });
    try {
      await vault.write(transaction => transaction.remove(account.hash, account.signInId));
    } catch (error) {
      // It stays marked, shown by no window, and the next start tries again.
      log.error('a signed-out record could not be deleted yet', error, { flow: correlationId });
    }
    return isRevoked;
  }
}
