/** The history of one limit as it is drawn: geometry in pixels, and each reading in words. */
import { scaleLinear, scaleTime } from 'd3-scale';
import { area, curveStepAfter, line } from 'd3-shape';
import { timeDay, timeMonday } from 'd3-time';
import { evenPace } from '../../forecast.ts';
import type { UsageWindow } from '../../snapshot.ts';
import type { UsageSample } from '../../history.ts';
import { isSameCycle } from '../../history.ts';
import { workSpans } from '../../workWeek.ts';
import type { FormatOptions, Share } from '../formatUsage.ts';
import { moment, percent, formatShare } from '../formatUsage.ts';

export const chartSpans = [7, 30, 56] as const;
/** How many days the chart looks back. */
export type ChartSpan = (typeof chartSpans)[number];

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

/** Where the plot is, in pixels from the top left. */
export interface Plot {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

export interface ChartReading {
  /** Milliseconds since the epoch: tells one reading from another. */
  readonly at: number;
  readonly x: number;
  readonly y: number;
  readonly when: string;
  readonly used: string;
  readonly left: string;
  /** All of it, for one who goes from reading to reading. */
  readonly words: string;
}

export interface Chart {
  readonly width: number;
  readonly height: number;
  readonly plot: Plot;
  /** SVG path data. */
  readonly line: string;
  readonly area: string;
  readonly evenPace: string;
  readonly warnY: number;
  /** None where they would be too close. */
  readonly resets: readonly number[];
  /** Where nothing was read: from, to. */
  readonly gaps: readonly (readonly [number, number])[];
  readonly days: readonly { readonly x: number; readonly label: string }[];
  readonly shares: readonly { readonly y: number; readonly label: string }[];
  /** Oldest first. */
  readonly readings: readonly ChartReading[];
  /** Whether some were left out because there is no room for all. */
  readonly isThinned: boolean;
}

const height = 220;
/** At the right half of a day's name. */
const margin = { left: 44, right: 28, top: 10, bottom: 26 };
const day = 24 * 60 * 60_000;
/** Readings that are further apart do not tell what was between them. */
const longestSilence = 2 * 60 * 60_000;
const mostPoints = 400;
/** Lines that are closer would hide what they are about. */
const leastPaceWidth = 40;
const leastResetDistance = 12;
const leastLabelWidth = 64;

interface Point {
  readonly at: number;
  readonly used: number;
  /** False for a point that only the drawing needs. */
  readonly isReading: boolean;
}

export function usageChart(input: ChartInput): Chart {
  const { now, span, width, share, format, warnAt } = input;
  const from = now - span * day;
  const plot: Plot = {
    left: margin.left,
    right: Math.max(width - margin.right, margin.left + 1),
    top: margin.top,
    bottom: height - margin.bottom,
  };
  const time = scaleTime().domain([from, now]).range([plot.left, plot.right]);
  const scale = scaleLinear().domain([0, 100]).range([plot.bottom, plot.top]);
  const x = (at: number) => round(time(at));
  const y = (used: number) => round(scale(share === 'left' ? 100 - used : used));

  const samples = readingsOf(input);
  const runs = runsOf(samples, from);
  const thinned = thin(runs, from, now);
  const steps = apart(thinned);
  const path = line<Place>().defined(isThere).curve(curveStepAfter).x(placeX).y(placeY);
  const below = area<Place>().defined(isThere).curve(curveStepAfter).x(placeX).y0(plot.bottom).y1(placeY);
  const straight = line<Place>().defined(isThere).x(placeX).y(placeY);
  const place = (point: Point | undefined): Place => point && { x: x(point.at), y: y(point.used) };
  const courses = coursesOf(samples, input.window)
    .filter(({ start, end }) => end > from && time(end) - time(start) >= leastPaceWidth)
    .map(({ start, end }) => paceOf(start, end, input));

  const resets = resetsOf(samples).filter(at => at > from && at <= now);

  return {
    width,
    height,
    plot,
    line: path(steps.map(place)) ?? '',
    area: below(steps.map(place)) ?? '',
    evenPace: straight(apart(courses).map(place)) ?? '',
    warnY: y(warnAt),
    resets: resets.length * leastResetDistance <= plot.right - plot.left ? resets.map(x) : [],
    gaps: gapsOf(samples, now)
      .filter(([, to]) => to > from)
      .map(([start, to]) => [x(Math.max(start, from)), x(to)] as const),
    days: dayTicks(input, from, x),
    shares: scale.ticks(4).map(value => ({ y: round(scale(value)), label: percent(value, 'used', format) })),
    readings: thinned
      .flat()
      .filter(({ isReading }) => isReading)
      .map(({ at, used }) => ({ at, x: x(at), y: y(used), ...wordsOf(at, used, input) })),
    isThinned: runs.flat().length > thinned.flat().length,
  };
}

function wordsOf(at: number, used: number, { now, format }: ChartInput): Omit<ChartReading, 'at' | 'x' | 'y'> {
  const when = moment(at, now, format);
  const words = [when, formatShare(used, 'used', format), formatShare(used, 'left', format)].join(' · ');
  return { when, used: percent(used, 'used', format), left: percent(used, 'left', format), words };
}

type Place = { readonly x: number; readonly y: number } | undefined;

function isThere(place: Place): boolean {
  return place !== undefined;
}

function placeX(place: Place): number {
  return place?.x ?? 0;
}

function placeY(place: Place): number {
  return place?.y ?? 0;
}

function round(pixels: number): number {
  return Math.round(pixels * 10) / 10;
}

/** One after the other, with a hole between two. */
function apart(runs: readonly (readonly Point[])[]): (Point | undefined)[] {
  return runs.flatMap<Point | undefined>((run, index) => (index === 0 ? run : [undefined, ...run]));
}

/** The history and the last reading, which it may not have kept. */
function readingsOf({ samples, window, fetchedAt }: ChartInput): readonly UsageSample[] {
  const { id: windowId, used, resetAt, lengthSeconds, isActive } = window;
  const before = samples.filter(({ at }) => at < fetchedAt);
  const last: UsageSample = {
    windowId,
    at: fetchedAt,
    used,
    ...(resetAt !== undefined && isActive ? { resetAt } : {}),
    ...(lengthSeconds === undefined ? {} : { lengthSeconds }),
  };
  return [...before, last];
}

/** When the limit was reset between two readings; at the second where it came sooner than told. */
function resetBetween(a: UsageSample, b: UsageSample): number | undefined {
  const isDue = a.resetAt !== undefined && a.resetAt > a.at && a.resetAt <= b.at;
  if (isSameCycle(a, b) && !(isDue && b.used < a.used)) return undefined;
  return isDue ? a.resetAt : b.at;
}

function pairs(samples: readonly UsageSample[]): (readonly [UsageSample, UsageSample])[] {
  return samples.slice(1).flatMap((b, index) => {
    const a = samples[index];
    return a ? [[a, b] as const] : [];
  });
}

function resetsOf(samples: readonly UsageSample[]): number[] {
  return pairs(samples).flatMap(([a, b]) => resetBetween(a, b) ?? []);
}

function gapsOf(samples: readonly UsageSample[], now: number): (readonly [number, number])[] {
  const last = samples.at(-1)?.at;
  const times = [...pairs(samples).map(([a, b]) => [a.at, b.at] as const), ...(last === undefined ? [] : [[last, now] as const])];
  return times.filter(([from, to]) => to - from > longestSilence);
}

/** The points since a time, in stretches without a gap: what was known before it holds at its beginning, and a reset empties. */
function runsOf(samples: readonly UsageSample[], from: number): Point[][] {
  const runs: Point[][] = [];
  let before: UsageSample | undefined;
  for (const sample of samples) {
    const { at, used } = sample;
    const isNext = before !== undefined && at - before.at <= longestSilence;
    if (at >= from) {
      if (!isNext || runs.length === 0) runs.push(before && isNext ? [{ at: from, used: before.used, isReading: false }] : []);
      const reset = before && isNext ? resetBetween(before, sample) : undefined;
      if (reset !== undefined && reset >= from && reset < at) runs.at(-1)?.push({ at: reset, used: 0, isReading: false });
      runs.at(-1)?.push({ at, used, isReading: true });
    }
    before = sample;
  }
  return runs;
}

/** Where there are more points than can be told apart, the highest and the last of each stretch of time. */
function thin(runs: readonly (readonly Point[])[], from: number, now: number): (readonly Point[])[] {
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

interface Course {
  readonly start: number;
  readonly end: number;
}

/** From when to when the limit ran each time, as it was told last. */
function coursesOf(samples: readonly UsageSample[], { lengthSeconds }: UsageWindow): Course[] {
  const ends: UsageSample[] = [];
  for (const sample of samples) {
    if (sample.resetAt === undefined) continue;
    const last = ends.at(-1);
    if (last && isSameCycle(last, sample)) ends.pop();
    ends.push(sample);
  }
  return ends.flatMap(({ resetAt: end, lengthSeconds: length = lengthSeconds }) =>
    end === undefined || length === undefined ? [] : [{ start: end - length * 1000, end }],
  );
}

/** How an even use would have gone on: straight, but for days that are not worked. */
function paceOf(start: number, end: number, { window, workDays, format, now }: ChartInput): Point[] {
  const week = { workDays, ...(format.timeZone === undefined ? {} : { timeZone: format.timeZone }) };
  const edges = window.kind === 'weekly' && workDays < 7 ? workSpans(start, end, week).flat() : [];
  const times = [start, ...edges.filter(at => at > start && at < end && at < now), Math.min(end, now)];
  return times.flatMap(at => {
    const used = at >= end ? 100 : evenPace({ ...window, resetAt: end, lengthSeconds: (end - start) / 1000 }, at, week);
    return used === undefined ? [] : [{ at, used, isReading: false }];
  });
}

/** Midnights of this machine's days, as many as there is room to name. */
function dayTicks({ now, span, width, format }: ChartInput, from: number, x: (at: number) => number): Chart['days'] {
  const each =
    span === 7
      ? timeDay.range(timeDay.ceil(new Date(from)), new Date(now))
      : timeMonday.range(timeMonday.ceil(new Date(from)), new Date(now));
  const every = Math.max(1, Math.ceil((each.length * leastLabelWidth) / (width - margin.left - margin.right)));
  const options: Intl.DateTimeFormatOptions = span === 7 ? { weekday: 'short', day: 'numeric' } : { day: 'numeric', month: 'short' };
  const formatter = new Intl.DateTimeFormat(format.language, { ...options, timeZone: format.timeZone });
  // Counted from today back, so that the newest keeps its name.
  return each
    .filter((_, index) => (each.length - 1 - index) % every === 0)
    .map(at => ({ x: x(at.getTime()), label: formatter.format(at) }));
}
