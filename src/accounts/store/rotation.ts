import { defined } from '../../base/defined.ts';
import { second } from '../../base/duration.ts';
import { AppError } from '../../base/errors.ts';
import type { RefreshOutcome } from '../../oauth/refresh.ts';
import { refresh, refreshTimeout } from '../../oauth/refresh.ts';
import type { TokenSet } from '../../oauth/tokenSet.ts';
import { isExpiring, isFresh, isValid } from '../../oauth/tokenSet.ts';
import { retryWrite } from '../../storage/retryWrite.ts';
import type { SealKey } from '../../vault/seal.ts';
import type { VaultRow } from '../../vault/vault.ts';
import { isSameTokenSet } from '../account.ts';
import { giveBack } from './giveBack.ts';
import type { RotationParts, RotationRequest } from './rotationRequest.ts';
import { isSameAccount, learn } from './sameAccount.ts';
import type { StoredAccount } from './storedAccount.ts';
import { fromRow, headerOf, signedOut, toRow, withoutHistory } from './storedAccount.ts';
import { afterRefusal, isTooSoon, refusalCodeOf, requireNoWait, withAttempt } from './refreshHistory.ts';

/**
 * Pauses between requests that never left this machine: full jitter under a ceiling that doubles. None is begun once the time of one
 * request has passed, but each has all of that time: one that is ended early may have spent the token.
 */
const firstCeiling = second;
const lastCeiling = 15 * second;
/** How long a mark may take until it is durable. */
const longestMarking = second;
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
    const deadline = clock.elapsed() + refreshTimeout;
    for (let ceiling = firstCeiling; ; ceiling = Math.min(ceiling * 2, lastCeiling)) {
      const { found, marked: mark } = await this.#markWhenAllowed();
      if (!mark) return found;
      const marked = await this.#stamp(mark);
      if (!marked) continue;
      const outcome = await refresh(found.service, found.tokens, { http, clock, correlationId });
      log.info('refresh', { flow: correlationId, outcome: outcome.kind, generation: found.generation });
      if (outcome.kind !== 'unsent') return this.#applyOutcome(found, marked, outcome);
      await this.#replace(marked, found);
      observer.onRequestError(outcome.error);
      const pause = random() * ceiling;
      if (clock.elapsed() + pause >= deadline || closing.aborted) throw outcome.error;
      await clock.sleep(pause, closing).catch(() => {
        throw outcome.error;
      });
    }
  }

  /**
   * A mark says when its token was presented, so one that became durable only after the machine had slept gets the present time.
   * @returns `undefined` where the account was signed out or in again meanwhile
   */
  async #stamp(marked: StoredAccount, tries = 3): Promise<StoredAccount | undefined> {
    const { vault, clock } = this.#parts;
    const { refreshAttempt } = marked;
    const now = clock.now();
    if (!refreshAttempt || Math.abs(now - refreshAttempt.at) <= longestMarking || tries === 0) return marked;
    const next = { ...marked, refreshAttempt: { ...refreshAttempt, at: now } };
    const isMarked = await vault.write(transaction => transaction.replace(headerOf(marked), toRow(this.#key, next)));
    return isMarked ? this.#stamp(next, tries - 1) : undefined;
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
    if (before.state === 'accessOnly') return { found: await this.#endUnlessUsable(before) };
    if (!isDue(before)) return { found: before };
    requireNoWait(before, clock.now());
    await reserve.set(this.#hash);
    return vault.write(transaction => {
      const found = this.#requireSignedIn(transaction.row(this.#hash));
      if (found.state === 'accessOnly' || !isDue(found)) return { found };
      const { now } = time();
      requireNoWait(found, now);
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
      case 'refused': {
        const waiting = afterRefusal(found, outcome, now);
        if (!waiting) return this.#expire(marked, outcome.kind, refusalCodeOf(outcome));
        await this.#replace(marked, waiting);
        throw outcome.error;
      }
      case 'unknown':
        throw outcome.error;
    }
  }

  /**
   * Writes down that the service has ended the session. A refresh token that is over says nothing of the access token.
   * @returns the account where its access token is still valid, or where it was signed out or in again meanwhile
   * @throws AppError `signedOut`
   */
  async #expire(marked: StoredAccount, reason: string, refusalCode?: string): Promise<StoredAccount> {
    const state = this.#isUsable(marked) ? 'accessOnly' : 'expired';
    const over: StoredAccount = { ...withoutHistory(marked), state, ...defined({ refusalCode }) };
    this.#parts.log.warn('the session is over', { flow: this.#request.correlationId, reason: refusalCode ?? reason, state });
    if (!(await this.#replace(marked, over))) return this.#current();
    this.#request.observer.onExpired(over);
    if (state === 'expired') throw signedOut(over);
    return over;
  }

  /** The person was told when the service ended the session. @throws AppError `signedOut` */
  async #endUnlessUsable(account: StoredAccount): Promise<StoredAccount> {
    if (this.#isUsable(account)) return account;
    const expired: StoredAccount = { ...account, state: 'expired' };
    if (!(await this.#replace(account, expired))) return this.#current();
    throw signedOut(expired);
  }

  /** Whether the access token is neither expired nor refused for that. Without a known expiry any refusal may mean that. */
  #isUsable(account: StoredAccount): boolean {
    const { clock, http } = this.#parts;
    const { refused } = this.#request;
    const isRefused = isSameTokenSet(account, refused) && (refused?.isExpired === true || account.tokens.expiresAt === undefined);
    return !isRefused && isValid(account.tokens, { now: clock.now(), clockOffset: http.clockOffset });
  }

  async #store(marked: StoredAccount, tokens: TokenSet): Promise<StoredAccount> {
    if (!isSameAccount(marked, tokens.idToken)) {
      try {
        return await this.#expire(marked, 'another account');
      } finally {
        await this.#giveBack(marked, tokens);
      }
    }
    const known = learn(marked, tokens.idToken);
    const next: StoredAccount = { ...withoutHistory(marked), state: 'ready', generation: marked.generation + 1, ...known, tokens };
    if (await this.#replace(marked, next)) {
      this.#request.observer.onRefreshed(next);
      return next;
    }
    // The account was signed out or in again meanwhile: nobody may use these tokens.
    await this.#giveBack(marked, tokens);
    return this.#current();
  }

  #giveBack({ service }: StoredAccount, tokens: TokenSet): Promise<void> {
    return giveBack({ service, tokens }, { ...this.#parts, correlationId: this.#request.correlationId });
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
    // A commit may have gone through although it failed, and another window may have written the profile since.
    const isStored = (found: VaultRow | undefined) => found !== undefined && isSameState(fromRow(this.#key, found), to);
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
    if (!account || account.state === 'expired' || account.state === 'signingOut') throw signedOut(account);
    return account;
  }
}

function isSameState(account: StoredAccount | undefined, other: StoredAccount): boolean {
  return account?.state === other.state && isSameTokenSet(account, other) && account.tokens.refreshToken === other.tokens.refreshToken;
}
