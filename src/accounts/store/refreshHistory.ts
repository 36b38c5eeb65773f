/** How refreshes that brought no tokens delay the next one: kept in the account's record, so that every window goes by it. */
import { defined } from '../../base/defined.ts';
import { hour, minute } from '../../base/duration.ts';
import type { StoredAccount } from './storedAccount.ts';

/** A lost response leaves its token perhaps spent: it is presented again only after this time, doubled with each attempt. */
const retryAfterLostResponse = minute;
const longestRetryDelay = 6 * hour;
/** This many refusals without a readable code, over at least this time, mean that the session has ended. */
const unexplainedTimes = 3;
const unexplainedSpan = 10 * minute;
/** A longer `retry-after` is cut to this. */
const longestWait = hour;

/** The account as it is marked before its refresh token is presented. */
export function withAttempt(account: StoredAccount, now: number): StoredAccount {
  return { ...account, state: 'refreshing', refreshAttempt: { at: now, times: (account.refreshAttempt?.times ?? 0) + 1 } };
}

/** Whether a token that is perhaps spent has to rest. The distance counts in both directions: the clock may have been put back. */
export function isTooSoon({ at, times }: NonNullable<StoredAccount['refreshAttempt']>, now: number): boolean {
  return Math.abs(now - at) < Math.min(retryAfterLostResponse * 2 ** (times - 1), longestRetryDelay);
}

/** Whether the service asked to wait. A wait that ends later than any that was stored is due to a clock that was put back. */
export function mustWait({ waitUntil }: StoredAccount, now: number): boolean {
  return waitUntil !== undefined && waitUntil > now && waitUntil <= now + longestWait;
}

/** The account after a refusal that may pass. */
export function afterRefusal(account: StoredAccount, retryAfter: number | undefined, now: number): StoredAccount {
  const waitUntil = retryAfter === undefined ? undefined : now + Math.min(retryAfter, longestWait);
  return { ...account, ...defined({ waitUntil }) };
}

/** The account after a refusal without a readable code; `undefined` where it was one too many: the session has ended. */
export function afterUnexplainedRefusal(account: StoredAccount, now: number): StoredAccount | undefined {
  const { since, times } = account.unexplainedRefusals ?? { since: now, times: 0 };
  const unexplainedRefusals = { since, times: times + 1 };
  if (unexplainedRefusals.times >= unexplainedTimes && Math.abs(now - since) >= unexplainedSpan) return undefined;
  return { ...account, unexplainedRefusals, waitUntil: now + unexplainedSpan / (unexplainedTimes - 1) };
}
