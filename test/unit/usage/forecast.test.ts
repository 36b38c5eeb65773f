import { describe, expect, it } from 'vitest';
import type { ForecastInput } from '../../../src/usage/forecast.ts';
import { aboutTime, evenPace, forecast } from '../../../src/usage/forecast.ts';
import type { UsageWindow } from '../../../src/usage/snapshot.ts';
import { kindOf } from '../../../src/usage/decode/windows.ts';
import { readFixture } from '../support/captured.ts';
import { day, five, hour, minute, now, week, withoutReset } from './support/snapshots.ts';

interface VectorInput {
  readonly used: number;
  readonly windowSec: number;
  readonly resetAt: number | null;
  readonly now: number;
  readonly workDays?: number;
  readonly samples?: readonly { readonly t: number; readonly used: number }[];
}
interface Vector {
  readonly id: string;
  readonly name: string;
  readonly input: VectorInput;
  readonly expect: {
    readonly verdict: string;
    readonly expected?: number;
    readonly delta?: number;
    readonly eta?: number | null;
    readonly projected?: number;
    readonly headroom?: number | null;
  };
}
const { vectors, shortWindow } = readFixture('usage/pace-vectors.json') as {
  readonly vectors: readonly Vector[];
  readonly shortWindow: readonly { readonly name: string; readonly input: VectorInput; readonly expect: { readonly eta: number | null } }[];
};

/** The vectors count from 0, before any possible reading. */
const epoch = Date.parse('2026-06-07T00:00:00Z');

function arranged({ used, windowSec, resetAt, now: seconds, workDays = 7, samples = [] }: VectorInput): [UsageWindow, ForecastInput] {
  const time = (second: number) => (second > 1e9 ? 0 : epoch) + second * 1000;
  const lengthSeconds = windowSec > 0 ? windowSec : undefined;
  const window: UsageWindow = {
    id: 'codex:x',
    limitId: 'codex',
    kind: kindOf(lengthSeconds),
    ...(lengthSeconds === undefined ? {} : { lengthSeconds }),
    used: Math.min(100, used),
    ...(resetAt === null ? {} : { resetAt: (seconds > 1e9 ? 0 : epoch) + resetAt * 1000 }),
    isActive: true,
    source: 'usage',
  };
  const fetchedAt = time(seconds);
  const history = samples.map(sample => ({ at: time(sample.t), used: sample.used }));
  return [window, { fetchedAt, now: fetchedAt, workDays, timeZone: 'UTC', samples: history }];
}

describe('the pace vectors of other programs', () => {
  it.each(vectors)('$id, $name, has the verdict $expect.verdict', ({ id, input, expect: expected }) => {
    const [window, given] = arranged(input);
    const result = forecast(window, given);
    expect(result.verdict).toBe(expected.verdict === 'runs-out' ? 'runsOut' : expected.verdict);
    if (expected.expected !== undefined) {
      const even = evenPace(window, given.fetchedAt, given) ?? Number.NaN;
      expect(even).toBeCloseTo(expected.expected, 2);
      expect(window.used - even).toBeCloseTo(expected.delta ?? Number.NaN, 2);
    }
    if ('projected' in result) {
      expect(result.projected).toBeCloseTo(expected.projected ?? Number.NaN, 1);
      // The headroom follows from the same two numbers.
      if (typeof expected.headroom === 'number')
        expect((100 - input.used) / (result.projected - input.used)).toBeCloseTo(expected.headroom, 2);
    }
    if (result.verdict !== 'runsOut') return;
    // P11 is a five-hour window without history, so that its forecast has no time; S1 tests it with history.
    const eta = result.runsOutAt === undefined ? undefined : (result.runsOutAt - given.fetchedAt) / 1000;
    if (id === 'P11') expect(eta).toBeUndefined();
    else expect(Math.abs((eta ?? Number.NaN) - (expected.eta ?? Number.NaN))).toBeLessThanOrEqual(1);
  });

  it('the usage left at the reset is that of the table', () => {
    const left = vectors.flatMap(({ id, input }) => {
      const result = forecast(...arranged(input));
      return 'leftAtReset' in result ? [[id, result.leftAtReset]] : [];
    });
    expect(Object.fromEntries(left)).toEqual({ P2: 88, P3: 22, P5: 65, P13: 100, P14: 38, P16: 6, P18: 1, P21: 1 });
  });
});

