import { describe, expect, it } from 'vitest';
import { timeAfterWork, workedBefore, workSpans } from '../../../src/usage/workWeek.ts';
import { day, hour } from './support/snapshots.ts';

const utc = (text: string): number => Date.parse(`${text}Z`);
const hours = (spans: readonly (readonly [number, number])[]): number[] => spans.map(([from, to]) => (to - from) / hour);

describe('workSpans', () => {
  it('with seven workdays the whole time is one span, in any time zone', () => {
    expect(workSpans(5, 9 * day, { workDays: 7, timeZone: 'Europe/Berlin' })).toEqual([[5, 9 * day]]);
  });

  it('spans are cut at midnight, and days after the last workday are left out', () => {
    // From a Wednesday noon to the Tuesday after.
    const spans = (workDays: number) => workSpans(utc('2026-11-25T12:00'), utc('2026-12-01T06:00'), { workDays, timeZone: 'UTC' });
    expect(hours(spans(4))).toEqual([12, 24, 24, 6]);
    expect(hours(spans(5))).toEqual([12, 24, 24, 24, 6]);
    expect(hours(spans(6))).toEqual([12, 24, 24, 24, 24, 6]);
    expect(spans(5)[3]).toEqual([utc('2026-11-30T00:00'), utc('2026-12-01T00:00')]);
  });

  it('spans are cut at midnight of the given time zone', () => {
    const [first] = workSpans(utc('2026-11-23T00:00'), utc('2026-11-24T00:00'), { workDays: 5, timeZone: 'Asia/Kolkata' });
    expect(first).toEqual([utc('2026-11-23T00:00'), utc('2026-11-23T18:30')]);
  });

  it.each([
    ['a day of 25 hours', 'Europe/Berlin', '2026-10-23T22:00', '2026-10-26T23:00', 6, [24, 24]],
    ['a Sunday of 25 hours before a working Monday in New York', 'America/New_York', '2026-11-01T04:00', '2026-11-03T05:00', 5, [24]],
    ['a Friday of 23 hours', 'Asia/Jerusalem', '2026-03-26T22:00', '2026-03-27T21:00', 5, [23]],
    ['a Friday that begins at one', 'Africa/Cairo', '2026-04-23T21:00', '2026-04-24T21:00', 5, [1, 23]],
    ['a Friday of 23 hours without a midnight', 'Africa/Cairo', '2026-04-23T22:00', '2026-04-24T21:00', 5, [23]],
  ])('%s counts with its real hours', (_what, timeZone, from, to, workDays, expected) => {
    expect(hours(workSpans(utc(from), utc(to), { workDays, timeZone }))).toEqual(expected);
  });

  it('a time without length has no spans', () => {
    expect(workSpans(5, 5, { workDays: 5, timeZone: 'UTC' })).toEqual([]);
  });

  it('the time zone of the machine is the default', () => {
    const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
    const [from, to] = [utc('2026-11-20T00:00'), utc('2026-11-27T00:00')];
    expect(workSpans(from, to, { workDays: 5 })).toEqual(workSpans(from, to, { workDays: 5, timeZone }));
  });
});

describe('spans of work', () => {
  const spans = [
    [10, 20],
    [30, 50],
  ] as const;

  it.each([
    [0, 0],
    [10, 0],
    [15, 5],
    [25, 10],
    [30, 10],
    [40, 20],
    [50, 30],
    [99, 30],
  ])('the work before %i is %i', (time, worked) => {
    expect(workedBefore(time, spans)).toBe(worked);
  });

  it.each([
    [0, 10],
    [5, 15],
    [10, 20],
    [11, 31],
    [30, 50],
    [31, undefined],
  ])('work of %i is done at %s', (work, time) => {
    expect(timeAfterWork(work, spans)).toBe(time);
  });
});
