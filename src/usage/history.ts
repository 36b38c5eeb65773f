import { defined } from '../base/defined.ts';
import { day, minute } from '../base/duration.ts';
import type { UsageWindow } from './snapshot.ts';

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

const leastMove = 5 * minute;

/** Before the window begins its reset moves with the clock, so it says nothing. */
export function sampleOf({ id, used, resetAt, lengthSeconds, isActive }: UsageWindow, at: number): UsageSample {
  return { windowId: id, at, used, ...defined({ resetAt: isActive ? resetAt : undefined, lengthSeconds }) };
}

/**
 * Whether two readings of one window name one reset. It wanders by minutes often and by days at times, and one that OpenAI does not
 * report proves nothing. See `allowance.ts` for what it says of an allowance.
 */
export function isSameCycle(a: Pick<UsageSample, 'resetAt'>, b: Pick<UsageSample, 'resetAt' | 'lengthSeconds'>): boolean {
  if (a.resetAt === undefined || b.resetAt === undefined) return true;
  return Math.abs(a.resetAt - b.resetAt) < Math.max((b.lengthSeconds ?? 0) * 500, leastMove);
}
