/** Times as a person reads them: the same words in the status bar, its tooltip, notifications and the panel. */
import { day, hour, minute } from '../../base/duration.ts';
import { isFromFuture } from '../forecast.ts';
import { localDay } from '../workWeek.ts';
import { texts } from './texts.ts';

/** How the person reads numbers and times. */
export interface FormatOptions {
  /** The display language, BCP 47. */
  readonly language: string;
  /** `auto`: as the language has it. */
  readonly clock: 'auto' | '12h' | '24h';
  /** IANA name; this machine's where absent. */
  readonly timeZone?: string;
}

/** The time now and the time of the reading, in milliseconds since the epoch. */
export interface ReadingTime {
  readonly now: number;
  readonly fetchedAt: number;
}

/** Days from today within which a weekday's name is enough. */
const soon = 6;
const clocks: Readonly<Record<FormatOptions['clock'], Intl.DateTimeFormatOptions>> = {
  auto: { timeStyle: 'short' },
  '12h': { hour: 'numeric', minute: '2-digit', hourCycle: 'h12' },
  '24h': { timeStyle: 'short', hourCycle: 'h23' },
};

/** As "18:12". */
export function clockTime(time: number, { language, clock, timeZone }: FormatOptions): string {
  return new Intl.DateTimeFormat(language, { timeZone, ...clocks[clock] }).format(time);
}

/** A time with as much of the day as it takes, as "18:12", "tomorrow 09:30", "Thu 09:30", "3 Dec 09:30"; in full for a screen reader. */
export function moment(time: number, now: number, format: FormatOptions, style: 'short' | 'long' = 'short'): string {
  const { language, timeZone } = format;
  const days = localDay(time, timeZone) - localDay(now, timeZone);
  const clock = clockTime(time, format);
  if (days === 0) return clock;
  const formatTime = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(language, { timeZone, ...options }).format(time);
  if (Math.abs(days) === 1) return `${new Intl.RelativeTimeFormat(language, { numeric: 'auto' }).format(days, 'day')} ${clock}`;
  if (Math.abs(days) < soon) return `${formatTime({ weekday: style })} ${clock}`;
  return `${formatTime({ day: 'numeric', month: style })} ${clock}`;
}

/** How long something takes, rounded up to the minute, as "3d 4h", "2h 12m", "12m", "under a minute". */
export function countdown(milliseconds: number): string {
  if (milliseconds < minute) return texts.underAMinute();
  const minutes = Math.ceil(milliseconds / minute);
  const [d, h, m] = [Math.floor(minutes / 1_440), Math.floor((minutes % 1_440) / 60), minutes % 60];
  const parts = d > 0 ? [texts.days(d), h > 0 ? texts.hours(h) : ''] : [h > 0 ? texts.hours(h) : '', m > 0 ? texts.minutes(m) : ''];
  return parts.filter(part => part !== '').join(' ');
}

/** How long ago something was, as "20 minutes ago". */
export function age(time: number, now: number, { language }: FormatOptions): string {
  const past = now - time;
  if (isFromFuture(time, now)) return texts.beforeClockChange();
  if (past < minute) return texts.justNow();
  const format = new Intl.RelativeTimeFormat(language);
  if (past < hour) return format.format(-Math.floor(past / minute), 'minute');
  return past < 2 * day ? format.format(-Math.floor(past / hour), 'hour') : format.format(-Math.floor(past / day), 'day');
}

/** How old a reading is, as "As of 15:40 (20 minutes ago)". */
export function formatAge({ now, fetchedAt }: ReadingTime, format: FormatOptions): string {
  return texts.asOf(moment(fetchedAt, now, format), age(fetchedAt, now, format));
}
