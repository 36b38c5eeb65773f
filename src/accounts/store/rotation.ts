import { dialectOf } from '../../oauth/services/index.ts';
import { asSignInError, isStorageFailure, SignInError } from '../../base/errors.ts';
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { Http } from '../../base/http.ts';
import type { RefreshOutcome } from '../../oauth/refresh.ts';
import { refresh, refreshLimit } from '../../oauth/refresh.ts';
import { revoke } from '../../oauth/revoke.ts';
import type { Identity, TokenSet } from '../../oauth/tokenSet.ts';
import { isFresh, isLapsing, readClaims } from '../../oauth/tokenSet.ts';
import type { Account, Generation } from '../account.ts';
import { accountId, fromRow, isGeneration, toRow, withoutHistory } from '../account.ts';
import type { Locks } from '../../storage/processLock.ts';
import type { Reserve } from '../../storage/diskReserve.ts';
import type { SealKey } from '../../vault/seal.ts';
import type { Vault, VaultRow } from '../../vault/vault.ts';

export interface RotationParts {
  readonly vault: Vault;
  readonly locks: Locks;
  readonly reserve: Reserve;
  readonly http: Http;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
}

export interface RotationOptions extends RotationParts {
  readonly flowId: string;
  /** Ends the wait for the lock. A request that is under way is never ended. */
  readonly signal: AbortSignal;
  /** Aborted when the window closes: nothing is begun any more. */
  readonly closing: AbortSignal;
  /** A generation whose access token the service refused: it is replaced however fresh it looks. */
  readonly refused?: Generation;
  /** Called when the lock is had. */
  readonly onLocked: () => void;
  /** Called when a request did not leave this machine, before it is tried again. */
  readonly onTrouble: (error: SignInError) => void;
  /** Called when the service has ended the session, by the one window that heard it. */
  readonly onEnded: (account: Account) => void;
  /** Called when new tokens are stored, by the one window that got them. */
  readonly onRenewed: (account: Account) => void;
}

/**
 * Between attempts that never left this machine: full jitter under a ceiling that doubles. None is begun when one request's
 * time is over, but each has all of its own: one that was given up early may have spent the token.
 */
const firstCeiling = 1_000;
const lastCeiling = 15_000;
/** An answer that was lost leaves its token perhaps spent: it is presented again only after this, doubled each time. */
const presentAgainAfter = 60_000;
const longestDistance = 6 * 60 * 60_000;
/** A refusal without a readable word is believed when it was given so often, over so long. */
const unexplainedTimes = 3;
const unexplainedSpan = 10 * 60_000;
/** A service that asks to wait for longer is asked again all the same. */
const longestWait = 60 * 60_000;
/** Between attempts to store an answer. */
const shortestPause = 1_000;
const longestPause = 30_000;
/** Between looks at another window's request, where no lock tells when it is over. */
const lookPause = 500;

/**
 * Replaces an account's token set: lock, look again, mark, ask, write, unlock. The new tokens are durable before anyone
 * is given them.
 * @returns the account as it is afterwards, which another window may have brought about
 * @throws SignInError `signedOut` when the session is over, anything else when it may pass
 */
export async function rotate(key: SealKey, hash: string, options: RotationOptions): Promise<Account> {
  const lock = await options.locks.acquire(hash, options.signal);
  options.onLocked();
  try {
    return await rotateLocked(key, hash, options);
  } finally {
    await options.reserve.free(hash);
    lock.release();
  }
}

async function rotateLocked(key: SealKey, hash: string, options: RotationOptions): Promise<Account> {
  const { clock, random, log, flowId, http } = options;
  const end = clock.now() + refreshLimit;
  for (let ceiling = firstCeiling; ; ceiling = Math.min(ceiling * 2, lastCeiling)) {
    const { found, marked } = await markInTurn(key, hash, options);
    if (!marked) return found;
    const outcome = await refresh(found.service, found.tokens, { http, clock, flowId });
    log.info('refresh', { flow: flowId, outcome: outcome.kind, generation: found.generation });
    if (outcome.kind !== 'unsent') return settle(key, found, marked, outcome, options);
    await replace(key, marked, found, options);
    options.onTrouble(outcome.error);
    const pause = random() * ceiling;
    if (clock.now() + pause >= end || options.closing.aborted) throw outcome.error;
    await clock.sleep(pause, options.closing).catch(() => {
      throw outcome.error;
    });
  }
}

/** Where locks may lie, the mark of another window is what keeps this one from asking at the same time. */
async function markInTurn(key: SealKey, hash: string, options: RotationOptions): Promise<{ found: Account; marked?: Account }> {
  const { locks, clock, signal } = options;
  for (;;) {
    const result = await mark(key, hash, options);
    if (result !== 'tooSoon') return result;
    if (!(await locks.mayLie())) throw new SignInError('serviceUnavailable');
    await clock.sleep(lookPause, signal);
  }
}

/**
 * Looks again, because another window may have been faster or the account gone, and writes down that the refresh token is
 * being presented, after the room is set aside that its successor will need.
 */
