import { describe, expect, it } from 'vitest';
import type { AlertInput, AlertMark, AlertSwitches } from '../../../src/usage/alerts.ts';
import { alertsOf } from '../../../src/usage/alerts.ts';
import type { Forecast } from '../../../src/usage/forecast.ts';
import type { UsageSample } from '../../../src/usage/history.ts';
import { newSamples } from '../../../src/usage/newSamples.ts';
import type { UsageSnapshot, UsageWindow } from '../../../src/usage/snapshot.ts';
import { readFixture } from '../support/captured.ts';
import { day, five, hour, minute, now, snapshot, week, withoutReset } from './support/snapshots.ts';

const all: AlertSwitches = { low: true, pace: true, spent: true, back: true };
const runsOut: Forecast = { verdict: 'runsOut', projected: 140, runsOutAt: now + hour };

/** Successive readings of one account, with the marks that each leaves for the next. */
class Readings {
  marks: readonly AlertMark[] = [];
  before: UsageSnapshot | undefined;
  readonly samples: UsageSample[] = [];
  switches = all;
  thresholds = { warnAt: 80, criticalAt: 95 };

  /** @returns the alerts as kind and window */
  next(at: number, windows: readonly UsageWindow[], forecasts: AlertInput['forecasts'] = new Map()): string[] {
    const after = snapshot({ fetchedAt: at, windows });
    const { before, samples, switches, thresholds } = this;
    const marks = JSON.parse(JSON.stringify(this.marks)) as AlertMark[];
    const result = alertsOf({ before, after, samples, marks, switches, thresholds, forecasts });
    samples.push(...newSamples(after, samples));
    this.marks = result.marks;
    this.before = after;
    return result.alerts.map(({ kind, window }) => `${kind} ${window.id}`);
  }

  /** As after a restart of VS Code: the marks are known, the previous reading is not. */
  restart(): void {
    this.before = undefined;
  }
}

function started(...windows: UsageWindow[]): Readings {
  const readings = new Readings();
  expect(readings.next(now - 5 * minute, windows)).toEqual([]);
  return readings;
}

describe('alerts about a limit that runs low', () => {
  it.each<[string, number, number, string[]]>([
    ['nothing', 50, 79.9, []],
    ['low', 50, 80, ['low codex:weekly']],
    ['critical', 50, 95, ['critical codex:weekly']],
    ['spent', 50, 100, ['spent codex:weekly']],
    ['the worst of several at once', 0, 100, ['spent codex:weekly']],
    ['nothing when usage went down', 50, 30, []],
  ])('a reading raises %s', (_what, before, after, alerts) => {
    expect(started(week(before)).next(now, [week(after)])).toEqual(alerts);
  });

  it('an alert of one kind is raised once per window and cycle', () => {
    const readings = started(week(70));
    const raised = [81, 82, 78, 84, 95, 94, 97, 100, 99, 100].flatMap((used, index) =>
      readings.next(now + index * 5 * minute, [week(used)]),
    );
    expect(raised).toEqual(['low codex:weekly', 'critical codex:weekly', 'spent codex:weekly']);
  });

  it('a worse alert replaces the milder ones of its window', () => {
    const readings = started(week(70));
    expect(readings.next(now, [week(96)])).toEqual(['critical codex:weekly']);
    expect(readings.next(now + minute, [week(85)])).toEqual([]);
  });

  it('an alert is raised again in the next cycle', () => {
    const readings = started(five(70));
    expect(readings.next(now, [five(85)])).toEqual(['low codex:5h']);
    const next = (used: number) => five(used, { resetAt: now + 7 * hour });
    expect(readings.next(now + 3 * hour, [next(10)])).toEqual([]);
    expect(readings.next(now + 4 * hour, [next(85)])).toEqual(['low codex:5h']);
  });

  it('a reset that moves by days, or goes missing, is no new cycle', () => {
    const readings = started(week(70));
    expect(readings.next(now, [week(85)])).toEqual(['low codex:weekly']);
    expect(readings.next(now + minute, [week(86, { resetAt: now + 5 * day })])).toEqual([]);
    expect(readings.next(now + 2 * minute, [withoutReset(week(86))])).toEqual([]);
  });

  it('each window raises an alert of its own', () => {
    expect(started(five(70), week(70)).next(now, [five(100), week(85)])).toEqual(['spent codex:5h', 'low codex:weekly']);
  });

  it('the state found at the first reading raises no alert, then or later', () => {
    const readings = started(week(85));
    expect(readings.next(now, [week(86)])).toEqual([]);
    expect(readings.next(now + minute, [week(95)])).toEqual(['critical codex:weekly']);
    readings.restart();
    expect(readings.next(now + hour, [week(100)])).toEqual([]);
    expect(readings.next(now + 2 * hour, [week(100)])).toEqual([]);
  });

  it('the state of a window that is new raises no alert, then or later', () => {
    const readings = started(week(50));
    expect(readings.next(now, [five(99), week(50)])).toEqual([]);
    expect(readings.next(now + minute, [five(99), week(50)])).toEqual([]);
    expect(readings.next(now + 2 * minute, [five(100), week(50)])).toEqual(['spent codex:5h']);
  });

  it('of several processes that share the marks, only one raises the alert', () => {
    const [one, other] = [started(week(70)), started(week(70))];
    expect(one.next(now, [week(85)])).toEqual(['low codex:weekly']);
    other.marks = one.marks;
    expect(other.next(now + minute, [week(86)])).toEqual([]);
  });

  it('a window that is due to reset at the time of the reading raises no alert', () => {
    const readings = started(five(70));
    expect(readings.next(now + 2 * hour, [five(100)])).toEqual([]);
    expect(readings.next(now + 2 * hour + 2 * minute, [five(100)])).toEqual(['spent codex:5h']);
  });

  it('additional limits raise no alert', () => {
    const spark = (used: number) => snapshot({ extra: [week(used, { id: 'spark:weekly', limitId: 'spark' })] });
    const input = {
      samples: [],
      marks: [],
      switches: all,
      thresholds: { warnAt: 80, criticalAt: 95 },
      forecasts: new Map<string, Forecast>(),
    };
    expect(alertsOf({ ...input, before: spark(50), after: spark(100) })).toEqual({ alerts: [], marks: [] });
  });

  it.each<[keyof AlertSwitches, number, string[]]>([
    ['low', 85, []],
    ['low', 96, []],
    ['low', 100, ['spent codex:weekly']],
    ['spent', 100, ['critical codex:weekly']],
    ['pace', 85, ['low codex:weekly']],
  ])('with the alert "%s" off, a reading of %i percent does not raise it, nor when it is switched on later', (kind, used, alerts) => {
    const readings = started(week(70));
    readings.switches = { ...all, [kind]: false };
    expect(readings.next(now, [week(used)])).toEqual(alerts);
    readings.switches = all;
    expect(readings.next(now + minute, [week(used)])).toEqual([]);
  });

  it('a threshold set below the current usage raises an alert', () => {
    const readings = started(week(70));
    readings.thresholds = { warnAt: 60, criticalAt: 95 };
    expect(readings.next(now, [week(70)])).toEqual(['low codex:weekly']);
  });
});

