import { dialectOf } from '../oauth/dialects.ts';
import { SignInError } from '../oauth/errors.ts';
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
import type { Vault } from './vault.ts';

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
  const { vault, clock, log, flowId } = options;
  const found = await look(key, hash, vault);
  if (found.generation !== options.refused && isFresh(found.tokens, clock.now())) return found;
  const marked = await mark(key, found, options);
  const outcome = await refresh(found.service, found.tokens, options);
  log.info('refresh', { flow: flowId, outcome: outcome.kind, generation: found.generation });
  return settle(key, found, marked, outcome, options);
}

/** What the vault holds now: another window may have been faster, or the account may be gone. */
async function look(key: SealKey, hash: string, vault: Vault): Promise<Account> {
  const row = await vault.write(transaction => transaction.row(hash));
  const account = row && fromRow(key, row);
  if (!account || account.state === 'ended' || account.state === 'leaving') throw new SignInError('signedOut');
  return account;
}

/** Writes down that the refresh token is being presented, and sets aside the room that its successor will need. */
async function mark(key: SealKey, account: Account, { vault, clock }: RotationOptions): Promise<Account> {
  const now = clock.now();
  const times = account.asked?.times ?? 0;
  if (account.asked && now - account.asked.at < presentAgainAfter * 2 ** (times - 1)) throw new SignInError('serviceUnavailable');
  const marked: Account = { ...account, state: 'asking', asked: { at: now, times: times + 1 } };
  const row = toRow(key, marked);
  const done = await vault.write(transaction => transaction.replace(account, row, row.sealed.length + growth));
  if (!done) throw new SignInError('signedOut');
  return marked;
}

async function settle(key: SealKey, found: Account, marked: Account, outcome: RefreshOutcome, options: RotationOptions): Promise<Account> {
  switch (outcome.kind) {
    case 'rotated':
      return store(key, marked, outcome.tokens, options);
    case 'ended':
      options.log.warn('the session is over', { flow: options.flowId, reason: outcome.reason });
      await replace(key, marked, { ...withoutMark(marked), state: 'ended' }, options.vault);
      throw new SignInError('signedOut');
    case 'refused':
      await replace(key, marked, found, options.vault);
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
  const stored = await replace(key, marked, next, options.vault);
  if (isOurs && stored) return next;
  // Signed out or in again meanwhile, or tokens of somebody else: nobody may use them.
  options.log.warn('new tokens are given back', { flow: options.flowId, isOurs });
  await revoke(marked.service, tokens, options);
  return look(key, marked.hash, options.vault);
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

async function replace(key: SealKey, from: Account, to: Account, vault: Vault): Promise<boolean> {
  const row = toRow(key, to);
  return vault.write(transaction => transaction.replace(from, row));
}
