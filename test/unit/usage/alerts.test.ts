import { describe, expect, it } from 'vitest';
import type { AlertInput, AlertMark, AlertSwitches } from '../../../src/usage/alerts.ts';
import { alertsOf } from '../../../src/usage/alerts.ts';
import type { Forecast } from '../../../src/usage/forecast.ts';
import type { UsageSnapshot, UsageWindow } from '../../../src/usage/snapshot.ts';
import { day, five, hour, minute, now, snapshot, week, withoutReset } from './support/snapshots.ts';

const all: AlertSwitches = { low: true, pace: true, spent: true, back: true };
const runsOut: Forecast = { verdict: 'runsOut', projected: 140, runsOutAt: now + hour };

/** Readings of one account one after the other, as the marks go along. */
class Readings {
  marks: readonly AlertMark[] = [];
  before: UsageSnapshot | undefined;
  switches = all;
  thresholds = { warnAt: 80, criticalAt: 95 };

  /** @returns the alerts as kind and window */
  next(at: number, windows: readonly UsageWindow[], forecasts: AlertInput['forecasts'] = new Map()): string[] {
    const after = snapshot({ fetchedAt: at, windows });
    const { before, marks, switches, thresholds } = this;
    const result = alertsOf({ before, after, marks: JSON.parse(JSON.stringify(marks)) as AlertMark[], switches, thresholds, forecasts });
    this.marks = result.marks;
    this.before = after;
    return result.alerts.map(({ kind, window }) => `${kind} ${window.id}`);
  }

  /** As after a start: what was read before is not known, the marks are. */
  restart(): void {
    this.before = undefined;
  }
}

function started(...windows: UsageWindow[]): Readings {
  const readings = new Readings();
  expect(readings.next(now - 5 * minute, windows)).toEqual([]);
  return readings;
}

describe('bad news', () => {
  it.each<[string, number, number, string[]]>([
    ['nothing', 50, 79.9, []],
    ['that a window is low', 50, 80, ['low codex:weekly']],
    ['that it is critical', 50, 95, ['critical codex:weekly']],
    ['that it is used up', 50, 100, ['spent codex:weekly']],
    ['the worst alone, of several at once', 0, 100, ['spent codex:weekly']],
    ['nothing where less is used than before', 50, 30, []],
  ])('is %s', (_what, before, after, alerts) => {
    expect(started(week(before)).next(now, [week(after)])).toEqual(alerts);
  });

  it('is told once for a window, a cycle and a kind', () => {
    const readings = started(week(70));
    const told = [81, 82, 78, 84, 95, 94, 97, 100, 99, 100].flatMap((used, index) => readings.next(now + index * 5 * minute, [week(used)]));
    expect(told).toEqual(['low codex:weekly', 'critical codex:weekly', 'spent codex:weekly']);
  });

  it('that is worse makes the lesser old', () => {
    const readings = started(week(70));
    expect(readings.next(now, [week(96)])).toEqual(['critical codex:weekly']);
    expect(readings.next(now + minute, [week(85)])).toEqual([]);
  });

  it('is told again in the next cycle', () => {
    const readings = started(five(70));
    expect(readings.next(now, [five(85)])).toEqual(['low codex:5h']);
    const next = (used: number) => five(used, { resetAt: now + 7 * hour });
    expect(readings.next(now + 3 * hour, [next(10)])).toEqual([]);
    expect(readings.next(now + 4 * hour, [next(85)])).toEqual(['low codex:5h']);
  });

  it('is not told again because a reset moved by days', () => {
    const readings = started(week(70));
    expect(readings.next(now, [week(85)])).toEqual(['low codex:weekly']);
    expect(readings.next(now + minute, [week(86, { resetAt: now + 5 * day })])).toEqual([]);
    expect(readings.next(now + 2 * minute, [withoutReset(week(86))])).toEqual([]);
  });

  it('is told of each window', () => {
    expect(started(five(70), week(70)).next(now, [five(100), week(85)])).toEqual(['spent codex:5h', 'low codex:weekly']);
  });

  it('is not told of what the first reading finds, then or later', () => {
    const readings = started(week(85));
    expect(readings.next(now, [week(86)])).toEqual([]);
    expect(readings.next(now + minute, [week(95)])).toEqual(['critical codex:weekly']);
    readings.restart();
    expect(readings.next(now + hour, [week(100)])).toEqual([]);
    expect(readings.next(now + 2 * hour, [week(100)])).toEqual([]);
  });

  it('is not told of a window that is new, then or later', () => {
    const readings = started(week(50));
    expect(readings.next(now, [five(99), week(50)])).toEqual([]);
    expect(readings.next(now + minute, [five(99), week(50)])).toEqual([]);
    expect(readings.next(now + 2 * minute, [five(100), week(50)])).toEqual(['spent codex:5h']);
  });

  it('is told by one of several processes that share the marks', () => {
    const [one, other] = [started(week(70)), started(week(70))];
    expect(one.next(now, [week(85)])).toEqual(['low codex:weekly']);
    other.marks = one.marks;
    expect(other.next(now + minute, [week(86)])).toEqual([]);
  });

  it('is not told of a window that resets as it is read', () => {
    const readings = started(five(70));
    expect(readings.next(now + 2 * hour, [five(100)])).toEqual([]);
    expect(readings.next(now + 2 * hour + 2 * minute, [five(100)])).toEqual(['spent codex:5h']);
  });

  it('is not told of additional limits', () => {
    const spark = (used: number) => snapshot({ extra: [week(used, { id: 'spark:weekly', limitId: 'spark' })] });
    const input = { marks: [], switches: all, thresholds: { warnAt: 80, criticalAt: 95 }, forecasts: new Map<string, Forecast>() };
    expect(alertsOf({ ...input, before: spark(50), after: spark(100) })).toEqual({ alerts: [], marks: [] });
  });

  it.each<[keyof AlertSwitches, number, string[]]>([
    ['low', 85, []],
    ['low', 96, []],
    ['low', 100, ['spent codex:weekly']],
    ['spent', 100, ['critical codex:weekly']],
    ['pace', 85, ['low codex:weekly']],
  ])('is not told where %s is off, at %i percent', (kind, used, alerts) => {
    const readings = started(week(70));
    readings.switches = { ...all, [kind]: false };
    expect(readings.next(now, [week(used)])).toEqual(alerts);
    readings.switches = all;
    expect(readings.next(now + minute, [week(used)])).toEqual([]);
  });

  it('is told where a threshold is set below what is used', () => {
    const readings = started(week(70));
    readings.thresholds = { warnAt: 60, criticalAt: 95 };
    expect(readings.next(now, [week(70)])).toEqual(['low codex:weekly']);
  });
});