describe('alerts about the pace', () => {
  const forecasts = (forecast: Forecast) => new Map([['codex:weekly', forecast]]);

  it.each<[string, Forecast, string[]]>([
    ['a forecast that runs out at a known time raises an alert', runsOut, ['pace codex:weekly']],
    ['a forecast that runs out at an unknown time raises none', { verdict: 'runsOut', projected: 140 }, []],
    ['a forecast that lasts until the reset raises none', { verdict: 'tight', projected: 95, leftAtReset: 5 }, []],
    ['a hidden forecast raises none', { verdict: 'hidden' }, []],
  ])('%s', (_when, forecast, alerts) => {
    expect(started(week(50)).next(now, [week(50)], forecasts(forecast))).toEqual(alerts);
  });

  it('a pace alert is raised once per cycle, and not together with a worse alert', () => {
    const readings = started(week(50));
    expect(readings.next(now, [week(51)], forecasts(runsOut))).toEqual(['pace codex:weekly']);
    expect(readings.next(now + minute, [week(51)], forecasts({ verdict: 'hidden' }))).toEqual([]);
    expect(readings.next(now + 2 * minute, [week(52)], forecasts(runsOut))).toEqual([]);
    expect(started(week(50)).next(now, [week(85)], forecasts(runsOut))).toEqual(['low codex:weekly']);
  });
});