async function mark(key: SealKey, hash: string, options: RotationOptions): Promise<{ found: Account; marked?: Account } | 'tooSoon'> {
  const { vault, reserve, clock, http, refused } = options;
  const time = () => ({ now: clock.now(), clockOffset: http.clockOffset });
  const isDue = (account: Account) => isGeneration(account, refused) || !isFresh(account.tokens, time());
  const before = await current(key, hash, vault);
  if (!isDue(before)) return { found: before };
  await reserve.set(hash);
  return vault.write(transaction => {
    const found = usable(key, transaction.row(hash));
    if (!isDue(found)) return { found };
    const { now } = time();
    if (found.waitUntil !== undefined && found.waitUntil > now && found.waitUntil <= now + longestWait)
      throw new SignInError('serviceUnavailable');
    // A token that is perhaps spent is presented only where the account would be lost without it.
    if (found.asked && !isGeneration(found, refused) && !isLapsing(found.tokens, time())) return { found };
    if (found.asked && isTooSoon(found.asked, now)) return 'tooSoon';
    const marked: Account = { ...found, state: 'asking', asked: { at: now, times: (found.asked?.times ?? 0) + 1 } };
    transaction.replace(found, toRow(key, marked));
    return { found, marked };
  });
}

/** @throws SignInError `signedOut` */
function usable(key: SealKey, row: VaultRow | undefined): Account {
  const account = row && fromRow(key, row);
  if (!account || account.state === 'ended' || account.state === 'leaving') throw new SignInError('signedOut');
  return account;
}

/** A clock that was put back far does not keep the account waiting until it has caught up. */
function isTooSoon({ at, times }: NonNullable<Account['asked']>, now: number): boolean {
  return Math.abs(now - at) < Math.min(presentAgainAfter * 2 ** (times - 1), longestDistance);
}

type SentOutcome = Exclude<RefreshOutcome, { kind: 'unsent' }>;

async function settle(key: SealKey, found: Account, marked: Account, outcome: SentOutcome, options: RotationOptions): Promise<Account> {
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
      const { since, times } = found.unexplained ?? { since: now, times: 0 };
      const unexplained = { since, times: times + 1 };
      if (unexplained.times >= unexplainedTimes && Math.abs(now - since) >= unexplainedSpan) return end(key, marked, outcome.kind, options);
      const waitUntil = now + unexplainedSpan / (unexplainedTimes - 1);
      await replace(key, marked, { ...found, unexplained, waitUntil }, options);
      throw outcome.error;
    }
    case 'unknown':
      throw outcome.error;
  }
}

/** @throws SignInError `signedOut`, unless the account was signed out or in again meanwhile: the verdict was about a session that is no longer ours */
async function end(key: SealKey, marked: Account, reason: string, options: RotationOptions): Promise<Account> {
  const ended: Account = { ...withoutHistory(marked), state: 'ended' };
  options.log.warn('the session is over', { flow: options.flowId, reason });
  if (!(await replace(key, marked, ended, options))) return current(key, marked.hash, options.vault);
  options.onEnded(ended);
  throw new SignInError('signedOut');
}

async function store(key: SealKey, marked: Account, tokens: TokenSet, options: RotationOptions): Promise<Account> {
  const identity = refreshedIdentity(marked, tokens);
  if (accountId(identity) !== marked.id) {
    try {
      return await end(key, marked, 'another account', options);
    } finally {
      await giveBack(marked, tokens, options);
    }
  }
  const next: Account = { ...withoutHistory(marked), state: 'ready', generation: marked.generation + 1, identity, tokens };
  if (await replace(key, marked, next, options)) {
    options.onRenewed(next);
    return next;
  }
  // Signed out or in again meanwhile: nobody may use them.
  await giveBack(marked, tokens, options);
  return current(key, marked.hash, options.vault);
}

async function giveBack({ service }: Account, tokens: TokenSet, { log, http, flowId }: RotationOptions): Promise<void> {
  log.warn('new tokens are given back', { flow: flowId });
  await revoke(service, tokens, { http, flowId });
}

function current(key: SealKey, hash: string, vault: Vault): Promise<Account> {
  return vault.write(transaction => usable(key, transaction.row(hash)));
}

/** Plan and email may have changed; the workspace's name is not in the token. */
function refreshedIdentity(account: Account, tokens: TokenSet): Identity {
  const claims = readClaims(tokens.idToken);
  const read = claims && dialectOf(account.service).readIdentity(claims);
  return { ...account.identity, ...read };
}

/**
 * Writes down what came of the request. A token whose answer was read must not be presented again, so with lock and
 * tokens in hand this is tried until the disk lets it, in the room that was kept for it.
 * @returns whether the account was still the one that was marked
 */
async function replace(key: SealKey, marked: Account, to: Account, options: RotationOptions): Promise<boolean> {
  const { vault, reserve, clock, log, flowId } = options;
  const row = toRow(key, to);
  await reserve.free(marked.hash);
  for (let pause = shortestPause; ; pause = Math.min(pause * 2, longestPause)) {
    try {
      return await vault.write(transaction => transaction.replace(marked, row) || isSame(transaction.row(row.hash), row));
    } catch (error) {
      if (!isStorageFailure(asSignInError(error))) throw error;
      log.error('the answer could not be stored yet', error, { flow: flowId });
    }
    await clock.sleep(pause);
  }
}

/** A commit may have gone through although it failed: no two seals are alike. */
function isSame(there: VaultRow | undefined, row: VaultRow): boolean {
  return there !== undefined && Buffer.compare(there.sealed, row.sealed) === 0;
}
