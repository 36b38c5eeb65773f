import { defined } from '../base/defined.ts';
import { minute } from '../base/duration.ts';
import type { Credits, SpendLimit, UsageSnapshot, UsageWindow } from './snapshot.ts';

/** From how much used a limit is low, and critical: percent, 0 to 100. */
export interface Thresholds {
  readonly warnAt: number;
  readonly criticalAt: number;
}

export type Level = 'normal' | 'low' | 'critical';

/** Whether one can go on, and what decides it. Times are milliseconds since the epoch. */
export type LimitStatus =
  /** `window` is the one with the least left. */
  | { readonly kind: Level; readonly window: UsageWindow }
  /** No request goes through before `until`, which is absent where OpenAI reports no reset. */
  | { readonly kind: 'spent'; readonly window: UsageWindow; readonly until?: number }
  /** Requests still go through, and count against a reserve: `reserve` is its window with the least left. `window` is used up, where one is. */
  | { readonly kind: 'onReserve'; readonly reserve: UsageWindow; readonly window?: UsageWindow }
  /** What the plan includes is used up, and requests spend credits. */
  | { readonly kind: 'spentOnCredits'; readonly window: UsageWindow; readonly credits: Credits }
  /** `window`, where there is one, is used up as well. */
  | { readonly kind: 'outOfCredits'; readonly isOwner: boolean; readonly window?: UsageWindow }
  /** The service takes nothing, although the windows have room; `window` is the one with the least left. */
  | { readonly kind: 'blocked'; readonly window?: UsageWindow }
  /** There are no windows but an allowance of credits: the one with the least left. */
  | { readonly kind: 'allowance'; readonly level: Level | 'spent'; readonly limit: SpendLimit }
  /** There are no windows; credits pay, and nothing limits them. */
  | { readonly kind: 'noFixedLimit'; readonly credits: Credits }
  /** The only thing that is in the way, or may be, should have gone with a reset that no reading has confirmed. */
  | { readonly kind: 'resetPassed'; readonly window: UsageWindow }
  | { readonly kind: 'notReported' };

/** A reset may lie a little before the reading that names it: OpenAI is applying it then. */
const resetting = 2 * minute;
const never = Number.MAX_SAFE_INTEGER;
const needsReserve: ReadonlySet<LimitStatus['kind']> = new Set<LimitStatus['kind']>([
  'spent',
  'onReserve',
  'spentOnCredits',
  'outOfCredits',
  'blocked',
]);

/** The limit that binds. Only those of the main limit do. */
export function limitStatus(snapshot: UsageSnapshot, now: number, thresholds: Thresholds): LimitStatus {
  const { windows, fetchedAt, allowed, limitReached } = snapshot;
  const passed = worstOf(windows.filter(window => isResetPassed(window, fetchedAt, now)));
  const open = windows.filter(window => !isResetPassed(window, fetchedAt, now));
  const isBlocked = allowed === undefined ? limitReached === true : !allowed;

  const spent = lastToReset(open, now);
  const credits = isBlocked ? undefined : usableCredits(snapshot);
  const reserve = (spent && !credits) || (isBlocked && !isResetDue(passed)) ? openReserve(snapshot, now) : undefined;
  if (reserve) return { kind: 'onReserve', reserve, ...defined({ window: spent }) };
  const depleted = isBlocked ? /^workspace_(owner|member)_credits_depleted$/.exec(snapshot.reachedType ?? '') : null;
  if (depleted) return { kind: 'outOfCredits', isOwner: depleted[1] === 'owner', ...defined({ window: spent }) };
  if (spent) {
    if (credits) return { kind: 'spentOnCredits', window: spent, credits };
    const until = untilOf(spent, now);
    return { kind: 'spent', window: spent, ...defined({ until }) };
  }

  const worst = worstOf(open);
  if (isBlocked && !isResetDue(passed)) return blocked(snapshot, worst);
  if (passed && (isBlocked || !worst || levelOf(worst.used, thresholds) === 'normal')) return { kind: 'resetPassed', window: passed };
  if (!worst) return withoutWindows(snapshot, thresholds);
  return { kind: levelOf(worst.used, thresholds), window: worst };
}

