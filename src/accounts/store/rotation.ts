import type { Clock } from '../../base/clock.ts';
import { second } from '../../base/duration.ts';
import { AppError } from '../../base/errors.ts';
import type { Http } from '../../base/http.ts';
import type { Log } from '../../base/log.ts';
import type { RefreshOutcome } from '../../oauth/refresh.ts';
import { refresh, refreshTimeout } from '../../oauth/refresh.ts';
import { revoke } from '../../oauth/revoke.ts';
import { readIdentity } from '../../oauth/services/index.ts';
import type { TokenSet } from '../../oauth/tokenSet.ts';
import { isExpiring, isFresh } from '../../oauth/tokenSet.ts';
import type { DiskReserve } from '../../storage/diskReserve.ts';
import type { ProcessLocks } from '../../storage/processLock.ts';
import { retryWrite } from '../../storage/retryWrite.ts';
import type { SealKey } from '../../vault/seal.ts';
import type { Vault, VaultRow } from '../../vault/vault.ts';
import type { TokenSetId } from '../account.ts';
import { accountId, isSameTokenSet } from '../account.ts';
import type { StoredAccount } from './storedAccount.ts';
import { fromRow, headerOf, toRow, withoutHistory } from './storedAccount.ts';
import { afterRefusal, afterUnexplainedRefusal, isTooSoon, mustWait, withAttempt } from './refreshHistory.ts';

export interface RotationParts {
  readonly vault: Vault;
  readonly locks: ProcessLocks;
  readonly reserve: DiskReserve;
  readonly http: Http;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
}

/** Learns how a rotation goes. */
export interface RotationObserver {
  /** This window has the lock. */
  readonly onLocked: () => void;
  /** A request did not leave this machine, and is about to be repeated. */
  readonly onRequestError: (error: AppError) => void;
  /** The service has ended the session: called in the one window that heard it. */
  readonly onExpired: (account: StoredAccount) => void;
  /** New tokens are stored: called in the one window that got them. */
  readonly onRefreshed: (account: StoredAccount) => void;
}

export interface RotationRequest {
  readonly correlationId: string;
  /** A token set whose access token the service refused: it is replaced even if it has not expired. */
  readonly refused?: TokenSetId;
  /** Ends the wait for the lock. A request that has been sent is never ended. */
  readonly signal: AbortSignal;
  /** Aborted when the window closes: nothing new is begun then. */
  readonly closing: AbortSignal;
  readonly observer: RotationObserver;
}

/**
 * Pauses between requests that never left this machine: full jitter under a ceiling that doubles. None is begun once the time of one
 * request has passed, but each has all of that time: one that is ended early may have spent the token.
 */
const firstCeiling = second;
const lastCeiling = 15 * second;
/** How often another window's mark is read where the file system has no reliable locks. */
const pollInterval = 500;

/** An account as the vault has it; `marked` where this window has written down that it presents the refresh token. */
interface Marking {
  readonly found: StoredAccount;
  readonly marked?: StoredAccount;
}

/**
 * Replaces an account's token set: lock, read again, mark, request, write, unlock. The new tokens are durable before anybody gets
 * them. `docs/custody.md` says why each step is there.
 */
export class Rotation {
  readonly #key: SealKey;
  readonly #hash: string;
  readonly #parts: RotationParts;
  readonly #request: RotationRequest;

  constructor(key: SealKey, hash: string, parts: RotationParts, request: RotationRequest) {
    this.#key = key;
    this.#hash = hash;
    this.#parts = parts;
    this.#request = request;
  }

  /**
   * @returns the account as it is afterwards; another window may have refreshed it
   * @throws AppError `signedOut` when the session is over, anything else when it may pass
   */
  async run(): Promise<StoredAccount> {
    const lock = await this.#parts.locks.acquire(this.#hash, this.#request.signal);
    this.#request.observer.onLocked();
    try {
      return await this.#rotate();
    } finally {
      await this.#parts.reserve.free(this.#hash);
      lock.release();
    }
  }

