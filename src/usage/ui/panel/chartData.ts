/** What the history chart draws, in times and percentages: readings, resets, gaps and the even pace. */
import { defined } from '../../../base/defined.ts';
import { hour } from '../../../base/duration.ts';
import type { Reading } from '../../allowance.ts';
import { allowancesOf, startOf } from '../../allowance.ts';
import { evenPace } from '../../forecast.ts';
import type { UsageSample } from '../../history.ts';
import { sampleOf } from '../../history.ts';
import type { UsageWindow } from '../../snapshot.ts';
import { workSpans } from '../../workWeek.ts';
import type { FormatOptions } from '../formatTime.ts';
import type { Share } from '../formatUsage.ts';
import type { ChartSpan } from './panelTypes.ts';

export interface ChartInput {
  /** Of this window, oldest first. */
  readonly samples: readonly UsageSample[];
  /** As it was read last. */
  readonly window: UsageWindow;
  /** Milliseconds since the epoch, of that reading and of now. */
  readonly fetchedAt: number;
  readonly now: number;
  readonly span: ChartSpan;
  /** Pixels. */
  readonly width: number;
  readonly share: Share;
  /** Percent used, 0 to 100. */
  readonly warnAt: number;
  /** Days from Monday on, 1 to 7. */
  readonly workDays: number;
  readonly format: FormatOptions;
}

export interface Point {
  readonly at: number;
  readonly used: number;
  /** False for a point that only the drawing needs. */
  readonly isReading: boolean;
}

/** Readings that are further apart say nothing of the time between them. */
const longestSilence = 2 * hour;
const mostPoints = 400;

/** The history and the last reading, which it may not have kept. */
export function readingsOf({ samples, window, fetchedAt }: ChartInput): readonly UsageSample[] {
  return [...samples.filter(({ at }) => at < fetchedAt), sampleOf(window, fetchedAt)];
}

function pairs(samples: readonly UsageSample[]): (readonly [UsageSample, UsageSample])[] {
  return samples.slice(1).flatMap((b, index) => {
    const a = samples[index];
    return a ? [[a, b] as const] : [];
  });
}

/** When something was given back before a reading, by that reading. */
function resetsBefore(samples: readonly UsageSample[]): ReadonlyMap<Reading | undefined, number> {
  const later = allowancesOf(samples).flatMap(({ readings: [first], beganAt }) =>
    beganAt === undefined ? [] : [[first, beganAt] as const],
  );
  return new Map(later);
}

export function resetsOf(samples: readonly UsageSample[]): number[] {
  return [...resetsBefore(samples).values()];
}

export function gapsOf(samples: readonly UsageSample[], now: number): (readonly [number, number])[] {
  const last = samples.at(-1)?.at;
  const times = [...pairs(samples).map(([a, b]) => [a.at, b.at] as const), ...(last === undefined ? [] : [[last, now] as const])];
  return times.filter(([from, to]) => to - from > longestSilence);
}

/** The points since a time, in stretches without a gap: what was known before it holds at its beginning, and a reset empties. */
export function runsOf(samples: readonly UsageSample[], from: number): Point[][] {
  const runs: Point[][] = [];
  const resets = resetsBefore(samples);
  let before: UsageSample | undefined;
  for (const sample of samples) {
    const { at, used } = sample;
    const isNext = before !== undefined && at - before.at <= longestSilence;
    if (at >= from) {
      if (!isNext || runs.length === 0) runs.push(before && isNext ? [{ at: from, used: before.used, isReading: false }] : []);
      const reset = isNext ? resets.get(sample) : undefined;
      if (reset !== undefined && reset >= from && reset < at) runs.at(-1)?.push({ at: reset, used: 0, isReading: false });
      runs.at(-1)?.push({ at, used, isReading: true });
    }
    before = sample;
  }
  return runs;
}

/** Where there are more points than can be told apart, the highest and the last of each stretch of time. */
export function thin(runs: readonly (readonly Point[])[], from: number, now: number): (readonly Point[])[] {
  if (runs.flat().length <= mostPoints) return [...runs];
  const length = (now - from) / (mostPoints / 2);
  const kept = new Map<number, { highest: Point; last: Point }>();
  for (const point of runs.flat()) {
    const stretch = Math.min(mostPoints / 2 - 1, Math.floor((point.at - from) / length));
    const { highest } = kept.get(stretch) ?? { highest: point };
    kept.set(stretch, { highest: point.used > highest.used ? point : highest, last: point });
  }
  const points = new Set([...kept.values()].flatMap(({ highest, last }) => [highest, last]));
  return runs.map(run => run.filter(point => points.has(point))).filter(run => run.length > 0);
}

/** How an allowance runs: from when and what was used then, to which reset, and how long it lasted where another came before that. */
interface Course {
  readonly start: number;
  readonly usedAtStart: number;
  readonly end: number;
  readonly until: number;
}

export function coursesOf(samples: readonly UsageSample[]): Course[] {
  const allowances = allowancesOf(samples);
  return allowances.flatMap((allowance, index) => {
    const start = startOf(allowance);
    const end = allowance.readings.findLast(({ resetAt }) => resetAt !== undefined)?.resetAt;
    const until = Math.min(end ?? 0, allowances[index + 1]?.beganAt ?? Infinity);
    return start && end !== undefined ? [{ start: start.at, usedAtStart: start.used, end, until }] : [];
  });
}

/** How an even use would have gone on: straight, but for days that are not worked. */
export function paceOf({ start, usedAtStart, end, until }: Course, { window, workDays, format, now }: ChartInput): Point[] {
  const week = { workDays, ...defined({ timeZone: format.timeZone }) };
  const edges = window.kind === 'weekly' && workDays < 7 ? workSpans(start, end, week).flat() : [];
  const to = Math.min(until, now);
  const times = [start, ...edges.filter(at => at > start && at < to), to];
  return times.flatMap(at => {
    const even = at >= end ? 100 : evenPace({ ...window, resetAt: end, lengthSeconds: (end - start) / 1000 }, at, week);
    return even === undefined ? [] : [{ at, used: usedAtStart + ((100 - usedAtStart) * even) / 100, isReading: false }];
  });
}
