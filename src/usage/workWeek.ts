import { day, hour } from '../base/duration.ts';

/** A span of time: from, to; milliseconds since the epoch. */
export type TimeSpan = readonly [number, number];

/** When a person works. */
export interface WorkWeek {
  /** How many days from Monday on, 1 to 7. */
  readonly workDays: number;
  /** IANA name; this machine's where absent. */
  readonly timeZone?: string;
}

/** No local day is longer: one that has 25 hours and a zone that jumps. */
const longestDay = 36 * hour;

/** The parts of a span that are worked in, cut at real local midnights: days with 23 and 25 hours count as they are. */
export function workSpans(from: number, to: number, { workDays, timeZone }: WorkWeek): TimeSpan[] {
  if (workDays >= 7) return [[from, to]];
  const format = dateFormat(timeZone);
  const spans: TimeSpan[] = [];
  for (let start = from; start < to;) {
    const end = Math.min(to, endOfDay(start, format));
    if (weekday(dayOf(start, format)) <= workDays) spans.push([start, end]);
    start = end;
  }
  return spans;
}

/** How much of the spans lies before a time, in milliseconds. */
export function workedBefore(time: number, spans: readonly TimeSpan[]): number {
  return spans.reduce((sum, [from, to]) => sum + Math.max(0, Math.min(to, time) - from), 0);
}

/** When so much of the spans has gone by from their start on; `undefined` where they are shorter. */
export function timeAfterWork(work: number, spans: readonly TimeSpan[]): number | undefined {
  let rest = work;
  for (const [from, to] of spans) {
    if (rest <= to - from) return from + rest;
    rest -= to - from;
  }
  return undefined;
}

/** Days since the epoch of the local date. @param timeZone IANA name; this machine's where absent */
export function localDay(time: number, timeZone?: string): number {
  return dayOf(time, dateFormat(timeZone));
}

function dateFormat(timeZone: string | undefined): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-US', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
}

function dayOf(time: number, format: Intl.DateTimeFormat): number {
  const parts = Object.fromEntries(format.formatToParts(time).map(({ type, value }) => [type, Number(value)]));
  return Date.UTC(parts['year'] ?? 0, (parts['month'] ?? 1) - 1, parts['day']) / day;
}

/** 1 for Monday to 7 for Sunday. The epoch began on a Thursday. */
function weekday(day: number): number {
  return ((day + 3) % 7) + 1;
}

/** The first moment of the next local date, which need not be a midnight: some zones leave it out when their summer begins. */
function endOfDay(time: number, format: Intl.DateTimeFormat): number {
  const day = dayOf(time, format);
  let [last, next] = [time, time + longestDay];
  while (next - last > 1) {
    const middle = Math.floor((last + next) / 2);
    if (dayOf(middle, format) > day) next = middle;
    else last = middle;
  }
  return next;
}
