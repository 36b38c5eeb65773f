import type { Alert } from '../alerts.ts';
import { usageTexts } from './texts.ts';
import type { Reader } from './formatUsage.ts';
import { moment, shareWords } from './formatUsage.ts';

/** An alert in our own words: nothing of it comes from the service but numbers and times. */
export function alertText({ kind, window }: Alert, now: number, reader: Reader): string {
  const name = usageTexts.windowWithin(window.kind, window.lengthSeconds);
  const left = shareWords(window.used, 'left', reader);
  const reset = window.resetAt !== undefined && window.resetAt > now ? [usageTexts.alertResets(moment(window.resetAt, now, reader))] : [];
  switch (kind) {
    case 'low':
    case 'critical':
      return [usageTexts.alertLow(name, left), ...reset].join(' ');
    case 'spent':
      return [usageTexts.alertSpent(name), ...reset].join(' ');
    case 'pace':
      return [usageTexts.alertPace(name, left), ...reset].join(' ');
    case 'back':
      return usageTexts.alertBack(name, left);
  }
}