describe('alerts that a limit is back', () => {
  const fresh = (used: number, at: number) => five(used, { resetAt: at + 5 * hour });
  const untouched = (at: number) => five(0, { resetAt: at + 5 * hour, isActive: false });

  it.each([
    ['that was used up', 100],
    ['that was nearly used up', 95],
  ])('a window %s raises an alert after its reset time', (_which, used) => {
    const readings = started(five(50));
    readings.next(now, [five(used)]);
    const reset = now + 2 * hour + minute;
    expect(readings.next(reset, [untouched(reset)])).toEqual(['back codex:5h']);
    expect(readings.next(reset + 5 * minute, [untouched(reset + 5 * minute)])).toEqual([]);
    expect(readings.next(reset + 10 * minute, [fresh(3, reset + 10 * minute)])).toEqual([]);
  });

  it('a window that was only low raises none', () => {
    const readings = started(five(50));
    readings.next(now, [five(94)]);
    expect(readings.next(now + 3 * hour, [fresh(0, now + 3 * hour)])).toEqual([]);
  });

  it('an alert is raised again in the next cycle', () => {
    const readings = started(five(50));
    readings.next(now, [five(100)]);
    expect(readings.next(now + 3 * hour, [fresh(1, now + 2 * hour)])).toEqual(['back codex:5h']);
    expect(readings.next(now + 4 * hour, [fresh(100, now + 2 * hour)])).toEqual(['spent codex:5h']);
    expect(readings.next(now + 8 * hour, [fresh(1, now + 8 * hour)])).toEqual(['back codex:5h']);
  });

  it('the newest cycle that was used up counts, in whatever order the marks are stored', () => {
    const readings = started(five(50));
    readings.next(now, [five(100)]);
    readings.next(now + 3 * hour, [fresh(1, now + 2 * hour)]);
    readings.next(now + 4 * hour, [fresh(100, now + 2 * hour)]);
    readings.marks = readings.marks.toReversed();
    expect(readings.next(now + 8 * hour, [fresh(1, now + 8 * hour)])).toEqual(['back codex:5h']);
  });

  it('a reset before its time is confirmed by a second reading at least a minute later', () => {
    const readings = started(week(50));
    readings.next(now, [week(100)]);
    const early = week(1, { resetAt: now + 7 * day });
    expect(readings.next(now + 5 * minute, [early])).toEqual([]);
    expect(readings.next(now + 5 * minute + 59_000, [early])).toEqual([]);
    expect(readings.next(now + 7 * minute, [early])).toEqual(['back codex:weekly']);
    expect(readings.next(now + 9 * minute, [early])).toEqual([]);
  });

  it('an early reset that the next reading takes back raises none', () => {
    const readings = started(week(50));
    readings.next(now, [week(100)]);
    const early = week(1, { resetAt: now + 7 * day });
    expect(readings.next(now + 5 * minute, [early])).toEqual([]);
    expect(readings.next(now + 10 * minute, [week(100)])).toEqual([]);
    expect(readings.next(now + 15 * minute, [early])).toEqual([]);
  });

  it('a window that is unused long before its reset counts as reset', () => {
    const readings = started(week(50, { resetAt: now + 6 * day }));
    readings.next(now, [week(100, { resetAt: now + 6 * day })]);
    const saved = (at: number) => week(0, { resetAt: at + 7 * day, isActive: false });
    expect(readings.next(now + 5 * minute, [saved(now + 5 * minute)])).toEqual([]);
    expect(readings.next(now + 10 * minute, [saved(now + 10 * minute)])).toEqual(['back codex:weekly']);
  });

  it('usage that was given back under the same reset raises an alert once a second reading confirms it, and another exhaustion one more', () => {
    const readings = started(five(50));
    const raised = [100, 3, 3, 3, 60, 96, 100, 100, 4, 4].flatMap((used, index) => readings.next(now + index * 5 * minute, [five(used)]));
    expect(raised).toEqual(['spent codex:5h', 'back codex:5h', 'critical codex:5h', 'spent codex:5h', 'back codex:5h']);
  });

  it('a correction of a few points gives nothing back', () => {
    const readings = started(week(50));
    const raised = [100, 97, 96, 97, 100, 96, 100].flatMap((used, index) => readings.next(now + index * 5 * minute, [week(used)]));
    expect(raised).toEqual(['spent codex:weekly']);
  });

  it('a reset that moves by days while nothing is given back raises none, and tells no exhaustion twice', () => {
    const readings = started(week(50));
    const moved = (used: number) => week(used, { resetAt: now + 8 * day });
    expect(readings.next(now, [week(100)])).toEqual(['spent codex:weekly']);
    expect(
      [moved(100), moved(100), moved(99), moved(100)].flatMap((each, index) => readings.next(now + (index + 1) * 5 * minute, [each])),
    ).toEqual([]);
  });

  it('each time that a limit is used up under one reset is told once, in a recorded week', () => {
    const { lengthSeconds, readings } = readFixture('cases/c09-resets-that-keep-their-cycle.json') as {
      lengthSeconds: number;
      readings: [string, number, string][];
    };
    const told = new Readings();
    told.switches = { low: false, pace: false, spent: true, back: false };
    const raised = readings.map(
      ([at, used, resetAt]) => told.next(Date.parse(at), [week(used, { lengthSeconds, resetAt: Date.parse(resetAt) })]).length,
    );
    expect(raised).toEqual([0, 1, 0, 0, 0, 0, 0, 1]);
  });

  it('a window of VS Code that opened while a limit was used up does not repeat what another one told of its end', () => {
    const [one, other] = [started(week(50)), new Readings()];
    one.next(now, [week(100)]);
    other.marks = one.marks;
    other.samples.push(...one.samples);
    other.next(now + 2 * minute, [week(100)]);
    one.next(now + 5 * minute, [week(3)]);
    expect(one.next(now + 10 * minute, [week(3)])).toEqual(['back codex:weekly']);
    other.marks = [...one.marks, { kind: 'spent', windowId: 'codex:weekly', at: now + 2 * minute }];
    other.samples.splice(0, other.samples.length, ...one.samples);
    expect(other.next(now + 15 * minute, [week(4)])).toEqual([]);
  });

  it('a mark that was made before the clock was put back does not outlast its allowance', () => {
    const readings = started(week(50));
    readings.marks = (['spent', 'critical', 'low'] as const).map(kind => ({ kind, windowId: 'codex:weekly', at: now + 40 * day }));
    expect(readings.next(now, [week(100)])).toEqual([]);
    readings.next(now + 5 * minute, [week(3)]);
    expect(readings.next(now + 10 * minute, [week(3)])).toEqual(['back codex:weekly']);
    expect(readings.next(now + 15 * minute, [week(100)])).toEqual(['spent codex:weekly']);
  });

  it('a new cycle with as much usage raises the alert for that usage instead', () => {
    const readings = started(five(50));
    readings.next(now, [five(96)]);
    expect(readings.next(now + 3 * hour, [fresh(97, now + 3 * hour)])).toEqual(['critical codex:5h']);
  });

  it('the first reading after a restart raises none, then or later', () => {
    const readings = started(five(50));
    readings.next(now, [five(100)]);
    readings.restart();
    expect(readings.next(now + 3 * hour, [fresh(1, now + 3 * hour)])).toEqual([]);
    expect(readings.next(now + 3 * hour + 5 * minute, [fresh(1, now + 3 * hour)])).toEqual([]);
  });

  it('an early reset found by the first reading after a restart raises none, then or later', () => {
    const readings = started(week(50));
    readings.next(now, [week(100)]);
    readings.restart();
    const early = week(1, { resetAt: now + 7 * day });
    expect(readings.next(now + 5 * minute, [early])).toEqual([]);
    expect(readings.next(now + 10 * minute, [early])).toEqual([]);
  });

  it('with the alert off, a reset raises none', () => {
    const readings = started(five(50));
    readings.next(now, [five(100)]);
    readings.switches = { ...all, back: false };
    expect(readings.next(now + 3 * hour, [fresh(1, now + 3 * hour)])).toEqual([]);
  });

  it('a reset raises an alert within a day, and none after a week', () => {
    const after = (time: number) => {
      const readings = started(five(50));
      readings.next(now, [five(100)]);
      return readings.next(now + time, [fresh(1, now + time)]);
    };
    expect(after(day - 1)).toEqual(['back codex:5h']);
    expect(after(7 * day)).toEqual([]);
  });
});