describe('the pace', () => {
  const forecasts = (forecast: Forecast) => new Map([['codex:weekly', forecast]]);

  it.each<[string, Forecast, string[]]>([
    ['is told where it runs out at a time', runsOut, ['pace codex:weekly']],
    ['is not told without a time', { verdict: 'runsOut', projected: 140 }, []],
    ['is not told where something is left', { verdict: 'tight', projected: 95, leftAtReset: 5 }, []],
    ['is not told where nothing can be said', { verdict: 'hidden' }, []],
  ])('%s', (_when, forecast, alerts) => {
    expect(started(week(50)).next(now, [week(50)], forecasts(forecast))).toEqual(alerts);
  });

  it('is told once a cycle, and not beside what is worse', () => {
    const readings = started(week(50));
    expect(readings.next(now, [week(51)], forecasts(runsOut))).toEqual(['pace codex:weekly']);
    expect(readings.next(now + minute, [week(51)], forecasts({ verdict: 'hidden' }))).toEqual([]);
    expect(readings.next(now + 2 * minute, [week(52)], forecasts(runsOut))).toEqual([]);
    expect(started(week(50)).next(now, [week(85)], forecasts(runsOut))).toEqual(['low codex:weekly']);
  });
});

describe('good news', () => {
  const fresh = (used: number, at: number) => five(used, { resetAt: at + 5 * hour });
  const untouched = (at: number) => five(0, { resetAt: at + 5 * hour, isActive: false });

  it.each([
    ['that was used up', 100],
    ['that was nearly used up', 95],
  ])('is told of a window %s, once its time has passed', (_which, used) => {
    const readings = started(five(50));
    readings.next(now, [five(used)]);
    const reset = now + 2 * hour + minute;
    expect(readings.next(reset, [untouched(reset)])).toEqual(['back codex:5h']);
    expect(readings.next(reset + 5 * minute, [untouched(reset + 5 * minute)])).toEqual([]);
    expect(readings.next(reset + 10 * minute, [fresh(3, reset + 10 * minute)])).toEqual([]);
  });

  it('is not told of one that was only low', () => {
    const readings = started(five(50));
    readings.next(now, [five(94)]);
    expect(readings.next(now + 3 * hour, [fresh(0, now + 3 * hour)])).toEqual([]);
  });

  it('is told again in the next cycle', () => {
    const readings = started(five(50));
    readings.next(now, [five(100)]);
    expect(readings.next(now + 3 * hour, [fresh(1, now + 2 * hour)])).toEqual(['back codex:5h']);
    expect(readings.next(now + 4 * hour, [fresh(100, now + 2 * hour)])).toEqual(['spent codex:5h']);
    expect(readings.next(now + 8 * hour, [fresh(1, now + 8 * hour)])).toEqual(['back codex:5h']);
  });

  it('is of the newest cycle that was used up, in whatever order the marks are', () => {
    const readings = started(five(50));
    readings.next(now, [five(100)]);
    readings.next(now + 3 * hour, [fresh(1, now + 2 * hour)]);
    readings.next(now + 4 * hour, [fresh(100, now + 2 * hour)]);
    readings.marks = readings.marks.toReversed();
    expect(readings.next(now + 8 * hour, [fresh(1, now + 8 * hour)])).toEqual(['back codex:5h']);
  });

  it('that comes before its time needs two readings a minute apart that agree', () => {
    const readings = started(week(50));
    readings.next(now, [week(100)]);
    const early = week(1, { resetAt: now + 7 * day });
    expect(readings.next(now + 5 * minute, [early])).toEqual([]);
    expect(readings.next(now + 5 * minute + 59_000, [early])).toEqual([]);
    expect(readings.next(now + 7 * minute, [early])).toEqual(['back codex:weekly']);
    expect(readings.next(now + 9 * minute, [early])).toEqual([]);
  });

  it('that is taken back at the next reading is none', () => {
    const readings = started(week(50));
    readings.next(now, [week(100)]);
    const early = week(1, { resetAt: now + 7 * day });
    expect(readings.next(now + 5 * minute, [early])).toEqual([]);
    expect(readings.next(now + 10 * minute, [week(100)])).toEqual([]);
    expect(readings.next(now + 15 * minute, [early])).toEqual([]);
  });

  it('is also that a window is untouched long before its reset', () => {
    const readings = started(week(50, { resetAt: now + 6 * day }));
    readings.next(now, [week(100, { resetAt: now + 6 * day })]);
    const saved = (at: number) => week(0, { resetAt: at + 7 * day, isActive: false });
    expect(readings.next(now + 5 * minute, [saved(now + 5 * minute)])).toEqual([]);
    expect(readings.next(now + 10 * minute, [saved(now + 10 * minute)])).toEqual(['back codex:weekly']);
  });

  it('is not that less is used in the same cycle, even after its time', () => {
    const readings = started(five(50));
    readings.next(now, [five(100)]);
    expect(readings.next(now + 5 * minute, [five(3)])).toEqual([]);
    expect(readings.next(now + 10 * minute, [five(3)])).toEqual([]);
    expect(readings.next(now + 3 * hour, [five(3)])).toEqual([]);
  });

  it('is not that another cycle is as bad', () => {
    const readings = started(five(50));
    readings.next(now, [five(96)]);
    expect(readings.next(now + 3 * hour, [fresh(97, now + 3 * hour)])).toEqual(['critical codex:5h']);
  });

  it('is not told by the first reading after a start, nor later', () => {
    const readings = started(five(50));
    readings.next(now, [five(100)]);
    readings.restart();
    expect(readings.next(now + 3 * hour, [fresh(1, now + 3 * hour)])).toEqual([]);
    expect(readings.next(now + 3 * hour + 5 * minute, [fresh(1, now + 3 * hour)])).toEqual([]);
  });

  it('is not told either where that reading alone could not be sure', () => {
    const readings = started(week(50));
    readings.next(now, [week(100)]);
    readings.restart();
    const early = week(1, { resetAt: now + 7 * day });
    expect(readings.next(now + 5 * minute, [early])).toEqual([]);
    expect(readings.next(now + 10 * minute, [early])).toEqual([]);
  });

  it('is not told where it is off', () => {
    const readings = started(five(50));
    readings.next(now, [five(100)]);
    readings.switches = { ...all, back: false };
    expect(readings.next(now + 3 * hour, [fresh(1, now + 3 * hour)])).toEqual([]);
  });

  it('is told after a night, and not after a week', () => {
    const after = (time: number) => {
      const readings = started(five(50));
      readings.next(now, [five(100)]);
      return readings.next(now + time, [fresh(1, now + time)]);
    };
    expect(after(day - 1)).toEqual(['back codex:5h']);
    expect(after(7 * day)).toEqual([]);
  });
});