/** Further windows as they are shown: those of a reserve are, once something is used up that it stands in for. */
export function shownExtra({ extra }: UsageSnapshot, { kind }: LimitStatus): readonly UsageWindow[] {
  return needsReserve.has(kind) ? extra : extra.filter(({ reserve }) => reserve === undefined);
}

/**
 * Whether a window should be empty by now and no reading has said so: what was read of it does not hold any more. A reading that
 * names a reset long past is believed: OpenAI has not emptied that window.
 */
export function isResetPassed({ resetAt }: UsageWindow, fetchedAt: number, now: number): boolean {
  return resetAt !== undefined && resetAt <= now && resetAt > fetchedAt - resetting;
}

export function levelOf(used: number, { warnAt, criticalAt }: Thresholds): Level {
  if (used >= criticalAt) return 'critical';
  return used >= warnAt ? 'low' : 'normal';
}

/** Whether what is in the way should be gone. */
function isResetDue(passed: UsageWindow | undefined): boolean {
  return passed !== undefined && passed.used >= 100;
}

/** The reserve that takes requests, by the window of it with the least left; of several, the one with the most. */
function openReserve({ extra, fetchedAt }: UsageSnapshot, now: number): UsageWindow | undefined {
  const limits = Map.groupBy(extra, ({ limitId }) => limitId);
  const isUsedUp = (window: UsageWindow) => window.used >= 100 && !isResetPassed(window, fetchedAt, now);
  const open = [...limits.values()].filter(windows => windows.every(window => window.reserve === 'open' && !isUsedUp(window)));
  return open.flatMap(windows => worstOf(windows) ?? []).sort((a, b) => a.used - b.used)[0];
}

function blocked({ spend }: UsageSnapshot, worst: UsageWindow | undefined): LimitStatus {
  const limit = spend.find(({ isReached }) => isReached);
  if (limit) return { kind: 'allowance', level: 'spent', limit };
  return { kind: 'blocked', ...defined({ window: worst }) };
}

function withoutWindows(snapshot: UsageSnapshot, thresholds: Thresholds): LimitStatus {
  const { spend, credits, isSpendReached, allowed } = snapshot;
  if (isSpendReached && allowed === undefined) return blocked(snapshot, undefined);
  const [limit] = spend.filter(({ leftPercent }) => leftPercent !== undefined).sort((a, b) => leftOf(a) - leftOf(b));
  if (limit) return { kind: 'allowance', level: leftOf(limit) === 0 ? 'spent' : levelOf(100 - leftOf(limit), thresholds), limit };
  return credits && hasCredits(credits) ? { kind: 'noFixedLimit', credits } : { kind: 'notReported' };
}

function leftOf({ isReached, leftPercent = 100 }: SpendLimit): number {
  return isReached ? 0 : leftPercent;
}

function usableCredits({ credits, isSpendReached }: UsageSnapshot): Credits | undefined {
  return credits && hasCredits(credits) && !credits.isOverageReached && !isSpendReached ? credits : undefined;
}

function hasCredits({ has, isUnlimited, balance }: Credits): boolean {
  return isUnlimited || (has && balance !== 0);
}

/** The one with the least left; of two, the one that resets later. */
function worstOf(windows: readonly UsageWindow[]): UsageWindow | undefined {
  return [...windows].sort((a, b) => b.used - a.used || (b.resetAt ?? never) - (a.resetAt ?? never))[0];
}

/** Of those that are used up the one that is in the way for longest: all of them must reset. */
function lastToReset(windows: readonly UsageWindow[], now: number): UsageWindow | undefined {
  const spent = windows.filter(({ used }) => used >= 100);
  return spent.sort((a, b) => (untilOf(b, now) ?? never) - (untilOf(a, now) ?? never))[0];
}

function untilOf({ resetAt }: UsageWindow, now: number): number | undefined {
  return resetAt !== undefined && resetAt > now ? resetAt : undefined;
}
