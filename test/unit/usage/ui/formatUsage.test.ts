import { describe, expect, it } from 'vitest';
import type { Forecast } from '../../../../src/usage/forecast.ts';
import type { UsageWindow } from '../../../../src/usage/snapshot.ts';
import type { FormatOptions } from '../../../../src/usage/ui/formatTime.ts';
import { age, clockTime, countdown, moment } from '../../../../src/usage/ui/formatTime.ts';
import {
  formatCredits,
  formatForecast,
  percent,
  formatResetCredits,
  formatSpend,
  spokenPercent,
  formatWindowSentence,
  windowTitle,
  formatWindow,
} from '../../../../src/usage/ui/formatUsage.ts';
import { day, five, hour, minute, now, week, withoutReset } from '../support/snapshots.ts';

const english: FormatOptions = { language: 'en-GB', clock: 'auto', timeZone: 'UTC' };
const german: FormatOptions = { ...english, language: 'de' };
const american: FormatOptions = { ...english, language: 'en-US' };
/** The text with plain spaces instead of non-breaking ones. */
const plain = (text: string | undefined) => text?.replaceAll(/[\u00a0\u202f]/g, ' ');

describe('formatting of a percentage', () => {
  it.each([
    [0, '0%', '100%'],
    [0.4, '<1%', '>99%'],
    [0.99, '<1%', '>99%'],
    [1, '1%', '99%'],
    [33.5, '34%', '66%'],
    [50, '50%', '50%'],
    [98.6, '99%', '1%'],
    [99, '99%', '1%'],
    [99.01, '>99%', '<1%'],
    [99.9, '>99%', '<1%'],
    [100, '100%', '0%'],
  ])('%f percent is formatted as %s used and %s left', (value, used, left) => {
    expect([percent(value, 'used', english), percent(value, 'left', english)]).toEqual([used, left]);
  });

  it('the used and left percentages add up to a hundred', () => {
    for (let tenths = 10; tenths <= 990; tenths++) {
      const sum = (['used', 'left'] as const).reduce((all, share) => all + parseInt(percent(tenths / 10, share, english)), 0);
      expect(sum, String(tenths / 10)).toBe(100);
    }
  });

  it('a percentage for screen readers is in words', () => {
    expect(spokenPercent(58, 'left', english)).toBe('42 per cent');
    expect(spokenPercent(99.5, 'left', english)).toBe('less than 1 per cent');
    expect(spokenPercent(0.5, 'left', english)).toBe('more than 99 per cent');
    expect(spokenPercent(58, 'left', german)).toBe('42 Prozent');
    expect(plain(percent(58, 'left', german))).toBe('42 %');
  });
});

describe('formatting of a time', () => {
  it.each([
    ['of today', now + 2 * hour, '18:00', '18:00'],
    ['at the end of today', now + 8 * hour - minute, '23:59', '23:59'],
    ['of tomorrow', now + 8 * hour, 'tomorrow 00:00', 'tomorrow 00:00'],
    ['of yesterday', now - 17 * hour, 'yesterday 23:00', 'yesterday 23:00'],
    ['in two days', now + 2 * day, 'Wed 16:00', 'Wednesday 16:00'],
    ['in five days', now + 5 * day, 'Sat 16:00', 'Saturday 16:00'],
    ['in six days', now + 6 * day, '29 Nov 16:00', '29 November 16:00'],
    ['next month', now + 10 * day, '3 Dec 16:00', '3 December 16:00'],
  ])('a time %s has as much of the date as it needs', (_when, time, short, long) => {
    expect(moment(time, now, english)).toBe(short);
    expect(moment(time, now, english, 'long')).toBe(long);
  });

  it('a time follows the display language and the chosen time format', () => {
    expect(moment(now + day, now, german)).toBe('morgen 16:00');
    expect(moment(now + 3 * day, now, german)).toBe('Do 16:00');
    expect(plain(clockTime(now, american))).toBe('4:00 PM');
    expect(clockTime(now, { ...american, clock: '24h' })).toBe('16:00');
    expect(plain(clockTime(now, { ...english, clock: '12h' }))).toBe('4:00 pm');
    expect(clockTime(now + 8 * hour, { ...american, clock: '24h' })).toBe('00:00');
  });

  it("a time is in the person's own time zone", () => {
    const tokyo = { ...english, timeZone: 'Asia/Tokyo' };
    expect(moment(now - 2 * hour, now, tokyo)).toBe('yesterday 23:00');
    expect(moment(now + 2 * hour, now, tokyo)).toBe('03:00');
  });
});

