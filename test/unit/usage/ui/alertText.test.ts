import { expect, it } from 'vitest';
import type { Alert } from '../../../../src/usage/alerts.ts';
import { alertText } from '../../../../src/usage/ui/alertText.ts';
import { five, minute, now, week, withoutReset } from '../support/snapshots.ts';

const reader = { language: 'en-GB', clock: 'auto', timeZone: 'UTC' } as const;

it.each<[Alert, string]>([
  [{ kind: 'low', window: week(86) }, 'ChatGPT weekly limit: 14% left. Resets Thu 16:00.'],
  [{ kind: 'critical', window: five(97) }, 'ChatGPT 5-hour limit: 3% left. Resets 18:00.'],
  [{ kind: 'spent', window: week(100) }, 'ChatGPT weekly limit: used up. Resets Thu 16:00.'],
  [{ kind: 'spent', window: withoutReset(week(100)) }, 'ChatGPT weekly limit: used up.'],
  [{ kind: 'low', window: week(86, { resetAt: now - minute }) }, 'ChatGPT weekly limit: 14% left.'],
  [{ kind: 'pace', window: week(58) }, 'ChatGPT weekly limit: 42% left, likely to run out before the reset. Resets Thu 16:00.'],
  [{ kind: 'back', window: week(0) }, 'ChatGPT weekly limit has been reset: 100% left.'],
])('the text of an alert names limit, percentage and reset: %o', (alert, text) => {
  expect(alertText(alert, now, reader)).toBe(text);
});

it('the text of an alert has no name from the service', () => {
  const window = week(86, { limitName: '[click](command:evil)' });
  for (const kind of ['low', 'critical', 'spent', 'pace', 'back'] as const) {
    expect(alertText({ kind, window }, now, reader)).not.toContain('evil');
  }
});
