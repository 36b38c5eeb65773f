import { describe, expect, it } from 'vitest';
import type { Reading } from '../../../src/usage/allowance.ts';
import { allowancesOf, presentAllowance, startOf } from '../../../src/usage/allowance.ts';
import { evenPace, forecast } from '../../../src/usage/forecast.ts';
import { readFixture } from '../support/captured.ts';
import { day, five, hour, minute, now, week } from './support/snapshots.ts';

const lengthSeconds = 604_800;
/** Readings of the weekly window: minutes from now, used, days from now to the reset; `undefined` where none is named. */
function readings(...all: [minutes: number, used: number, days?: number][]): Reading[] {
  return all.map(([minutes, used, days]) => ({
    at: now + minutes * minute,
    used,
    lengthSeconds,
    ...(days === undefined ? {} : { resetAt: now + days * day }),
  }));
}
const parts = (all: Reading[]) => allowancesOf(all).map(each => each.readings.map(({ used }) => used));

describe('allowancesOf', () => {
  it.each<[string, Reading[], number[][]]>([
    ['no reading has none', [], []],
    ['one that is used is one', readings([0, 10, 3], [5, 20, 3], [10, 100, 3]), [[10, 20, 100]]],
    ['what is given back under the same reset', readings([0, 100, 3], [5, 0, 3], [10, 1, 3]), [[100], [0, 1]]],
    ['what is given back in part', readings([0, 100, 3], [5, 60, 3], [10, 61, 3]), [[100], [60, 61]]],
    ['what is given back before it was used up', readings([0, 70, 3], [5, 0, 3], [10, 1, 3]), [[70], [0, 1]]],
    ['what is given back with another reset', readings([0, 4, 3], [5, 1, 7], [10, 1, 7]), [[4], [1, 1]]],
    ['what is given back without any reset', readings([0, 100], [5, 3], [10, 3]), [[100], [3, 3]]],
    ['what the next reading takes back', readings([0, 100, 3], [5, 0, 3], [10, 100, 3]), [[100, 0, 100]]],
    ['what a reading of the same minute repeats', readings([0, 100, 3], [5, 0, 3], [5.5, 0, 3], [10, 100, 3]), [[100, 0, 0, 100]]],
    ['a correction by a few points', readings([0, 80, 3], [5, 77, 3], [10, 76, 3]), [[80, 77, 76]]],
    ['a reset that moves by days', readings([0, 80, 3], [5, 80, 8], [10, 81, 8]), [[80, 80, 81]]],
    ['a reset that moves by days, and a correction', readings([0, 80, 3], [5, 79, 8], [10, 79, 8]), [[80, 79, 79]]],
    ['a reset that takes place', readings([0, 10, 3], [4 * 1440, 12, 10]), [[10], [12]]],
    ['a reset that takes place a little before its time', readings([0, 3, 3], [3 * 1440 - 1, 1, 10]), [[3], [1]]],
    ['a reset that takes place and is not followed by use', readings([0, 3, 3], [4 * 1440, 0]), [[3], [0]]],
    ['a reset that is overdue', readings([0, 10, 3], [4 * 1440, 10, 3]), [[10, 10]]],
    ['two in a row', readings([0, 100, 3], [5, 0, 3], [10, 1, 3], [60, 100, 3], [65, 2, 3], [70, 2, 3]), [[100], [0, 1, 100], [2, 2]]],
  ])('%s', (_what, given, expected) => {
    expect(parts(given)).toEqual(expected);
  });

  it('what one reading alone gives back is an allowance in doubt', () => {
    expect(allowancesOf(readings([0, 100, 3], [5, 0, 3])).map(({ isSure }) => isSure)).toEqual([true, false]);
  });

  it('an allowance began at its reset, or at the first reading that shows it', () => {
    const [, back] = allowancesOf(readings([0, 100, 3], [5, 0, 3], [10, 1, 3]));
    expect(back).toMatchObject({ previousAt: now, beganAt: now + 5 * minute });
    const [, next] = allowancesOf(readings([0, 10, 3], [4 * 1440, 12, 10]));
    expect(next).toMatchObject({ previousAt: now, beganAt: now + 3 * day });
  });
});

describe('startOf', () => {
  const start = (...all: Parameters<typeof readings>) => {
    const last = allowancesOf(readings(...all)).at(-1);
    return last && startOf(last);
  };

  it('an allowance starts its length before its reset, also where that moves later', () => {
    expect(start([0, 10, 3], [5, 80, 3])).toEqual({ at: now - 4 * day, used: 0 });
    expect(start([0, 10, 3], [5, 80, 8])).toEqual({ at: now - 4 * day, used: 0 });
  });

  it('until something is used, the start moves along with the reset', () => {
    expect(start([0, 1, 3], [5, 1, 5], [10, 40, 5])).toEqual({ at: now - 2 * day, used: 0 });
    expect(start([0, 0], [5, 40, 5])).toEqual({ at: now - 2 * day, used: 0 });
  });

  it('an allowance that was given back under the same reset starts with its first reading', () => {
    expect(start([0, 100, 3], [5, 20, 3], [10, 30, 3])).toMatchObject({ at: now + 5 * minute, used: 20 });
  });

  it('an allowance without a reset has no known start', () => {
    expect(start([0, 10])).toBeUndefined();
  });
});

it('a sample from before the clock was put back has no part in the present allowance', () => {
  const { readings: known } = presentAllowance(week(50), now, readings([-5, 40, 3], [5, 100, 3]));
  expect(known.map(({ used }) => used)).toEqual([40, 50]);
});

describe('the forecast of an allowance that was given back under the same reset', () => {
  const { readings: recorded } = readFixture('cases/c09-resets-that-keep-their-cycle.json') as { readings: [string, number, string][] };
  const all = recorded.map(([at, used, resetAt]) => ({ at: Date.parse(at), used, resetAt: Date.parse(resetAt), lengthSeconds }));
  const at = (index: number) => {
    const { at: fetchedAt = 0, used = 0, resetAt = 0 } = all[index] ?? {};
    const input = { fetchedAt, now: fetchedAt, workDays: 7, samples: all.slice(0, index) };
    const window = week(used, { resetAt });
    return { forecast: forecast(window, input), even: evenPace(window, fetchedAt, input), fetchedAt };
  };

  it('it starts where the allowance began', () => {
    // 60 percent in 19 of 145.9 hours.
    const { forecast: said, even, fetchedAt } = at(4);
    expect(said).toMatchObject({ verdict: 'runsOut', projected: expect.closeTo((60 * 145.87) / 19, 0) as number });
    expect(said).toMatchObject({ runsOutAt: expect.closeTo(fetchedAt + (40 / 60) * 19 * hour, -4) as number });
    expect(even).toBeCloseTo((19 / 145.87) * 100, 1);
  });

  it('it is hidden while one reading alone says so, and until it is more than chance', () => {
    expect([at(2).forecast, at(3).forecast]).toEqual([{ verdict: 'hidden' }, { verdict: 'hidden' }]);
  });

  it('the last hour of a short window counts from there', () => {
    const samples = [
      { at: now - 50 * minute, used: 100 },
      { at: now - 40 * minute, used: 0 },
      { at: now - 30 * minute, used: 10 },
    ].map(each => ({ ...each, resetAt: now + 2 * hour, lengthSeconds: 18_000 }));
    const said = forecast(five(60), { fetchedAt: now, now, workDays: 7, samples });
    expect(said).toMatchObject({ verdict: 'runsOut', runsOutAt: now + Math.round((40 / 60) * 40 * minute) });
  });
});
