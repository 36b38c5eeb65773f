import { protocolOf } from '../../oauth/services/index.ts';
import { asAppError, isStorageFailure, AppError } from '../../base/errors.ts';
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { Http } from '../../base/http.ts';
import type { RefreshOutcome } from '../../oauth/refresh.ts';
import { refresh, refreshTimeout } from '../../oauth/refresh.ts';
import { revoke } from '../../oauth/revoke.ts';
import type { Identity, TokenSet } from '../../oauth/tokenSet.ts';
import { isFresh, isExpiring, readClaims } from '../../oauth/tokenSet.ts';
import type { StoredAccount, TokenSetId } from '../account.ts';
import { accountId, fromRow, headerOf, isSameTokenSet, toRow, withoutHistory } from '../account.ts';
import type { ProcessLocks } from '../../storage/processLock.ts';
import type { DiskReserve } from '../../storage/diskReserve.ts';
import type { SealKey } from '../../vault/seal.ts';
import type { Vault, VaultRow } from '../../vault/vault.ts';

export interface RotationParts {
  readonly vault: Vault;
  readonly locks: ProcessLocks;
  readonly reserve: DiskReserve;
  readonly http: Http;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
}

export interface RotationOptions extends RotationParts {
  readonly correlationId: string;
  /** Ends the wait for the lock. A request that is under way is never ended. */
  readonly signal: AbortSignal;
  /** Aborted when the window closes: nothing is begun any more. */
  readonly closing: AbortSignal;
  /** A generation whose access token the service refused: it is replaced however fresh it looks. */
  readonly refused?: TokenSetId;
  /** Called when the lock is had. */
  readonly onLocked: () => void;
  /** Called when a request did not leave this machine, before it is tried again. */
  readonly onRequestError: (error: AppError) => void;
  /** Called when the service has ended the session, by the one window that heard it. */
  readonly onExpired: (account: StoredAccount) => void;
  /** Called when new tokens are stored, by the one window that got them. */
  readonly onRenewed: (account: StoredAccount) => void;
}

/**
 * Between attempts that never left this machine: full jitter under a ceiling that doubles. None is begun when one request's
 * time is over, but each has all of its own: one that was given up early may have spent the token.
 */
const firstCeiling = 1_000;
const lastCeiling = 15_000;
/** An answer that was lost leaves its token perhaps spent: it is presented again only after this, doubled each time. */
const retryAfterLostResponse = 60_000;
const longestRetryDelay = 6 * 60 * 60_000;
/** A refusal without a readable word is believed when it was given so often, over so long. */
const unexplainedTimes = 3;
const unexplainedSpan = 10 * 60_000;
/** A service that asks to wait for longer is asked again all the same. */
const longestWait = 60 * 60_000;
/** Between attempts to store an answer. */
const shortestPause = 1_000;
const longestPause = 30_000;
/** Between looks at another window's request, where no lock tells when it is over. */
const pollInterval = 500;

/**
 * Replaces an account's token set: lock, look again, mark, ask, write, unlock. The new tokens are durable before anyone
 * is given them.
 * @returns the account as it is afterwards, which another window may have brought about
 * @throws AppError `signedOut` when the session is over, anything else when it may pass
 */
export async function rotate(key: SealKey, hash: string, options: RotationOptions): Promise<StoredAccount> {
  const lock = await options.locks.acquire(hash, options.signal);
  options.onLocked();
  try {
    return await rotateLocked(key, hash, options);
  } finally {
    await options.reserve.free(hash);
    lock.release();
  }
}

