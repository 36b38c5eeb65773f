import { defined } from '../base/defined.ts';
import { hour, minute } from '../base/duration.ts';
import type { UsageWindow } from './snapshot.ts';
import type { Reading } from './allowance.ts';
import { presentAllowance, startOf } from './allowance.ts';
import type { TimeSpan, WorkWeek } from './workWeek.ts';
import { timeAfterWork, workedBefore, workSpans } from './workWeek.ts';
import { slack } from './decode/windows.ts';

/** What becomes of a window if its use goes on as it went. Times are milliseconds since the epoch. */
export type Forecast =
  /** Too early, too old or too odd to say. */
  | { readonly verdict: 'hidden' }
  | { readonly verdict: 'spent' }
  /** `leftAtReset` is a whole percentage, 1 to 100: more than a tenth is spare, less is tight. */
  | { readonly verdict: 'spare' | 'tight'; readonly projected: number; readonly leftAtReset: number }
  /** `runsOutAt` is absent where the pace is too new or too uneven to name a time. */
  | { readonly verdict: 'runsOut'; readonly projected: number; readonly runsOutAt?: number };

/** What is known beside the window. */
export interface ForecastInput extends WorkWeek {
  /** When the window was read: a pace is one of that time, not of the time when it is looked at. */
  readonly fetchedAt: number;
  readonly now: number;
  /** Earlier readings of the window, oldest first. */
  readonly samples?: readonly Reading[];
}

const oldest = hour;
/** Of the window, in percent: before that a pace is chance. */
const earliest = 3;
const spareFrom = 90;
const leastUsedForTime = 5;
/** Windows of this length and less are used in bursts, so that the pace of all of it cries wolf. */
const shortWindow = 6 * hour;
const fewestSamples = 3;
const shortestRun = 15 * minute;
const leastRise = 2;

const hidden: Forecast = { verdict: 'hidden' };

export function forecast(window: UsageWindow, input: ForecastInput): Forecast {
  const { fetchedAt, now } = input;
  if (window.used >= 100) return { verdict: 'spent' };
  const course = courseOf(window, input);
  if (!course?.isSure || !window.isActive || now - fetchedAt > oldest || isFromFuture(fetchedAt, now) || course.resetAt <= now)
    return hidden;
  const total = workedBefore(course.resetAt, course.spans);
  const elapsed = workedBefore(fetchedAt, course.spans);
  if (elapsed === 0 || elapsed * 100 < total * earliest) return hidden;
  const projected = window.used + ((window.used - course.usedAtStart) * (total - elapsed)) / elapsed;
  if (projected <= 100) {
    const leftAtReset = Math.max(1, Math.round(100 - projected));
    return { verdict: projected <= spareFrom ? 'spare' : 'tight', projected, leftAtReset };
  }
  const runsOutAt = window.used < leastUsedForTime ? undefined : runningOut(window, elapsed, course, input);
  return { verdict: 'runsOut', projected, ...defined({ runsOutAt: runsOutAt && Math.max(now, Math.round(runsOutAt)) }) };
}

/** Whether a reading was taken before the clock was put back: nobody knows how old it is. */
export function isFromFuture(fetchedAt: number, now: number): boolean {
  return fetchedAt > now + minute;
}

/**
 * How much an even pace would have used by a time, 0 to 100.
 * @returns `undefined` where the window does not say from when to when it runs
 */
export function evenPace(window: UsageWindow, at: number, input: WorkWeek & Pick<ForecastInput, 'samples'>): number | undefined {
  const course = courseOf(window, { ...input, fetchedAt: at });
  if (!course) return undefined;
  const { usedAtStart, spans, resetAt } = course;
  return usedAtStart + (100 - usedAtStart) * (workedBefore(at, spans) / workedBefore(resetAt, spans));
}

/** A time that is only about right, as it may be said: to five minutes within the hour, to a quarter within the day, else to the hour. */
export function aboutTime(time: number, now: number): number {
  const ahead = time - now;
  const step = (ahead < hour ? 5 : ahead < 24 * hour ? 15 : 60) * minute;
  return Math.round(time / step) * step;
}

/** From when to when an allowance runs, the parts of that time that count, and its readings. */
interface Course {
  readonly start: number;
  readonly usedAtStart: number;
  readonly resetAt: number;
  readonly length: number;
  readonly spans: readonly TimeSpan[];
  readonly readings: readonly Reading[];
  /** False while it may be another allowance than the one before. */
  readonly isSure: boolean;
}

function courseOf(
  window: UsageWindow,
  { fetchedAt, workDays, timeZone, samples = [] }: Pick<ForecastInput, 'fetchedAt' | 'samples' | keyof WorkWeek>,
): Course | undefined {
  const { resetAt, lengthSeconds, kind } = window;
  if (resetAt === undefined || lengthSeconds === undefined) return undefined;
  const length = lengthSeconds * 1000;
  // A clock that is a little off has the window begin a little after it was read.
  if (resetAt <= fetchedAt || resetAt - fetchedAt > length + slack) return undefined;
  const week: WorkWeek = { workDays: kind === 'weekly' ? workDays : 7, ...defined({ timeZone }) };
  const allowance = presentAllowance(window, fetchedAt, samples);
  const { at: start, used: usedAtStart } = startOf(allowance) ?? { at: resetAt - length, used: 0 };
  const { readings, isSure } = allowance;
  return { start, usedAtStart, resetAt, length, spans: workSpans(start, resetAt, week), readings, isSure };
}

function runningOut({ used }: UsageWindow, elapsed: number, course: Course, input: ForecastInput): number | undefined {
  if (course.length > shortWindow) return timeAfterWork((elapsed * (100 - course.usedAtStart)) / (used - course.usedAtStart), course.spans);
  const rate = lastRate(used, course, input);
  const at = rate === undefined ? undefined : input.fetchedAt + (100 - used) / rate;
  return at !== undefined && at < course.resetAt ? at : undefined;
}

/** Percent per millisecond over the last hour of this allowance, the reading itself included; `undefined` where that is too little. */
function lastRate(used: number, { start, readings }: Course, { fetchedAt }: ForecastInput): number | undefined {
  const since = Math.max(fetchedAt - hour, start);
  const run = readings.filter(({ at }) => at >= since && at < fetchedAt);
  const [first] = run;
  if (!first || run.length + 1 < fewestSamples) return undefined;
  const [time, rise] = [fetchedAt - first.at, used - first.used];
  return time >= shortestRun && rise >= leastRise ? rise / time : undefined;
}
