/** Usage as a person reads it: the same words for the same thing in the status bar, its tooltip, notifications and the panel. */
import { defined } from '../../base/defined.ts';
import type { Forecast } from '../forecast.ts';
import { aboutTime } from '../forecast.ts';
import type { Credits, ResetCredits, SpendLimit, UsageWindow } from '../snapshot.ts';
import { codeReviewLimit } from '../snapshot.ts';
import type { UsageState } from '../usageView.ts';
import type { FailureState } from '../polling/backoff.ts';
import { isConfirmed } from '../polling/backoff.ts';
import { isResetPassed } from '../limitStatus.ts';
import { localDay } from '../workWeek.ts';
import { errorText } from '../../shell/errorTexts.ts';
import type { FormatOptions, ReadingTime } from './formatTime.ts';
import { countdown, moment } from './formatTime.ts';
import { statusTexts } from './statusTexts.ts';
import { texts } from './texts.ts';

/** Which side of a limit is shown where there is room for one. */
export type Share = 'left' | 'used';

const creditsPerDollar = 25;

/**
 * A share of a limit, as "42%": one rounding for both sides, so that they add to a hundred. Nothing is only said where there
 * is nothing, and all where it is all.
 * @param used percent, 0 to 100
 */
export function percent(used: number, share: Share, { language }: FormatOptions): string {
  const { sign, value } = roundedShare(used, share);
  return `${sign}${new Intl.NumberFormat(language, { style: 'percent' }).format(value / 100)}`;
}

/** The same for a screen reader, as "42 percent". */
export function spokenPercent(used: number, share: Share, { language }: FormatOptions): string {
  const { sign, value } = roundedShare(used, share);
  const words = new Intl.NumberFormat(language, { style: 'unit', unit: 'percent', unitDisplay: 'long' }).format(value);
  return sign === '<' ? texts.lessThan(words) : sign === '>' ? texts.moreThan(words) : words;
}

/** A share with the word that says which, as "42% left". */
export function formatShare(used: number, share: Share, format: FormatOptions): string {
  return texts[share](percent(used, share, format));
}

/**
 * Why the last attempt brought no reading, and when the next one is, in whole sentences.
 * @param host that reports the usage
 */
export function formatFailure(
  { failure, nextAt }: Pick<UsageState, 'failure' | 'nextAt'>,
  host: string,
  now: number,
  format: FormatOptions,
): string | undefined {
  if (!failure) return undefined;
  const { kind } = failure;
  if (kind === 'accountInactive') return texts.accountInactive();
  const next = nextAt === undefined ? texts.retryOnFocus() : texts.nextRetry(moment(nextAt, now, format));
  return `${failureReason(failure, host)} ${next}`;
}

function failureReason(failure: FailureState, host: string): string {
  const { kind, code } = failure;
  switch (kind) {
    case 'tooMany':
      return texts.rateLimited();
    case 'challenge':
      return texts.browserCheck();
    case 'workspaceInactive':
      if (isConfirmed(failure)) return texts.workspaceInactive();
      break;
    case 'unreachable':
      if (code === 'offline') return texts.unreachable(host);
      break;
    case 'forbidden':
      return texts.notLoaded(errorText({ code: 'refused', refusal: failure.refusal ?? { request: 'usage' } }).message);
    case 'accountInactive':
    case 'outage':
      break;
  }
  return texts.notLoaded(errorText(failure).message);
}

/** A limit's name, as "Weekly limit" or "GPT-5.3-Codex-Spark: Weekly limit". It may hold text from outside. */
export function windowTitle({ limitId, limitName, reserve, kind, lengthSeconds, ordinal }: UsageWindow): string {
  const name = texts.windowName(kind, lengthSeconds);
  const numbered = ordinal === undefined ? name : texts.ordinal(name, ordinal);
  const ours = limitId === codeReviewLimit ? texts.codeReview() : reserve && statusTexts.reserve();
  const limit = ours ?? limitName;
  return limit === undefined ? numbered : texts.limitOf(limit, numbered);
}

/** A window in words. What is not known or does not hold any more is left out. */
export interface FormattedWindow {
  /** May hold text from outside. */
  readonly title: string;
  readonly used: string;
  readonly left: string;
  /** Both numbers, or the word that says it better; empty where they do not hold any more. */
  readonly numbers: string;
  readonly reset?: string;
  readonly forecast?: string;
}

export function formatWindow(
  window: UsageWindow,
  forecast: Forecast | undefined,
  readingTime: ReadingTime,
  format: FormatOptions,
): FormattedWindow {
  const [used, left] = [formatShare(window.used, 'used', format), formatShare(window.used, 'left', format)];
  const isOver = isResetPassed(window, readingTime.fetchedAt, readingTime.now);
  return {
    title: windowTitle(window),
    used,
    left,
    numbers: numbersOf(window, readingTime, [used, left]).join(' · '),
    ...defined({
      reset: formatReset(window, readingTime.now, format),
      forecast: forecast && !isOver ? formatForecast(forecast, readingTime.now, format) : undefined,
    }),
  };
}

/** A window as a screen reader says it: "Weekly limit 42 percent left, resets Thursday 17:00". */
export function formatWindowSentence(window: UsageWindow, readingTime: ReadingTime, format: FormatOptions, share: Share): string {
  const title = windowTitle(window);
  const numbers = numbersOf(window, readingTime, [texts[share](spokenPercent(window.used, share, format))]);
  const reset = spokenReset(window, readingTime.now, format);
  return [title, [...numbers, reset].filter(part => part !== undefined).join(', ')].join(' ');
}

