import type { Clock } from '../../base/clock.ts';
import { day, hour } from '../../base/duration.ts';
import type { ProcessLocks } from '../../storage/processLock.ts';
import type { RevocationOutcome } from '../../oauth/revoke.ts';
import { revoke } from '../../oauth/revoke.ts';
import type { SealKeys } from '../../vault/sealKeys.ts';
import type { VaultTransaction } from '../../vault/vault.ts';
import type { VaultCache } from '../../vault/vaultCache.ts';
import type { GiveBackParts } from './giveBack.ts';
import { endingWith } from './giveBack.ts';
import type { StoredAccount } from './storedAccount.ts';
import { readOlderVaults } from './olderVaults.ts';
import { fromRow, headerOf, toRow } from './storedAccount.ts';

export interface RevokeAndDeleteParts extends GiveBackParts {
  readonly keys: SealKeys;
  readonly locks: ProcessLocks;
  readonly cache: VaultCache;
  readonly clock: Clock;
  /** Aborted when the window closes. */
  readonly closing: AbortSignal;
  /** Learns of an interrupted sign-out whose session could not be revoked: called in the one window that gave it up. */
  readonly onSignOutGivenUp: (account: StoredAccount) => void;
}

/**
 * What became of the session of a sign-out:
 * - `revoked`: the service confirmed it
 * - `unrevoked`: it did not
 * - `shared`: the session ends with those of the same person that are kept here, whose labels are in `labels`
 * - `gone`: another window had signed out before
 */
export type SignOutResult = { readonly kind: 'revoked' | 'unrevoked' | 'gone' } | { readonly kind: 'shared'; readonly labels: string[] };

export interface DisconnectAllResult {
  readonly revoked: number;
  /** Sessions whose revocation the service did not confirm, and those that only another secret store can open. */
  readonly unrevoked: number;
  /** Files that were damaged, so that nobody knows which sessions were in them. */
  readonly unreadableFiles: number;
}

/** How long an interrupted sign-out is tried again, and how often. */
const longestWait = 7 * day;
const retryInterval = hour;

/**
 * Signs out: the account goes from every window at once, is then revoked and then deleted. Without a lock, so no refresh delays it. Where
 * a revocation would end sessions that are kept here, the tokens are only deleted.
 */
export class RevokeAndDelete {
  readonly #parts: RevokeAndDeleteParts;
  /** What this window is revoking, by sign-in id. */
  readonly #running = new Map<string, Promise<unknown>>();
  #isRetrying = false;

  constructor(parts: RevokeAndDeleteParts) {
    this.#parts = parts;
  }

