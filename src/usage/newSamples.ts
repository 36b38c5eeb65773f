import { minute } from '../base/duration.ts';
import { allowancesOf } from './allowance.ts';
import type { UsageSample } from './history.ts';
import { sampleOf } from './history.ts';
import type { UsageSnapshot } from './snapshot.ts';

const leastChange = 1;
const longestGap = 30 * minute;
const leastMove = 5 * minute;

/**
 * What of a reading history has to keep.
 * @param recent the samples before it, oldest first
 */
export function newSamples({ fetchedAt, windows, extra }: UsageSnapshot, recent: readonly UsageSample[]): UsageSample[] {
  return [...windows, ...extra]
    .map(window => sampleOf(window, fetchedAt))
    .filter(sample => {
      const own = recent.filter(({ windowId }) => windowId === sample.windowId);
      const before = own.at(-1);
      // What confirms a reading is kept with it.
      return before === undefined || isNews(before, sample) || allowancesOf(own).at(-1)?.isSure === false;
    });
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
