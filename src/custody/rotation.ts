import { dialectOf } from '../oauth/dialects.ts';
import { asSignInError, isStorageFailure, SignInError } from '../oauth/errors.ts';
import type { Clock, Log } from '../oauth/host.ts';
import type { Http } from '../oauth/http.ts';
import type { RefreshOutcome } from '../oauth/refresh.ts';
import { refresh } from '../oauth/refresh.ts';
import { revoke } from '../oauth/revocation.ts';
import type { Identity, TokenSet } from '../oauth/tokens.ts';
import { isFresh, readClaims } from '../oauth/tokens.ts';
import type { Account } from './account.ts';
import { accountId, fromRow, toRow } from './account.ts';
import type { Locks } from './lock.ts';
import type { SealKey } from './seal.ts';
import type { Vault, VaultRow } from './vault.ts';

export interface RotationOptions {
  readonly vault: Vault;
  readonly locks: Locks;
  readonly http: Http;
  readonly clock: Clock;
  readonly log: Log;
  readonly flowId: string;
  /** Ends the wait for the lock. A request that is under way is never ended. */
  readonly signal: AbortSignal;
  /** A generation whose access token the service refused: it is replaced however fresh it looks. */
  readonly refused?: number;
}

/** An answer that was lost leaves its token perhaps spent: it is presented again only after this, doubled each time. */
const presentAgainAfter = 60_000;
/** Bytes that a token set may grow by from one generation to the next. */
const growth = 4_096;
/** Between attempts to store an answer. */
const shortestPause = 1_000;
const longestPause = 30_000;

/**
 * Replaces an account's token set: lock, look again, mark, ask, write, unlock. The new tokens are durable before anyone
 * is given them.
 * @returns the account as it is afterwards, which another window may have brought about
 * @throws SignInError `signedOut` when the session is over, anything else when it may pass
 */
export async function rotate(key: SealKey, hash: string, options: RotationOptions): Promise<Account> {
  const lock = await options.locks.acquire(hash, options.signal);
  try {
    return await rotateLocked(key, hash, options);
  } finally {
    lock.release();
  }
}

async function rotateLocked(key: SealKey, hash: string, options: RotationOptions): Promise<Account> {
  const { log, flowId } = options;
  const { found, marked } = await mark(key, hash, options);
  if (!marked) return found;
  // Without the signal: a request that was sent is waited for.
  const outcome = await refresh(found.service, found.tokens, { http: options.http, clock: options.clock, flowId });
  log.info('refresh', { flow: flowId, outcome: outcome.kind, generation: found.generation });
  return settle(key, found, marked, outcome, options);
}

/**
 * Looks again, because another window may have been faster or the account gone, and in the same transaction writes down
 * that the refresh token is being presented and sets aside the room that its successor will need.
 */
async function mark(key: SealKey, hash: string, { vault, clock, refused }: RotationOptions): Promise<{ found: Account; marked?: Account }> {
  return vault.write(transaction => {
    const found = usable(key, transaction.row(hash));
    const now = clock.now();
    if (found.generation !== refused && isFresh(found.tokens, now)) return { found };
    if (found.asked && isTooSoon(found.asked, now)) throw new SignInError('serviceUnavailable');
    const marked: Account = { ...found, state: 'asking', asked: { at: now, times: (found.asked?.times ?? 0) + 1 } };
    const row = toRow(key, marked);
    transaction.replace(found, row, row.sealed.length + growth);
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
  return Math.abs(now - at) < presentAgainAfter * 2 ** (times - 1);
}

async function settle(key: SealKey, found: Account, marked: Account, outcome: RefreshOutcome, options: RotationOptions): Promise<Account> {
  switch (outcome.kind) {
    case 'rotated':
      return store(key, marked, outcome.tokens, options);
    case 'ended':
      options.log.warn('the session is over', { flow: options.flowId, reason: outcome.reason });
      if (await replace(key, marked, { ...withoutMark(marked), state: 'ended' }, options)) throw new SignInError('signedOut');
      // Signed out or in again meanwhile: the verdict was about a session that is no longer ours.
      return current(key, marked.hash, options.vault);
    case 'refused':
      await replace(key, marked, found, options);
      throw outcome.error;
    case 'unknown':
      throw outcome.error;
  }
}

async function store(key: SealKey, marked: Account, tokens: TokenSet, options: RotationOptions): Promise<Account> {
  const identity = refreshedIdentity(marked, tokens);
  const isOurs = accountId(identity) === marked.id;
  const next: Account = isOurs
    ? { ...withoutMark(marked), state: 'ready', generation: marked.generation + 1, identity, tokens }
    : { ...withoutMark(marked), state: 'ended' };
  const stored = await replace(key, marked, next, options);
  if (isOurs && stored) return next;
  // Signed out or in again meanwhile, or tokens of somebody else: nobody may use them.
  options.log.warn('new tokens are given back', { flow: options.flowId, isOurs });
  await revoke(marked.service, tokens, { http: options.http, flowId: options.flowId });
  return current(key, marked.hash, options.vault);
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

function withoutMark(account: Account): Account {
  const { asked, ...rest } = account;
  return asked ? rest : account;
}

/**
 * Writes down what came of the request. A token whose answer was read must not be presented again, so with lock and
 * tokens in hand this is tried until the disk lets it.
 * @returns whether the account was still the one that was marked
 */
async function replace(key: SealKey, marked: Account, to: Account, { vault, clock, log, flowId }: RotationOptions): Promise<boolean> {
  const row = toRow(key, to);
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