describe('marks of alerts', () => {
  it('a mark has kind, window and cycle, and survives JSON', () => {
    const readings = started(week(50));
    readings.next(now, [week(85)]);
    expect(readings.marks).toEqual([{ kind: 'low', windowId: 'codex:weekly', resetAt: now + 3 * day, lengthSeconds: 604_800, at: now }]);
  });

  it.each<[string, UsageWindow, number]>([
    ['a day for short windows', five(85), day],
    ['two lengths for long ones', week(85), 14 * day],
    ['two months for those of unknown length', { ...five(85), kind: 'unknown' }, 62 * day],
  ])('marks are kept for %s', (_how, window, time) => {
    const { lengthSeconds, ...lengthless } = window;
    expect(lengthSeconds).toBeDefined();
    const readings = started(window.kind === 'unknown' ? lengthless : window);
    expect(readings.marks).toHaveLength(1);
    readings.next(now - 5 * minute + time - 1, []);
    expect(readings.marks).toHaveLength(1);
    readings.next(now - 5 * minute + time, []);
    expect(readings.marks).toEqual([]);
  });

  it('the given list of marks stays unchanged', () => {
    const given: AlertMark[] = [];
    const input = { samples: [], switches: all, thresholds: { warnAt: 80, criticalAt: 95 }, forecasts: new Map<string, Forecast>() };
    const { marks } = alertsOf({ ...input, marks: given, after: snapshot({ windows: [week(85)] }) });
    expect(given).toEqual([]);
    expect(marks).toHaveLength(1);
  });
});