  async #rotate(): Promise<StoredAccount> {
    const { clock, random, log, http } = this.#parts;
    const { correlationId, closing, observer } = this.#request;
    const deadline = clock.now() + refreshTimeout;
    for (let ceiling = firstCeiling; ; ceiling = Math.min(ceiling * 2, lastCeiling)) {
      const { found, marked } = await this.#markWhenAllowed();
      if (!marked) return found;
      const outcome = await refresh(found.service, found.tokens, { http, clock, correlationId });
      log.info('refresh', { flow: correlationId, outcome: outcome.kind, generation: found.generation });
      if (outcome.kind !== 'unsent') return this.#applyOutcome(found, marked, outcome);
      await this.#replace(marked, found);
      observer.onRequestError(outcome.error);
      const pause = random() * ceiling;
      if (clock.now() + pause >= deadline || closing.aborted) throw outcome.error;
      await clock.sleep(pause, closing).catch(() => {
        throw outcome.error;
      });
    }
  }

  /** Where locks are unreliable, another window's mark keeps this one from presenting the token at the same time. */
  async #markWhenAllowed(): Promise<Marking> {
    const { locks, clock } = this.#parts;
    for (;;) {
      const marking = await this.#mark();
      if (marking !== 'tooSoon') return marking;
      if (!(await locks.areUnreliable())) throw new AppError('serviceUnavailable');
      await clock.sleep(pollInterval, this.#request.signal);
    }
  }

  /**
   * Reads the account again, because another window may have refreshed it or signed it out, and marks it as being refreshed. The disk
   * space for the result is reserved first.
   */
  async #mark(): Promise<Marking | 'tooSoon'> {
    const { vault, reserve, clock, http } = this.#parts;
    const { refused } = this.#request;
    const time = () => ({ now: clock.now(), clockOffset: http.clockOffset });
    const isDue = (account: StoredAccount) => isSameTokenSet(account, refused) || !isFresh(account.tokens, time());
    const before = await this.#current();
    if (!isDue(before)) return { found: before };
    await reserve.set(this.#hash);
    return vault.write(transaction => {
      const found = this.#requireSignedIn(transaction.row(this.#hash));
      if (!isDue(found)) return { found };
      const { now } = time();
      if (mustWait(found, now)) throw new AppError('serviceUnavailable');
      // A token that is perhaps spent is presented only where the account would be lost without it.
      if (found.refreshAttempt && !isSameTokenSet(found, refused) && !isExpiring(found.tokens, time())) return { found };
      if (found.refreshAttempt && isTooSoon(found.refreshAttempt, now)) return 'tooSoon';
      const marked = withAttempt(found, now);
      transaction.replace(headerOf(found), toRow(this.#key, marked));
      return { found, marked };
    });
  }

  async #applyOutcome(
    found: StoredAccount,
    marked: StoredAccount,
    outcome: Exclude<RefreshOutcome, { kind: 'unsent' }>,
  ): Promise<StoredAccount> {
    const now = this.#parts.clock.now();
    switch (outcome.kind) {
      case 'rotated':
        return this.#store(marked, outcome.tokens);
      case 'ended':
        return this.#expire(marked, outcome.reason);
      case 'refused':
        await this.#replace(marked, afterRefusal(found, outcome.retryAfter, now));
        throw outcome.error;
      case 'unexplained': {
        const waiting = afterUnexplainedRefusal(found, now);
        if (!waiting) return this.#expire(marked, outcome.kind);
        await this.#replace(marked, waiting);
        throw outcome.error;
      }
      case 'unknown':
        throw outcome.error;
    }
  }

  /**
   * @returns the account where it was signed out or in again meanwhile: what the service said was about another session
   * @throws AppError `signedOut`
   */
  async #expire(marked: StoredAccount, reason: string): Promise<StoredAccount> {
    const expired: StoredAccount = { ...withoutHistory(marked), state: 'expired' };
    this.#parts.log.warn('the session is over', { flow: this.#request.correlationId, reason });
    if (!(await this.#replace(marked, expired))) return this.#current();
    this.#request.observer.onExpired(expired);
    throw new AppError('signedOut');
  }

  async #store(marked: StoredAccount, tokens: TokenSet): Promise<StoredAccount> {
    // Plan and email may have changed; the name of the workspace is in no token.
    const identity = { ...marked.identity, ...readIdentity(marked.service, tokens.idToken) };
    if (accountId(identity) !== marked.id) {
      try {
        return await this.#expire(marked, 'another account');
      } finally {
        await this.#revokeUnused(marked, tokens);
      }
    }
    const next: StoredAccount = { ...withoutHistory(marked), state: 'ready', generation: marked.generation + 1, identity, tokens };
    if (await this.#replace(marked, next)) {
      this.#request.observer.onRefreshed(next);
      return next;
    }
    // The account was signed out or in again meanwhile: nobody may use these tokens.
    await this.#revokeUnused(marked, tokens);
    return this.#current();
  }

  async #revokeUnused({ service }: StoredAccount, tokens: TokenSet): Promise<void> {
    const { correlationId } = this.#request;
    this.#parts.log.warn('unused new tokens are revoked', { flow: correlationId });
    await revoke(service, tokens, { http: this.#parts.http, correlationId });
  }

  /**
   * Writes down what came of the request. A token whose response was read must not be presented again, so this is tried until the
   * disk allows it, in the space that was reserved, while this window holds lock and tokens.
   * @returns whether the account was still as it was marked
   */
  async #replace(marked: StoredAccount, to: StoredAccount): Promise<boolean> {
    const { vault, reserve, clock, log } = this.#parts;
    const row = toRow(this.#key, to);
    await reserve.free(this.#hash);
    // A commit may have gone through although it failed: no two sealed records are alike.
    const isStored = (found: VaultRow | undefined) => found !== undefined && Buffer.compare(found.sealed, row.sealed) === 0;
    const write = () => vault.write(transaction => transaction.replace(headerOf(marked), row) || isStored(transaction.row(row.hash)));
    return retryWrite(clock, write, error => {
      log.error('the result of a refresh could not be stored yet', error, { flow: this.#request.correlationId });
    });
  }

  #current(): Promise<StoredAccount> {
    return this.#parts.vault.write(transaction => this.#requireSignedIn(transaction.row(this.#hash)));
  }

  /** @throws AppError `signedOut` */
  #requireSignedIn(row: VaultRow | undefined): StoredAccount {
    const account = row && fromRow(this.#key, row);
    if (!account || account.state === 'expired' || account.state === 'signingOut') throw new AppError('signedOut');
    return account;
  }
}
