import { describe, expect, it } from 'vitest';
import { historyLength, isSameCycle } from '../../../src/usage/history.ts';
import { newSamples } from '../../../src/usage/newSamples.ts';
import type { UsageSample } from '../../../src/usage/history.ts';
import { day, five, hour, minute, now, snapshot, week, withoutReset } from './support/snapshots.ts';

const sample = (fields: Partial<UsageSample> = {}): UsageSample => ({
  windowId: 'codex:weekly',
  at: now - 5 * minute,
  used: 50,
  resetAt: now + 3 * day,
  lengthSeconds: 604_800,
  ...fields,
});
const isKept = (window = week(50), last = sample()) => newSamples(snapshot({ windows: [window] }), [last]).length > 0;

it('history is kept for eight weeks', () => {
  expect(historyLength).toBe(8 * 7 * day);
});

describe('newSamples', () => {
  it('a window without history gets a sample, whatever limit it belongs to', () => {
    const spark = five(3, { id: 'spark:5h', limitId: 'spark' });
    expect(newSamples(snapshot({ windows: [five(34), week(58)], extra: [spark] }), [])).toEqual([
      { windowId: 'codex:5h', at: now, used: 34, resetAt: now + 2 * hour, lengthSeconds: 18_000 },
      { windowId: 'codex:weekly', at: now, used: 58, resetAt: now + 3 * day, lengthSeconds: 604_800 },
      { windowId: 'spark:5h', at: now, used: 3, resetAt: now + 2 * hour, lengthSeconds: 18_000 },
    ]);
  });

  it('a window whose usage changed gets a sample, the others none', () => {
    const last = [sample({ windowId: 'codex:5h', used: 34, resetAt: now + 2 * hour }), sample({ used: 50 })];
    expect(newSamples(snapshot({ windows: [five(34), week(58)] }), last)).toMatchObject([{ windowId: 'codex:weekly', used: 58 }]);
  });

  it.each<[string, boolean, Parameters<typeof isKept>]>([
    ['no change', false, []],
    ['less than a point more', false, [week(50.9)]],
    ['a point more', true, [week(51)]],
    ['a point less', true, [week(49)]],
    ['no change for less than half an hour', false, [week(50), sample({ at: now - 30 * minute + 1 })]],
    ['no change for half an hour', true, [week(50), sample({ at: now - 30 * minute })]],
    ['no change and a clock set back by half an hour', true, [week(50), sample({ at: now + 30 * minute })]],
    ['a reset moved by five minutes', false, [week(50, { resetAt: now + 3 * day - 5 * minute })]],
    ['a reset moved by more', true, [week(50, { resetAt: now + 3 * day + 5 * minute + 1 })]],
    ['a reset that is no longer reported', true, [withoutReset(week(50))]],
    ['a reset that was not reported before', true, [week(50), sampleWithoutReset()]],
    ['no reset, as before', false, [withoutReset(week(50)), sampleWithoutReset()]],
  ])('a window with %s gets a sample: %s', (_what, kept, given) => {
    expect(isKept(...given)).toBe(kept);
  });

  it('the reading that confirms what was given back is kept, although it says the same', () => {
    const [spent, lower] = [sample({ used: 100, at: now - 10 * minute }), sample({ used: 50 })];
    expect(newSamples(snapshot({ windows: [week(50)] }), [spent, lower])).toHaveLength(1);
    expect(newSamples(snapshot({ windows: [week(50)] }), [spent, lower, sample({ used: 50, at: now - minute })])).toEqual([]);
  });

  it('a window that has not begun is stored without its reset, which moves with the clock', () => {
    const untouched = week(0, { isActive: false, resetAt: now + 7 * day });
    const [first] = newSamples(snapshot({ windows: [untouched] }), []);
    expect(first).toEqual({ windowId: 'codex:weekly', at: now, used: 0, lengthSeconds: 604_800 });
    const later = snapshot({ fetchedAt: now + 10 * minute, windows: [{ ...untouched, resetAt: now + 7 * day + 10 * minute }] });
    expect(newSamples(later, [first ?? sample()])).toEqual([]);
  });
});

function sampleWithoutReset(): UsageSample {
  return { windowId: 'codex:weekly', at: now - 5 * minute, used: 50, lengthSeconds: 604_800 };
}

describe('isSameCycle', () => {
  const week_ = (resetAt?: number) => ({ lengthSeconds: 604_800, ...(resetAt === undefined ? {} : { resetAt }) });

  it.each<[string, number | undefined, number | undefined, boolean]>([
    ['readings with the same reset', now, now, true],
    ['readings whose resets are less than half the length apart', now, now + 3.5 * day - 1, true],
    ['readings whose reset went back by less than half the length', now, now - 3.5 * day + 1, true],
    ['readings whose resets are half the length apart', now, now + 3.5 * day, false],
    ['readings whose resets are the length apart', now, now - 7 * day, false],
    ['readings with and without a reset', now, undefined, true],
    ['readings without a reset', undefined, undefined, true],
  ])('%s are of one cycle: %s', (_what, a, b, isSame) => {
    expect(isSameCycle(week_(a), week_(b))).toBe(isSame);
    expect(isSameCycle(week_(b), week_(a))).toBe(isSame);
  });

  it('two readings of a window of minutes or of unknown length are of one cycle when their resets are less than five minutes apart', () => {
    for (const length of [{ lengthSeconds: 300 }, {}]) {
      expect(isSameCycle({ resetAt: now }, { resetAt: now + 5 * minute - 1, ...length })).toBe(true);
      expect(isSameCycle({ resetAt: now }, { resetAt: now + 5 * minute, ...length })).toBe(false);
    }
  });
});
