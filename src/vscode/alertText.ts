import type { Alert } from '../usage/alerts.ts';
import { texts } from './texts.ts';
import type { Reader } from './usageWords.ts';
import { moment, shareWords } from './usageWords.ts';

/** An alert in our own words: nothing of it comes from the service but numbers and times. */
export function alertText({ kind, window }: Alert, now: number, reader: Reader): string {
  const name = texts.windowWithin(window.kind, window.lengthSeconds);
  const left = shareWords(window.used, 'left', reader);
  const reset = window.resetAt !== undefined && window.resetAt > now ? [texts.alertResets(moment(window.resetAt, now, reader))] : [];
  switch (kind) {
    case 'low':
    case 'critical':
      return [texts.alertLow(name, left), ...reset].join(' ');
    case 'spent':
      return [texts.alertSpent(name), ...reset].join(' ');
    case 'pace':
      return [texts.alertPace(name, left), ...reset].join(' ');
    case 'back':
      return texts.alertBack(name, left);
  }
}