describe('formatting of a countdown', () => {
  it.each([
    [0, 'under a minute'],
    [minute - 1, 'under a minute'],
    [minute, '1m'],
    [minute + 1, '2m'],
    [hour - 1, '1h'],
    [hour + 1, '1h 1m'],
    [2 * hour + 12 * minute, '2h 12m'],
    [day, '1d'],
    [day + 59 * minute, '1d'],
    [3 * day + 4 * hour + 10 * minute, '3d 4h'],
  ])('a countdown of %i milliseconds is %s, rounded up to minutes', (milliseconds, words) => {
    expect(countdown(milliseconds)).toBe(words);
  });
});

it.each([
  [59_999, 'just now'],
  [minute, '1 minute ago'],
  [20 * minute + 5, '20 minutes ago'],
  [2 * hour - 1, '1 hour ago'],
  [2 * day - 1, '47 hours ago'],
  [2 * day, '2 days ago'],
])('an age of %i milliseconds is formatted as %s', (milliseconds, words) => {
  expect(age(now - milliseconds, now, english)).toBe(words);
});

it('an age that a clock which was set back cannot tell is not invented', () => {
  expect(age(now + 30_000, now, english)).toBe('just now');
  expect(age(now + day, now, english)).toBe("before this computer's clock was set back");
});

describe('formatting of a usage window', () => {
  const readingTime = { now, fetchedAt: now };
  const outlook: Forecast = { verdict: 'spare', projected: 88, leftAtReset: 12 };
  const hidden: Forecast = { verdict: 'hidden' };

  it('a window is formatted as a row and a sentence', () => {
    expect(formatWindow(week(58), outlook, readingTime, english)).toEqual({
      title: 'Weekly limit',
      used: '58% used',
      left: '42% left',
      numbers: '58% used · 42% left',
      reset: 'resets in 3d (Thu 16:00)',
      forecast: 'about 12% left at reset',
    });
    expect(formatWindowSentence(week(58), readingTime, english, 'left')).toBe('Weekly limit 42 per cent left, resets Thursday 16:00');
    expect(formatWindowSentence(five(34), readingTime, english, 'used')).toBe('5-hour limit 34 per cent used, resets at 18:00');
  });

  it.each<[string, UsageWindow, string, string]>([
    ['used up', week(100), 'used up · resets in 3d (Thu 16:00)', 'Weekly limit used up, resets Thursday 16:00'],
    ['unused', week(0, { isActive: false }), 'unused · starts with your next request', 'Weekly limit unused'],
    ['without a reset', withoutReset(week(58)), '58% used · 42% left', 'Weekly limit 42 per cent left'],
    [
      'with a passed reset that is not confirmed',
      week(58, { resetAt: now - minute }),
      'should have reset 15:59, not confirmed yet',
      'Weekly limit should have reset 15:59, not confirmed yet',
    ],
    [
      'with a passed reset long before the reading',
      week(58, { resetAt: now - 3 * minute }),
      '58% used · 42% left · should have reset 15:57, not confirmed yet',
      'Weekly limit 42 per cent left, should have reset 15:57, not confirmed yet',
    ],
  ])('a window %s has a short row and sentence', (_what, window, row, sentence) => {
    const { numbers, reset, forecast } = formatWindow(window, hidden, readingTime, english);
    expect([numbers, reset, forecast].filter(Boolean).join(' · ')).toBe(row);
    expect(formatWindowSentence(window, readingTime, english, 'left')).toBe(sentence);
  });

  it("a window's title has its limit, its length and its number", () => {
    expect(windowTitle(week(1, { ordinal: 2 }))).toBe('Weekly limit (2)');
    expect(windowTitle(week(1, { limitId: 'code-review' }))).toBe('Code review: Weekly limit');
    expect(windowTitle(week(1, { limitId: 'x', limitName: 'Spark' }))).toBe('Spark: Weekly limit');
  });

  it.each<[Forecast, string | undefined]>([
    [{ verdict: 'hidden' }, undefined],
    [{ verdict: 'spent' }, undefined],
    [{ verdict: 'tight', projected: 97, leftAtReset: 3 }, 'about 3% left at reset'],
    [{ verdict: 'runsOut', projected: 140 }, 'likely to run out before the reset'],
    [{ verdict: 'runsOut', projected: 140, runsOutAt: now + 3 * hour + 4 * minute }, 'runs out around 19:00'],
  ])('the forecast %o has the expected words', (forecast, words) => {
    expect(formatForecast(forecast, now, english)).toBe(words);
  });
});

