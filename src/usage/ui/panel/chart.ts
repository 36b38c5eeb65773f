/** The history of one limit as it is drawn: geometry in pixels, and each reading in words. */
import { scaleLinear, scaleTime } from 'd3-scale';
import { area, curveStepAfter, line } from 'd3-shape';
import { timeDay, timeMonday } from 'd3-time';
import { day } from '../../../base/duration.ts';
import { moment } from '../formatTime.ts';
import { formatShare, percent } from '../formatUsage.ts';
import type { ChartInput, Point } from './chartData.ts';
import { coursesOf, gapsOf, paceOf, readingsOf, resetsOf, runsOf, thin } from './chartData.ts';
import type { Chart, ChartReading, Plot } from './panelTypes.ts';

const height = 220;
/** At the right half of a day's name. */
const margin = { left: 44, right: 28, top: 10, bottom: 26 };
/** Lines that are closer would hide what they are about. */
const leastPaceWidth = 40;
const leastResetDistance = 12;
const leastLabelWidth = 64;

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
  const courses = coursesOf(samples)
    .filter(({ start, end, until }) => until > from && time(end) - time(start) >= leastPaceWidth)
    .map(course => paceOf(course, input));

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
