import { describe, expect, it } from 'vitest';
import { historyLength, isSameCycle, newSamples } from '../../../src/usage/history.ts';
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
const isKept = (window = week(50), last = sample()) =>
  newSamples(snapshot({ windows: [window] }), new Map([[last.windowId, last]])).length > 0;

it('is kept for eight weeks', () => {
  expect(historyLength).toBe(8 * 7 * day);
});

describe('history keeps of a reading', () => {
  it('each window that it knows nothing of, of every limit', () => {
    const spark = five(3, { id: 'spark:5h', limitId: 'spark' });
    expect(newSamples(snapshot({ windows: [five(34), week(58)], extra: [spark] }), new Map())).toEqual([
      { windowId: 'codex:5h', at: now, used: 34, resetAt: now + 2 * hour, lengthSeconds: 18_000 },
      { windowId: 'codex:weekly', at: now, used: 58, resetAt: now + 3 * day, lengthSeconds: 604_800 },
      { windowId: 'spark:5h', at: now, used: 3, resetAt: now + 2 * hour, lengthSeconds: 18_000 },
    ]);
  });

  it('only those windows that have news', () => {
    const last = new Map([
      ['codex:5h', sample({ windowId: 'codex:5h', used: 34, resetAt: now + 2 * hour })],
      ['codex:weekly', sample({ used: 50 })],
    ]);
    expect(newSamples(snapshot({ windows: [five(34), week(58)] }), last)).toMatchObject([{ windowId: 'codex:weekly', used: 58 }]);
  });

  it.each<[string, boolean, Parameters<typeof isKept>]>([
    ['nothing new', false, []],
    ['less than a point more', false, [week(50.9)]],
    ['a point more', true, [week(51)]],
    ['a point less', true, [week(49)]],
    ['nothing new for less than half an hour', false, [week(50), sample({ at: now - 30 * minute + 1 })]],
    ['nothing new for half an hour', true, [week(50), sample({ at: now - 30 * minute })]],
    ['nothing new and a clock set back by half an hour', true, [week(50), sample({ at: now + 30 * minute })]],
    ['a reset moved by five minutes', false, [week(50, { resetAt: now + 3 * day - 5 * minute })]],
    ['a reset moved by more', true, [week(50, { resetAt: now + 3 * day + 5 * minute + 1 })]],
    ['a reset that is not told any more', true, [withoutReset(week(50))]],
    ['a reset that was not told before', true, [week(50), sampleWithoutReset()]],
    ['no reset, as before', false, [withoutReset(week(50)), sampleWithoutReset()]],
  ])('%s: %s', (_what, kept, given) => {
    expect(isKept(...given)).toBe(kept);
  });

  it('of a window that has not begun no reset, since that moves with the clock', () => {
    const untouched = week(0, { isActive: false, resetAt: now + 7 * day });
    const [first] = newSamples(snapshot({ windows: [untouched] }), new Map());
    expect(first).toEqual({ windowId: 'codex:weekly', at: now, used: 0, lengthSeconds: 604_800 });
    const later = snapshot({ fetchedAt: now + 10 * minute, windows: [{ ...untouched, resetAt: now + 7 * day + 10 * minute }] });
    expect(newSamples(later, new Map([['codex:weekly', first ?? sample()]]))).toEqual([]);
  });
});

function sampleWithoutReset(): UsageSample {
  return { windowId: 'codex:weekly', at: now - 5 * minute, used: 50, lengthSeconds: 604_800 };
}

describe('two readings of a window', () => {
  const week_ = (resetAt?: number) => ({ lengthSeconds: 604_800, ...(resetAt === undefined ? {} : { resetAt }) });

  it.each<[string, number | undefined, number | undefined, boolean]>([
    ['with one reset', now, now, true],
    ['with resets less than half its length apart', now, now + 3.5 * day - 1, true],
    ['with a reset that went back by as much', now, now - 3.5 * day + 1, true],
    ['with resets half its length apart', now, now + 3.5 * day, false],
    ['with resets its length apart', now, now - 7 * day, false],
    ['one without a reset', now, undefined, true],
    ['both without a reset', undefined, undefined, true],
  ])('%s are of one cycle: %s', (_what, a, b, isSame) => {
    expect(isSameCycle(week_(a), week_(b))).toBe(isSame);
    expect(isSameCycle(week_(b), week_(a))).toBe(isSame);
  });

  it('of minutes, or of unknown length, are of one cycle within five minutes', () => {
    for (const length of [{ lengthSeconds: 300 }, {}]) {
      expect(isSameCycle({ resetAt: now }, { resetAt: now + 5 * minute - 1, ...length })).toBe(true);
      expect(isSameCycle({ resetAt: now }, { resetAt: now + 5 * minute, ...length })).toBe(false);
    }
  });
});