describe('the marks', () => {
  it('say what they are for, and fit into JSON', () => {
    const readings = started(week(50));
    readings.next(now, [week(85)]);
    expect(readings.marks).toEqual([{ kind: 'low', windowId: 'codex:weekly', resetAt: now + 3 * day, lengthSeconds: 604_800, at: now }]);
  });

  it.each<[string, UsageWindow, number]>([
    ['a day for short windows', five(85), day],
    ['two lengths for long ones', week(85), 14 * day],
    ['two months for those of unknown length', { ...five(85), kind: 'unknown' }, 62 * day],
  ])('are kept for %s', (_how, window, time) => {
    const { lengthSeconds, ...lengthless } = window;
    expect(lengthSeconds).toBeDefined();
    const readings = started(window.kind === 'unknown' ? lengthless : window);
    expect(readings.marks).toHaveLength(1);
    readings.next(now - 5 * minute + time - 1, []);
    expect(readings.marks).toHaveLength(1);
    readings.next(now - 5 * minute + time, []);
    expect(readings.marks).toEqual([]);
  });

  it('that were given stay as they are', () => {
    const given: AlertMark[] = [];
    const input = { switches: all, thresholds: { warnAt: 80, criticalAt: 95 }, forecasts: new Map<string, Forecast>() };
    const { marks } = alertsOf({ ...input, marks: given, after: snapshot({ windows: [week(85)] }) });
    expect(given).toEqual([]);
    expect(marks).toHaveLength(1);
  });
});
