/** How refreshes that brought no tokens delay the next one: kept in the account's record, so that every window goes by it. */
import { defined } from '../../base/defined.ts';
import { day, hour, minute } from '../../base/duration.ts';
import { AppError } from '../../base/errors.ts';
import { refusalOf } from '../../base/refusal.ts';
import type { RefreshOutcome } from '../../oauth/refresh.ts';
import type { StoredAccount } from './storedAccount.ts';

/** A lost response leaves its token perhaps spent: it is presented again only after this time, doubled with each attempt. */
const retryAfterLostResponse = minute;
const longestRetryDelay = 6 * hour;
/** The wait after a refusal, doubled with each one; a longer `retry-after` is cut to an hour as well. */
const firstWait = minute;
const longestWait = hour;
/** A refusal that nothing explains and that stays the same for this long is final. A pause between two refusals counts for half of it at most. */
const finalAfter = day;
const longestCountedPause = finalAfter / 2;

type Refused = Pick<Extract<RefreshOutcome, { kind: 'refused' }>, 'retryAfter' | 'error' | 'mayBeFinal' | 'clockOffset'>;

/** The account as it is marked before its refresh token is presented. */
export function withAttempt(account: StoredAccount, now: number): StoredAccount {
  return { ...account, state: 'refreshing', refreshAttempt: { at: now, times: (account.refreshAttempt?.times ?? 0) + 1 } };
}

/** Whether a token that is perhaps spent has to rest. The distance counts in both directions: the clock may have been put back. */
export function isTooSoon({ at, times }: NonNullable<StoredAccount['refreshAttempt']>, now: number): boolean {
  return Math.abs(now - at) < Math.min(retryAfterLostResponse * 2 ** (times - 1), longestRetryDelay);
}

/**
 * Throws while a refusal has to be waited out. A wait that ends later than any that was stored is due to a clock that was put back.
 * @throws AppError with the service's code where the last refusal had one: it says more than that there is a wait
 */
export function requireNoWait({ waitUntil, refusals }: StoredAccount, now: number): void {
  if (waitUntil === undefined || waitUntil <= now || waitUntil > now + longestWait) return;
  if (refusals?.code === undefined) throw new AppError('serviceUnavailable');
  throw new AppError('refused', { refusal: refusalOf('refresh', refusals.code) });
}

/** The code that stands for a refusal, as far as the service states one: a 401 without any stands for itself. */
export function refusalCodeOf({ error, mayBeFinal }: Refused): string | undefined {
  const code = error.code === 'refused' ? error.refusal?.serviceCode : undefined;
  return code ?? (mayBeFinal ? '401' : undefined);
}

/** The account after a refusal that may pass; `undefined` where it has stayed the same for so long that it does not. */
export function afterRefusal(account: StoredAccount, refusal: Refused, now: number): StoredAccount | undefined {
  const { retryAfter = 0, mayBeFinal, clockOffset } = refusal;
  const code = refusalCodeOf(refusal);
  const before = account.refusals;
  const isLasting = mayBeFinal && before !== undefined && before.code === code;
  const lasting = isLasting ? before.lasting + countedPause(before, { at: now, ...defined({ clockOffset }) }) : 0;
  if (lasting >= finalAfter) return undefined;
  const times = (before?.times ?? 0) + 1;
  const wait = Math.min(Math.max(retryAfter, firstWait * 2 ** (times - 1)), longestWait);
  return { ...account, refusals: { times, at: now, lasting, ...defined({ code, clockOffset }) }, waitUntil: now + wait };
}

interface Moment {
  readonly at: number;
  readonly clockOffset?: number;
}

/** What has passed by this machine's clock and by the service's, either of which may have been set, without a long time without a request. */
function countedPause(from: Moment, to: Moment): number {
  const here = to.at - from.at;
  const there = here + (to.clockOffset ?? NaN) - (from.clockOffset ?? NaN);
  return Number.isNaN(there) ? 0 : Math.min(Math.max(Math.min(here, there), 0), longestCountedPause);
}