describe('the forecast of a short window', () => {
  it.each(shortWindow)('$name', ({ input, expect: { eta } }) => {
    const [window, given] = arranged(input);
    const result = forecast(window, given);
    const runsOutAt = 'runsOutAt' in result ? result.runsOutAt : undefined;
    expect(runsOutAt).toBe(eta === null ? undefined : given.fetchedAt + eta * 1000);
  });

  const burst = five(60, { resetAt: now + 4 * hour });
  const at = (samples: [minutesAgo: number, used: number][]) => {
    const history = samples.map(([ago, used]) => ({ at: now - ago * minute, used }));
    const result = forecast(burst, { fetchedAt: now, now, workDays: 7, samples: history });
    expect(result.verdict).toBe('runsOut');
    return 'runsOutAt' in result ? result.runsOutAt : undefined;
  };

  it('a time needs two samples besides the reading', () => {
    expect(
      at([
        [30, 30],
        [15, 45],
      ]),
    ).toBe(now + 40 * minute);
    expect(at([[30, 30]])).toBeUndefined();
    expect(at([])).toBeUndefined();
  });

  it('a time needs samples from a quarter of an hour or more', () => {
    expect(
      at([
        [15, 45],
        [7, 50],
      ]),
    ).toBeDefined();
    expect(
      at([
        [14, 45],
        [7, 50],
      ]),
    ).toBeUndefined();
  });

  it('a time needs a rise of two points', () => {
    const slow = five(97, { resetAt: now + 2 * hour });
    const of = (used: number) =>
      forecast(slow, {
        fetchedAt: now,
        now,
        workDays: 7,
        samples: [
          { at: now - 60 * minute, used },
          { at: now - 30 * minute, used },
        ],
      });
    expect(of(95)).toEqual({ verdict: 'runsOut', projected: expect.any(Number) as number, runsOutAt: now + 90 * minute });
    expect(of(95.5)).not.toHaveProperty('runsOutAt');
  });

  it('a sample older than an hour or the window, or at the time of the reading, does not count', () => {
    expect(
      at([
        [61, 0],
        [30, 30],
        [0, 60],
      ]),
    ).toBeUndefined();
    const young = five(60, { resetAt: now + 4.5 * hour });
    const samples = [
      { at: now - 50 * minute, used: 0 },
      { at: now - 40 * minute, used: 0 },
      { at: now - 20 * minute, used: 30 },
    ];
    expect(forecast(young, { fetchedAt: now, now, workDays: 7, samples })).not.toHaveProperty('runsOutAt');
  });

  it('a window of six hours counts as short, one of seven does not', () => {
    const of = (hours: number) =>
      forecast(five(60, { kind: 'other', lengthSeconds: hours * 3600, resetAt: now + (hours - 1) * hour }), {
        fetchedAt: now,
        now,
        workDays: 7,
      });
    expect(of(6)).not.toHaveProperty('runsOutAt');
    expect(of(7)).toHaveProperty('runsOutAt', now + 40 * minute);
  });
});