async function rotateLocked(key: SealKey, hash: string, options: RotationOptions): Promise<StoredAccount> {
  const { clock, random, log, correlationId, http } = options;
  const expire = clock.now() + refreshTimeout;
  for (let ceiling = firstCeiling; ; ceiling = Math.min(ceiling * 2, lastCeiling)) {
    const { found, marked } = await markWhenAllowed(key, hash, options);
    if (!marked) return found;
    const outcome = await refresh(found.service, found.tokens, { http, clock, correlationId });
    log.info('refresh', { flow: correlationId, outcome: outcome.kind, generation: found.generation });
    if (outcome.kind !== 'unsent') return applyOutcome(key, found, marked, outcome, options);
    await replace(key, marked, found, options);
    options.onRequestError(outcome.error);
    const pause = random() * ceiling;
    if (clock.now() + pause >= expire || options.closing.aborted) throw outcome.error;
    await clock.sleep(pause, options.closing).catch(() => {
      throw outcome.error;
    });
  }
}

/** Where locks may lie, the mark of another window is what keeps this one from asking at the same time. */
async function markWhenAllowed(
  key: SealKey,
  hash: string,
  options: RotationOptions,
): Promise<{ found: StoredAccount; marked?: StoredAccount }> {
  const { locks, clock, signal } = options;
  for (;;) {
    const result = await mark(key, hash, options);
    if (result !== 'tooSoon') return result;
    if (!(await locks.areUnreliable())) throw new AppError('serviceUnavailable');
    await clock.sleep(pollInterval, signal);
  }
}

/**
 * Looks again, because another window may have been faster or the account gone, and writes down that the refresh token is
 * being presented, after the room is set aside that its successor will need.
 */
async function mark(
  key: SealKey,
  hash: string,
  options: RotationOptions,
): Promise<{ found: StoredAccount; marked?: StoredAccount } | 'tooSoon'> {
  const { vault, reserve, clock, http, refused } = options;
  const time = () => ({ now: clock.now(), clockOffset: http.clockOffset });
  const isDue = (account: StoredAccount) => isSameTokenSet(account, refused) || !isFresh(account.tokens, time());
  const before = await current(key, hash, vault);
  if (!isDue(before)) return { found: before };
  await reserve.set(hash);
  return vault.write(transaction => {
    const found = requireSignedIn(key, transaction.row(hash));
    if (!isDue(found)) return { found };
    const { now } = time();
    if (found.waitUntil !== undefined && found.waitUntil > now && found.waitUntil <= now + longestWait)
      throw new AppError('serviceUnavailable');
    // A token that is perhaps spent is presented only where the account would be lost without it.
    if (found.refreshAttempt && !isSameTokenSet(found, refused) && !isExpiring(found.tokens, time())) return { found };
    if (found.refreshAttempt && isTooSoon(found.refreshAttempt, now)) return 'tooSoon';
    const marked: StoredAccount = {
      ...found,
      state: 'refreshing',
      refreshAttempt: { at: now, times: (found.refreshAttempt?.times ?? 0) + 1 },
    };
    transaction.replace(headerOf(found), toRow(key, marked));
    return { found, marked };
  });
}

/** @throws AppError `signedOut` */
function requireSignedIn(key: SealKey, row: VaultRow | undefined): StoredAccount {
  const account = row && fromRow(key, row);
  if (!account || account.state === 'expired' || account.state === 'signingOut') throw new AppError('signedOut');
  return account;
}

/** A clock that was put back far does not keep the account waiting until it has caught up. */
function isTooSoon({ at, times }: NonNullable<StoredAccount['refreshAttempt']>, now: number): boolean {
  return Math.abs(now - at) < Math.min(retryAfterLostResponse * 2 ** (times - 1), longestRetryDelay);
}

type SentOutcome = Exclude<RefreshOutcome, { kind: 'unsent' }>;