  async one(hash: string, correlationId: string): Promise<SignOutResult> {
    const { vault, cache, records } = this.#parts;
    const marked = await vault.write(transaction => {
      const [current] = records.open([transaction.row(hash) ?? []].flat());
      return current && this.#mark(transaction, current);
    });
    await cache.sync();
    if (!marked) return { kind: 'gone' };
    const result = this.#signOut(marked, correlationId);
    this.#running.set(marked.signInId, result);
    return result.finally(() => this.#running.delete(marked.signInId));
  }

  /**
   * Signs everybody out and deletes every record and key: of other secret stores too, and of files that are not used any more.
   * @throws AppError what keeps the vault from being read or written: nothing is deleted unread; or what keeps a file from being deleted
   */
  async all(correlationId: string): Promise<DisconnectAllResult> {
    const { vault, keys, cache, records } = this.#parts;
    const older = await readOlderVaults(await vault.olderFiles(), keys);
    /** By sign-in id, whether it was revoked. */
    const signedOut = new Map<string, boolean>();
    const revokeAll = async (accounts: readonly StoredAccount[]) => {
      const outcomes = await Promise.all(accounts.map(account => this.#revoke(account, correlationId)));
      accounts.forEach(({ signInId }, index) => signedOut.set(signInId, outcomes[index] === 'revoked'));
    };
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
      await revokeAll(marked);
      if (marked.length > 0) continue;
      await revokeAll(older.accounts.filter(({ signInId }) => !signedOut.has(signInId)));
      await keys.forgetAll([...keyIds, ...older.keyIds]);
      await cache.sync();
      await older.files.delete();
      const revoked = [...signedOut.values()].filter(Boolean).length;
      const unopened = new Set([...rest, ...older.rows].map(({ login }) => login).filter(login => !signedOut.has(login)));
      return { revoked, unrevoked: signedOut.size - revoked + unopened.size, unreadableFiles: older.unreadable };
    }
  }

  /**
   * Finishes sign-outs of windows that were killed: a session must not outlive its sign-out. What the service does not answer is tried again
   * for seven days. Also waits for what this window is revoking.
   */
  async resume(): Promise<void> {
    const { vault, locks, records } = this.#parts;
    await Promise.allSettled(this.#running.values());
    const rows = await vault.write(transaction => transaction.rows());
    for (const account of records.open(rows)) {
      if (account.state !== 'signingOut') continue;
      const lock = await locks.tryAcquire(account.hash);
      if (!lock) continue;
      try {
        await this.#resume(account);
      } finally {
        lock.release();
      }
    }
  }

  async #resume({ hash, signInId }: StoredAccount): Promise<void> {
    const { vault, records, clock, http, onSignOutGivenUp } = this.#parts;
    const now = clock.now();
    const account = await vault.write(transaction => {
      const [current] = records.open([transaction.row(hash) ?? []].flat());
      // Another window may have done it already.
      if (current?.signInId !== signInId) return undefined;
      const { signedOutAt = now } = current;
      // Without a time, or with one in the future because the clock was put back, the seven days begin now.
      const dated = { ...current, signedOutAt: Math.min(signedOutAt, now) };
      const key = this.#parts.cache.keyOf(current);
      if (key) transaction.replace(headerOf(current), toRow(key, dated));
      return dated;
    });
    if (!account) return;
    const outcome = await this.#revokeUnlessShared(account, 'resumed');
    // By the service's clock as well, where that was told: this machine's may have been set ahead.
    const waited = now + Math.min(0, http.clockOffset ?? 0) - account.signedOutAt;
    if (outcome === 'failed' && waited < longestWait) {
      this.#retryLater();
      return;
    }
    const isDeleted = await this.#delete(account, 'resumed');
    if (isDeleted && (outcome === 'failed' || outcome === 'refused')) onSignOutGivenUp(account);
  }

  #retryLater(): void {
    const { clock, closing, log } = this.#parts;
    if (this.#isRetrying) return;
    this.#isRetrying = true;
    const retry = async () => {
      await clock.sleep(retryInterval, closing);
      this.#isRetrying = false;
      await this.resume();
    };
    retry().catch((error: unknown) => {
      if (!closing.aborted) log.error('an interrupted sign-out could not be finished', error);
    });
  }

  /** @returns the account as it is then; `undefined` where it was marked before */
  #mark(transaction: VaultTransaction, account: StoredAccount): StoredAccount | undefined {
    const key = this.#parts.cache.keyOf(account);
    const row = transaction.row(account.hash);
    const current = key && row && fromRow(key, row);
    if (!current || current.state === 'signingOut') return undefined;
    const marked: StoredAccount = { ...current, state: 'signingOut', signedOutAt: this.#parts.clock.now() };
    return transaction.replace(headerOf(current), toRow(key, marked)) ? marked : undefined;
  }

  async #signOut(account: StoredAccount, correlationId: string): Promise<SignOutResult> {
    const outcome = await this.#revokeUnlessShared(account, correlationId);
    await this.#delete(account, correlationId);
    if (typeof outcome === 'string') return { kind: outcome === 'revoked' ? 'revoked' : 'unrevoked' };
    return { kind: 'shared', labels: outcome.map(({ label }) => label) };
  }

  /** @returns the accounts that would have been signed out as well, or what came of the revocation */
  async #revokeUnlessShared(account: StoredAccount, correlationId: string): Promise<RevocationOutcome | StoredAccount[]> {
    const { vault, records, log } = this.#parts;
    try {
      // Asked at the last moment: the person may have signed in again since.
      const others = await vault.write(transaction => endingWith(account, records.open(transaction.rows())));
      if (others.length > 0) return others;
    } catch (error) {
      log.error('it is not known which sessions a revocation would end', error, { flow: correlationId });
      return 'failed';
    }
    return this.#revoke(account, correlationId);
  }

  #revoke({ service, tokens }: StoredAccount, correlationId: string): Promise<RevocationOutcome> {
    return revoke(service, tokens, { http: this.#parts.http, correlationId });
  }

  async #delete(account: StoredAccount, correlationId: string): Promise<boolean> {
    const { vault, log } = this.#parts;
    try {
      return await vault.write(transaction => transaction.remove(account.hash, account.signInId));
    } catch (error) {
      // The record stays marked, no window shows it, and the next start tries again.
      log.error('a signed-out record could not be deleted yet', error, { flow: correlationId });
      return false;
    }
  }
}
