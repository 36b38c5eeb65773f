import type { Log } from '../../base/log.ts';
import type { Http } from '../../base/http.ts';
import { revoke } from '../../oauth/revoke.ts';
import type { AccountRecords, StoredAccount } from './storedAccount.ts';
import { fromRow, headerOf, toRow } from './storedAccount.ts';
import type { SealKeys } from '../../vault/sealKeys.ts';
import type { VaultCache } from '../../vault/vaultCache.ts';
import type { ProcessLocks } from '../../storage/processLock.ts';
import type { Vault, VaultTransaction } from '../../vault/vault.ts';

export interface RevokeAndDeleteParts {
  readonly vault: Vault;
  readonly keys: SealKeys;
  readonly locks: ProcessLocks;
  readonly cache: VaultCache;
  readonly records: AccountRecords;
  readonly http: Http;
  readonly log: Log;
}

/** How many sessions of a sign-out the service revoked. */
export interface SignOutResult {
  readonly revoked: number;
  /** Sessions whose revocation the service did not confirm, and those that only another secret store can open. */
  readonly unrevoked: number;
}

/** Signs out: the account goes from every window at once, is then revoked and then deleted. Without a lock, so no refresh delays it. */
export class RevokeAndDelete {
  readonly #parts: RevokeAndDeleteParts;

  constructor(parts: RevokeAndDeleteParts) {
    this.#parts = parts;
  }

  /** @returns whether the service said that the session is revoked */
  async one(hash: string, correlationId: string): Promise<boolean> {
    const { vault, cache, records } = this.#parts;
    const marked = await vault.write(transaction => {
      const [current] = records.open([transaction.row(hash) ?? []].flat());
      return current && this.#mark(transaction, current);
    });
    await cache.sync();
    return marked === undefined || this.#revokeAndDelete(marked, correlationId);
  }

  /**
   * Signs everybody out and deletes every record and key, those of other secret stores too.
   * @throws AppError what keeps the vault from being read or written: nothing is deleted unread
   */
  async all(correlationId: string): Promise<SignOutResult> {
    const { vault, keys, cache, records } = this.#parts;
    /** By sign-in id, whether it was revoked. */
    const signedOut = new Map<string, boolean>();
    for (;;) {
      // Repeated until there is nobody to revoke: another window may sign in meanwhile.
      const { marked, rest, keyIds } = await vault.write(transaction => {
        const opened = records.open(transaction.rows());
        const found = opened.flatMap(account => this.#mark(transaction, account) ?? (account.state === 'signingOut' ? account : []));
        const next = {
          marked: found.filter(({ signInId }) => !signedOut.has(signInId)),
          rest: transaction.rows(),
          keyIds: transaction.keyIds(),
        };
        if (next.marked.length === 0) transaction.clear();
        return next;
      });
      await cache.sync();
      const outcomes = await Promise.all(marked.map(account => this.#revokeAndDelete(account, correlationId)));
      marked.forEach(({ signInId }, index) => signedOut.set(signInId, outcomes[index] ?? false));
      if (marked.length > 0) continue;
      await keys.forget(keyIds);
      await cache.sync();
      const revoked = [...signedOut.values()].filter(Boolean).length;
      return { revoked, unrevoked: signedOut.size - revoked + rest.filter(({ login }) => !signedOut.has(login)).length };
    }
  }

  /** Finishes sign-outs of windows that were killed: a session must not outlive its sign-out. */
  async resume(): Promise<void> {
    const { vault, locks, records } = this.#parts;
    const rows = await vault.write(transaction => transaction.rows());
    for (const account of records.open(rows)) {
      if (account.state !== 'signingOut') continue;
      const lock = await locks.tryAcquire(account.hash);
      if (!lock) continue;
      try {
        const row = await vault.write(transaction => transaction.row(account.hash));
        // Another window may have done it already.
        if (row?.login === account.signInId) await this.#revokeAndDelete(account, 'resumed');
      } finally {
        lock.release();
      }
    }
  }

  /** @returns the account as it is then; `undefined` where it was marked before */
  #mark(transaction: VaultTransaction, account: StoredAccount): StoredAccount | undefined {
    const key = this.#parts.cache.keyOf(account);
    const row = transaction.row(account.hash);
    const current = key && row && fromRow(key, row);
    if (!current || current.state === 'signingOut') return undefined;
    const marked: StoredAccount = { ...current, state: 'signingOut' };
    return transaction.replace(headerOf(current), toRow(key, marked)) ? marked : undefined;
  }

  async #revokeAndDelete(account: StoredAccount, correlationId: string): Promise<boolean> {
    const { vault, http, log } = this.#parts;
    const isRevoked = await revoke(account.service, account.tokens, { http, correlationId });
    try {
      await vault.write(transaction => transaction.remove(account.hash, account.signInId));
    } catch (error) {
      // The record stays marked, no window shows it, and the next start tries again.
      log.error('a signed-out record could not be deleted yet', error, { flow: correlationId });
    }
    return isRevoked;
  }
}
