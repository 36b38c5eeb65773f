import { defined } from '../base/defined.ts';
import { day, minute } from '../base/duration.ts';
import type { UsageSnapshot, UsageWindow } from './snapshot.ts';

/** A point of a window's history. Times are milliseconds since the epoch. */
export interface UsageSample {
  readonly windowId: string;
  readonly at: number;
  /** 0 to 100. */
  readonly used: number;
  /** Absent where OpenAI reported none, and while the window had not begun. */
  readonly resetAt?: number;
  readonly lengthSeconds?: number;
}

/** How long history is kept. */
export const historyLength = 56 * day;

const leastChange = 1;
const longestGap = 30 * minute;
const leastMove = 5 * minute;

/**
 * What of a reading history has to keep.
 * @param last the newest sample of each window by the window's id
 */
export function newSamples({ fetchedAt, windows, extra }: UsageSnapshot, last: ReadonlyMap<string, UsageSample>): UsageSample[] {
  return [...windows, ...extra]
    .map(window => sampleOf(window, fetchedAt))
    .filter(sample => {
      const before = last.get(sample.windowId);
      return before === undefined || isNews(before, sample);
    });
}

/** Before the window begins its reset moves with the clock, so it says nothing. */
export function sampleOf({ id, used, resetAt, lengthSeconds, isActive }: UsageWindow, at: number): UsageSample {
  return { windowId: id, at, used, ...defined({ resetAt: isActive ? resetAt : undefined, lengthSeconds }) };
}

function isNews(before: UsageSample, after: UsageSample): boolean {
  return (
    Math.abs(after.used - before.used) >= leastChange ||
    // Either way: a clock may have been set back.
    Math.abs(after.at - before.at) >= longestGap ||
    (after.resetAt === undefined) !== (before.resetAt === undefined) ||
    Math.abs((after.resetAt ?? 0) - (before.resetAt ?? 0)) > leastMove
  );
}

/**
 * Whether two readings of one window are of one cycle. Resets wander within a cycle, by minutes often and by days at times, and
 * one that OpenAI does not report proves nothing.
 */
export function isSameCycle(a: Pick<UsageSample, 'resetAt'>, b: Pick<UsageSample, 'resetAt' | 'lengthSeconds'>): boolean {
  if (a.resetAt === undefined || b.resetAt === undefined) return true;
  return Math.abs(a.resetAt - b.resetAt) < Math.max((b.lengthSeconds ?? 0) * 500, leastMove);
}