describe('the forecast of a window', () => {
  const of = (window: UsageWindow, input: Partial<ForecastInput> = {}) =>
    forecast(window, { fetchedAt: now, now: input.fetchedAt ?? now, workDays: 7, timeZone: 'UTC', ...input });

  it.each<[string, UsageWindow, Partial<ForecastInput>?]>([
    ['has no reset', withoutReset(week(50))],
    ['has no length', { ...withoutReset(week(50)), resetAt: now + day, kind: 'unknown', id: 'codex:unknown' }],
    ['has not begun', week(0, { isActive: false, resetAt: now + 7 * day })],
    ['resets later than it can', week(50, { resetAt: now + 7 * day + 2 * minute + 1 })],
    ['began a short while ago', week(50, { resetAt: now + 7 * day * 0.98 })],
    ['had only days off so far', week(50, { resetAt: now + 5 * day }), { fetchedAt: now - day, workDays: 5 }],
    ['has been reset since', week(50), { now: now + 3 * day }],
    ['was read more than an hour ago', week(50), { now: now + hour + 1 }],
  ])('a window that %s has no forecast', (what, window, input) => {
    const { lengthSeconds, ...lengthless } = window;
    expect(lengthSeconds).toBe(604_800);
    expect(of(what === 'has no length' ? lengthless : window, input)).toEqual({ verdict: 'hidden' });
  });

  it('a forecast starts after three percent of the window', () => {
    expect(of(week(1, { resetAt: now + 7 * day * 0.971 })).verdict).toBe('hidden');
    expect(of(week(1, { resetAt: now + 7 * day * 0.97 })).verdict).toBe('spare');
  });

  it('a forecast uses a reading of up to an hour ago, as of the time of that reading', () => {
    const fresh = of(week(70));
    expect(fresh).toMatchObject({ verdict: 'runsOut' });
    expect(of(week(70), { now: now + hour })).toEqual(fresh);
  });

  it('a limit does not run out before now', () => {
    const nearly = week(99.99, { resetAt: now + day });
    const later = of(nearly, { now: now + hour });
    expect(later).toMatchObject({ verdict: 'runsOut', runsOutAt: now + hour });
  });

  it('a clock that is off by two minutes or less does not change the forecast', () => {
    const skewed = week(0.1, { resetAt: now + 7 * day + 2 * minute });
    expect(evenPace(skewed, now, { workDays: 7 })).toBe(0);
    expect(of(skewed)).toEqual({ verdict: 'hidden' });
  });

  it('a limit used less than five percent runs out without a time', () => {
    const young = (used: number) => of(week(used, { resetAt: now + 7 * day * 0.965 }));
    expect(young(4.9)).toEqual({ verdict: 'runsOut', projected: expect.closeTo(140) as number });
    expect(young(5)).toHaveProperty('runsOutAt');
  });

  it('a limit that is used up has the verdict spent, even without a reset', () => {
    expect(of(withoutReset(week(100)))).toEqual({ verdict: 'spent' });
  });

  it.each([
    [90, 'spare', 10],
    [90.2, 'tight', 10],
    [99.8, 'tight', 1],
    [100, 'tight', 1],
    [100.2, 'runsOut', undefined],
  ])('usage projected to %f percent is %s', (end, verdict, left) => {
    const result = of(week(end / 2, { resetAt: now + 3.5 * day }));
    expect(result.verdict).toBe(verdict);
    expect('leftAtReset' in result ? result.leftAtReset : undefined).toBe(left);
  });

  it('workdays count in a weekly window only', () => {
    const month = week(60, { kind: 'monthly', lengthSeconds: 30 * 86_400, resetAt: now + 15 * day });
    expect(of(month, { workDays: 5 })).toEqual(of(month));
    expect(of(week(20), { workDays: 5 })).not.toEqual(of(week(20)));
  });

  it('days with a change of daylight saving time count with their real hours', () => {
    // From Monday midnight in Berlin; the last Sunday has 25 hours, so that the week ends an hour before midnight.
    const start = Date.parse('2026-10-18T22:00:00Z');
    const window = week(50, { resetAt: start + 7 * day });
    const thursday = start + 3 * day;
    const berlin = { timeZone: 'Europe/Berlin', fetchedAt: thursday };
    expect(evenPace(window, thursday, { ...berlin, workDays: 6 })).toBe(50);
    expect(of(window, { ...berlin, workDays: 6 })).toMatchObject({ verdict: 'tight', projected: 100 });
    expect(evenPace(window, thursday, { ...berlin, workDays: 7 })).toBeCloseTo((3 / 7) * 100, 10);
    // 95 working hours from Tuesday 01:00 to Friday midnight; the rest continues on Monday, which begins at 23:00 UTC after the change.
    const late = week(90, { resetAt: start + 8 * day + hour });
    const result = of(late, { ...berlin, fetchedAt: Date.parse('2026-10-24T10:00:00Z'), workDays: 5 });
    const monday = Date.parse('2026-10-25T23:00:00Z');
    expect(result).toMatchObject({ verdict: 'runsOut', runsOutAt: expect.closeTo(monday + (95 * hour) / 9, 0) as number });
  });
});

describe('an even pace', () => {
  it('the even pace is the share of the window that has passed', () => {
    expect(evenPace(week(10, { resetAt: now + 3.5 * day }), now, { workDays: 7 })).toBe(50);
    expect(evenPace(five(10), now, { workDays: 5, timeZone: 'UTC' })).toBe(60);
  });

  it.each([
    ['without a reset', withoutReset(week(10))],
    ['that is over', week(10, { resetAt: now })],
  ])('a window %s has no even pace', (_what, window) => {
    expect(evenPace(window, now, { workDays: 7 })).toBeUndefined();
  });
});

describe('an approximate time', () => {
  it.each([
    [12 * minute, '16:10'],
    [13 * minute, '16:15'],
    [59 * minute, '17:00'],
    [hour + 6 * minute, '17:00'],
    [hour + 8 * minute, '17:15'],
    [day - 1, '16:00'],
    [day + 29 * minute, '16:00'],
    [day + 31 * minute, '17:00'],
  ])('a time %i ms ahead is rounded in proportion', (ahead, clock) => {
    expect(new Date(aboutTime(now + ahead, now)).toISOString().slice(11, 16)).toBe(clock);
  });
});
