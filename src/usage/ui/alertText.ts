import type { Alert } from '../alerts.ts';
import { texts } from './texts.ts';
import type { FormatOptions } from './formatTime.ts';
import { moment } from './formatTime.ts';
import { formatShare } from './formatUsage.ts';

/** An alert in our own words: nothing of it comes from the service but numbers and times. */
export function alertText({ kind, window }: Alert, now: number, format: FormatOptions): string {
  const name = texts.windowInSentence(window.kind, window.lengthSeconds);
  const left = formatShare(window.used, 'left', format);
  const reset = window.resetAt !== undefined && window.resetAt > now ? [texts.alertResets(moment(window.resetAt, now, format))] : [];
  switch (kind) {
    case 'low':
    case 'critical':
      return [texts.alertLow(name, left), ...reset].join(' ');
    case 'spent':
      return [texts.alertUsedUp(name), ...reset].join(' ');
    case 'pace':
      return [texts.alertPace(name, left), ...reset].join(' ');
    case 'back':
      return texts.alertReset(name, left);
  }
}