async function applyOutcome(
  key: SealKey,
  found: StoredAccount,
  marked: StoredAccount,
  outcome: SentOutcome,
  options: RotationOptions,
): Promise<StoredAccount> {
  const now = options.clock.now();
  switch (outcome.kind) {
    case 'rotated':
      return store(key, marked, outcome.tokens, options);
    case 'ended':
      return end(key, marked, outcome.reason, options);
    case 'refused': {
      const waitUntil = outcome.retryAfter === undefined ? undefined : now + Math.min(outcome.retryAfter, longestWait);
      await replace(key, marked, { ...found, ...(waitUntil === undefined ? {} : { waitUntil }) }, options);
      throw outcome.error;
    }
    case 'unexplained': {
      const { since, times } = found.unexplainedRefusals ?? { since: now, times: 0 };
      const unexplained = { since, times: times + 1 };
      if (unexplained.times >= unexplainedTimes && Math.abs(now - since) >= unexplainedSpan) return end(key, marked, outcome.kind, options);
      const waitUntil = now + unexplainedSpan / (unexplainedTimes - 1);
      await replace(key, marked, { ...found, unexplainedRefusals: unexplained, waitUntil }, options);
      throw outcome.error;
    }
    case 'unknown':
      throw outcome.error;
  }
}

/** @throws AppError `signedOut`, unless the account was signed out or in again meanwhile: the verdict was about a session that is no longer ours */
async function end(key: SealKey, marked: StoredAccount, reason: string, options: RotationOptions): Promise<StoredAccount> {
  const ended: StoredAccount = { ...withoutHistory(marked), state: 'expired' };
  options.log.warn('the session is over', { flow: options.correlationId, reason });
  if (!(await replace(key, marked, ended, options))) return current(key, marked.hash, options.vault);
  options.onExpired(ended);
  throw new AppError('signedOut');
}

async function store(key: SealKey, marked: StoredAccount, tokens: TokenSet, options: RotationOptions): Promise<StoredAccount> {
  const identity = refreshedIdentity(marked, tokens);
  if (accountId(identity) !== marked.id) {
    try {
      return await end(key, marked, 'another account', options);
    } finally {
      await revokeUnused(marked, tokens, options);
    }
  }
  const next: StoredAccount = { ...withoutHistory(marked), state: 'ready', generation: marked.generation + 1, identity, tokens };
  if (await replace(key, marked, next, options)) {
    options.onRenewed(next);
    return next;
  }
  // Signed out or in again meanwhile: nobody may use them.
  await revokeUnused(marked, tokens, options);
  return current(key, marked.hash, options.vault);
}

async function revokeUnused({ service }: StoredAccount, tokens: TokenSet, { log, http, correlationId }: RotationOptions): Promise<void> {
  log.warn('new tokens are given back', { flow: correlationId });
  await revoke(service, tokens, { http, correlationId });
}

function current(key: SealKey, hash: string, vault: Vault): Promise<StoredAccount> {
  return vault.write(transaction => requireSignedIn(key, transaction.row(hash)));
}

/** Plan and email may have changed; the workspace's name is not in the token. */
function refreshedIdentity(account: StoredAccount, tokens: TokenSet): Identity {
  const claims = readClaims(tokens.idToken);
  const read = claims && protocolOf(account.service).readIdentity(claims);
  return { ...account.identity, ...read };
}

/**
 * Writes down what came of the request. A token whose answer was read must not be presented again, so with lock and
 * tokens in hand this is tried until the disk lets it, in the room that was kept for it.
 * @returns whether the account was still the one that was marked
 */
async function replace(key: SealKey, marked: StoredAccount, to: StoredAccount, options: RotationOptions): Promise<boolean> {
  const { vault, reserve, clock, log, correlationId } = options;
  const row = toRow(key, to);
  await reserve.free(marked.hash);
  for (let pause = shortestPause; ; pause = Math.min(pause * 2, longestPause)) {
    try {
      return await vault.write(transaction => transaction.replace(headerOf(marked), row) || isSame(transaction.row(row.hash), row));
    } catch (error) {
      if (!isStorageFailure(asAppError(error))) throw error;
      log.error('the answer could not be stored yet', error, { flow: correlationId });
    }
    await clock.sleep(pause);
  }
}

/** A commit may have gone through although it failed: no two seals are alike. */
function isSame(there: VaultRow | undefined, row: VaultRow): boolean {
  return there !== undefined && Buffer.compare(there.sealed, row.sealed) === 0;
}