describe('formatting of credits, allowances and saved resets', () => {
  it('credits are formatted with their value in dollars', () => {
    expect(plain(formatCredits({ has: true, isUnlimited: false, balance: 812.4 }, english))).toBe(
      '812 credits (≈ USD 32.50 at 25 credits per dollar)',
    );
    expect(formatCredits({ has: true, isUnlimited: true }, english)).toBe('unlimited credits');
    expect(formatCredits({ has: true, isUnlimited: false }, english)).toBe('credits available');
    expect(formatCredits({ has: false, isUnlimited: false, balance: 0 }, english)).toBeUndefined();
  });

  it('an allowance is formatted in amounts if they are known', () => {
    const limit = { kind: 'individual', isReached: false } as const;
    expect(formatSpend({ ...limit, limit: 1000, used: 412.5, leftPercent: 58.75 }, 'left', english)).toBe('588 of 1,000 credits left');
    expect(formatSpend({ ...limit, limit: 1000, used: 412.4, leftPercent: 58.75 }, 'used', english)).toBe('412 of 1,000 credits used');
    expect(formatSpend({ ...limit, leftPercent: 59 }, 'left', english)).toBe('59% left');
    expect(formatSpend({ ...limit, used: 30 }, 'left', english)).toBe('30 credits used');
    expect(formatSpend({ ...limit, isReached: true }, 'left', english)).toBe('used up');
    expect(formatSpend(limit, 'left', english)).toBeUndefined();
  });

  it('saved resets are formatted with the next expiry', () => {
    expect(formatResetCredits({ available: 0 }, now, english)).toBeUndefined();
    expect(formatResetCredits({ available: 2, nextExpiry: now + 11 * day }, now, english)).toBe(
      '2 saved resets, the next expires 4 Dec 16:00',
    );
    expect(formatResetCredits({ available: 1 }, now, english)).toBe('1 saved reset');
  });

  it('saved resets are formatted with how many of them can be used now', () => {
    const text = (available: number, applicable: number) => formatResetCredits({ available, applicable }, now, english);
    expect([text(1, 0), text(3, 0), text(3, 1), text(3, 3)]).toEqual([
      '1 saved reset, not usable now',
      '3 saved resets, not usable now',
      '3 saved resets, 1 usable now',
      '3 saved resets',
    ]);
    expect(formatResetCredits({ available: 1, applicable: 0, nextExpiry: now + 11 * day }, now, english)).toBe(
      '1 saved reset, not usable now, expires 4 Dec 16:00',
    );
  });
});
