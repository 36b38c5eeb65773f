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
/** This many refusals without a readable code, over at least this time, mean that the session has ended. */
const unexplainedTimes = 3;
const unexplainedSpan = 10 * minute;
/** The wait after a refusal, doubled with each one; a longer `retry-after` is cut to an hour as well. */
const firstWait = minute;
const longestWait = hour;
/** An unknown code that stays the same for this long is final. A pause between two refusals counts for half of it at most. */
const finalAfter = day;
const longestCountedPause = finalAfter / 2;

type Refused = Pick<Extract<RefreshOutcome, { kind: 'refused' }>, 'retryAfter' | 'error' | 'mayBeFinal'>;

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

/** The account after a refusal that may pass; `undefined` where the same unknown code has stayed for so long that it does not. */
export function afterRefusal(account: StoredAccount, refusal: Refused, now: number): StoredAccount | undefined {
  const { retryAfter = 0, error, mayBeFinal } = refusal;
  const code = error.code === 'refused' ? error.refusal?.serviceCode : undefined;
  const before = account.refusals;
  const isLasting = mayBeFinal && before !== undefined && before.code === code;
  // A clock that was set does not count, and neither does a long time without a request.
  const passed = Math.min(Math.max(now - (before?.at ?? now), 0), longestCountedPause);
  const lasting = isLasting ? before.lasting + passed : 0;
  if (lasting >= finalAfter) return undefined;
  const times = (before?.times ?? 0) + 1;
  const wait = Math.min(Math.max(retryAfter, firstWait * 2 ** (times - 1)), longestWait);
  return { ...account, refusals: { times, at: now, lasting, ...defined({ code }) }, waitUntil: now + wait };
}

/** The account after a refusal without a readable code; `undefined` where it was one too many: the session has ended. */
export function afterUnexplainedRefusal(account: StoredAccount, now: number): StoredAccount | undefined {
  const before = account.unexplainedRefusals;
  // A first refusal in the future was noted before the clock was put back.
  const { since, times } = before && before.since <= now ? before : { since: now, times: 0 };
  const unexplainedRefusals = { since, times: times + 1 };
  if (unexplainedRefusals.times >= unexplainedTimes && now - since >= unexplainedSpan) return undefined;
  return { ...account, unexplainedRefusals, waitUntil: now + unexplainedSpan / (unexplainedTimes - 1) };
}