/** What it has, unless a word says it better, or it does not hold any more. */
function numbersOf(window: UsageWindow, { fetchedAt, now }: ReadingTime, numbers: readonly string[]): readonly string[] {
  if (isResetPassed(window, fetchedAt, now)) return [];
  if (window.used >= 100) return [texts.usedUp()];
  return isUnused(window) ? [texts.unused()] : numbers;
}

/** What becomes of a window, as "about 12% left at reset". */
export function formatForecast(forecast: Forecast, now: number, format: FormatOptions): string | undefined {
  switch (forecast.verdict) {
    case 'hidden':
    case 'spent':
      return undefined;
    case 'spare':
    case 'tight':
      return texts.forecastLeft(percent(100 - forecast.leftAtReset, 'left', format));
    case 'runsOut': {
      const { runsOutAt } = forecast;
      if (runsOutAt === undefined) return texts.forecastRunsOutSometime();
      return texts.forecastRunsOut(moment(aboutTime(runsOutAt, now), now, format));
    }
  }
}

/** An amount of credits, as "1,000". */
export function amount(credits: number, { language }: FormatOptions): string {
  return new Intl.NumberFormat(language, { maximumFractionDigits: 0 }).format(credits);
}

/** Credits, as "812 credits (≈ USD 32.50 at 25 credits per dollar)"; `undefined` where there are none. */
export function formatCredits({ has, isUnlimited, balance }: Credits, format: FormatOptions): string | undefined {
  if (isUnlimited) return texts.creditsUnlimited();
  if (!has) return undefined;
  if (balance === undefined) return texts.creditsAvailable();
  return `${texts.credits(amount(balance, format))} (${texts.creditsWorth(dollars(balance, format))})`;
}

function dollars(credits: number, { language }: FormatOptions): string {
  const format = new Intl.NumberFormat(language, { style: 'currency', currency: 'USD', currencyDisplay: 'code' });
  return format.format(credits / creditsPerDollar);
}

/** An allowance, as "588 of 1,000 credits left"; its share where OpenAI reports no amounts; `undefined` where it reports neither. */
export function formatSpend({ limit, used, leftPercent, isReached }: SpendLimit, share: Share, format: FormatOptions): string | undefined {
  if (isReached) return texts.usedUp();
  if (limit !== undefined && used !== undefined) {
    const part = share === 'used' ? used : Math.max(0, limit - used);
    return texts[share](texts.creditsOf(amount(part, format), amount(limit, format)));
  }
  if (leftPercent !== undefined) return formatShare(100 - leftPercent, share, format);
  return used === undefined ? undefined : texts.used(texts.credits(amount(used, format)));
}

/** When an allowance is there anew, as "resets in 6d (1 Dec 01:00)". */
export function formatSpendReset({ resetAt }: SpendLimit, now: number, format: FormatOptions): string | undefined {
  return resetAt === undefined || resetAt <= now ? undefined : texts.resetsIn(countdown(resetAt - now), moment(resetAt, now, format));
}

/** Resets that were saved, as "1 saved reset, not usable now, expires 4 Dec 03:26"; `undefined` where there are none. */
export function formatResetCredits(
  { available, applicable = available, nextExpiry }: ResetCredits,
  now: number,
  format: FormatOptions,
): string | undefined {
  if (available === 0) return undefined;
  const expiry = nextExpiry === undefined ? undefined : texts[available === 1 ? 'expires' : 'nextExpires'](moment(nextExpiry, now, format));
  const use = applicable === 0 ? texts.notUsableNow() : applicable < available ? texts.usableNow(applicable) : undefined;
  return [texts.savedResets(available), use, expiry].filter(part => part !== undefined).join(', ');
}

/** Whether it has not begun: its reset moves with the clock then. */
export function isUnused({ used, isActive }: UsageWindow): boolean {
  return used === 0 && !isActive;
}

function formatReset(window: UsageWindow, now: number, format: FormatOptions): string | undefined {
  const { resetAt } = window;
  if (isUnused(window)) return texts.startsWithNextRequest();
  if (resetAt === undefined) return undefined;
  if (resetAt > now) return texts.resetsIn(countdown(resetAt - now), moment(resetAt, now, format));
  return texts.resetDue(moment(resetAt, now, format));
}

function spokenReset(window: UsageWindow, now: number, format: FormatOptions): string | undefined {
  const { resetAt } = window;
  if (resetAt === undefined || isUnused(window)) return undefined;
  const said = moment(resetAt, now, format, 'long');
  if (resetAt <= now) return texts.resetDue(said);
  return localDay(resetAt, format.timeZone) === localDay(now, format.timeZone) ? texts.resetsAt(said) : texts.resetsOn(said);
}

function roundedShare(used: number, share: Share): { sign: '' | '<' | '>'; value: number } {
  const [part, rest] = share === 'used' ? [used, 100 - used] : [100 - used, used];
  if (part > 0 && part < 1) return { sign: '<', value: 1 };
  if (rest > 0 && rest < 1) return { sign: '>', value: 99 };
  return { sign: '', value: share === 'used' ? Math.round(used) : 100 - Math.round(used) };
}
