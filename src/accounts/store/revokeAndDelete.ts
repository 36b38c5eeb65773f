import type { Log } from '../../base/log.ts';
import type { Http } from '../../base/http.ts';
import { revoke } from '../../oauth/revoke.ts';
import type { Account } from '../account.ts';
import { fromRow, toRow } from '../account.ts';
import type { Keys } from '../../vault/sealKeys.ts';
import type { KnownAccounts } from '../../vault/vaultCache.ts';
import type { Locks } from '../../storage/processLock.ts';
import type { Vault, VaultTransaction } from '../../vault/vault.ts';

export interface LeavingParts {
  readonly vault: Vault;
  readonly keys: Keys;
  readonly locks: Locks;
  readonly known: KnownAccounts;
  readonly http: Http;
  readonly log: Log;
}

/** What became of the sessions of accounts that were signed out together. */
export interface Departure {
  readonly revoked: number;
  /** Those that the service did not say to be revoked, and those that only another store could open. */
  readonly unrevoked: number;
}

/** Signing out: gone from every window at once, then revoked, then deleted. No lock is needed, so no refresh holds it up. */
export class Leaving {
  readonly #parts: LeavingParts;

  constructor(parts: LeavingParts) {
    this.#parts = parts;
  }

  /** @returns whether the service said that the session is revoked */
  async one(hash: string, flowId: string): Promise<boolean> {
    const { vault, known } = this.#parts;
    const leaving = await vault.write(transaction => {
      const [current] = known.open([transaction.row(hash) ?? []].flat());
      return current && this.#mark(transaction, current);
    });
    await known.look();
    return leaving === undefined || this.#leave(leaving, flowId);
  }

  /**
   * Signs everybody out and deletes every record and key, those of other stores too: for leaving a machine.
   * @throws SignInError what keeps the vault from being read or written: nothing is deleted unread
   */
  async all(flowId: string): Promise<Departure> {
    const { vault, keys, known } = this.#parts;
    /** By login, whether it was revoked. */
    const left = new Map<string, boolean>();
    for (;;) {
      // Until nobody is left to be revoked: another window may sign in meanwhile.
      const { leaving, rest, keyIds } = await vault.write(transaction => {
        const opened = known.open(transaction.rows());
        const found = opened.flatMap(account => this.#mark(transaction, account) ?? (account.state === 'leaving' ? account : []));
        const next = { leaving: found.filter(({ login }) => !left.has(login)), rest: transaction.rows(), keyIds: transaction.keyIds() };
        if (next.leaving.length === 0) transaction.clear();
        return next;
      });
      await known.look();
      const outcomes = await Promise.all(leaving.map(account => this.#leave(account, flowId)));
      leaving.forEach(({ login }, index) => left.set(login, outcomes[index] ?? false));
      if (leaving.length > 0) continue;
      await keys.forget(keyIds);
      await known.look();
      const revoked = [...left.values()].filter(Boolean).length;
      return { revoked, unrevoked: left.size - revoked + rest.filter(({ login }) => !left.has(login)).length };
    }
  }

  /** A window that died while it signed out left the record behind; the session must not outlive it. */
  async resume(): Promise<void> {
    const { vault, locks, known } = this.#parts;
    const rows = await vault.write(transaction => transaction.rows());
    for (const account of known.open(rows)) {
      if (account.state !== 'leaving') continue;
      const lock = await locks.tryAcquire(account.hash);
      if (!lock) continue;
      try {
        const row = await vault.write(transaction => transaction.row(account.hash));
        // Another window may have been faster.
        if (row?.login === account.login) await this.#leave(account, 'resumed');
      } finally {
        lock.release();
      }
    }
  }

  /** @returns the account as it is then; `undefined` where it was leaving already */
  #mark(transaction: VaultTransaction, account: Account): Account | undefined {
    const key = this.#parts.known.keyOf(account);
    const row = transaction.row(account.hash);
    const current = key && row && fromRow(key, row);
    if (!current || current.state === 'leaving') return undefined;
    const leaving: Account = { ...current, state: 'leaving' };
    return transaction.replace(current, toRow(key, leaving)) ? leaving : undefined;
  }

  async #leave(account: Account, flowId: string): Promise<boolean> {
    const { vault, http, log } = this.#parts;
    const isRevoked = await revoke(account.service, account.tokens, { http, flowId });
    try {
      await vault.write(transaction => transaction.remove(account.hash, account.login));
    } catch (error) {
      // It stays marked, shown by no window, and the next start tries again.
      log.error('a signed-out record could not be deleted yet', error, { flow: flowId });
    }
    return isRevoked;
  }
}
