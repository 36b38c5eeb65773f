import { l10n } from 'vscode';
import type { SpendKind, WindowKind } from '../snapshot.ts';

export const texts = {
  notLoaded: (reason: string) => l10n.t("Couldn't load usage. {0}", reason),
  workspaceInactive: () => l10n.t('This workspace is no longer active.'),
  accountInactive: () => l10n.t('OpenAI reports that this account was deactivated. Check your email.'),
  rateLimited: () => l10n.t('OpenAI is receiving too many usage requests.'),
  browserCheck: () => l10n.t('A web page came back in place of your usage. A browser check or a network filter may be in the way.'),
  unreachable: (host: string) => l10n.t("Can't reach {0}.", host),
  nextRetry: (moment: string) => l10n.t('Next attempt: {0}.', moment),
  retryOnFocus: () => l10n.t('VS Code tries again when its window has focus.'),

  alertLow: (window: string, left: string) =>
    l10n.t({ message: 'ChatGPT {0}: {1}.', args: [window, left], comment: ['as "ChatGPT weekly limit: 14% left."'] }),
  alertUsedUp: (window: string) =>
    l10n.t({ message: 'ChatGPT {0}: used up.', args: [window], comment: ['as "ChatGPT weekly limit: used up."'] }),
  alertPace: (window: string, left: string) =>
    l10n.t({
      message: 'ChatGPT {0}: {1}, likely to run out before the reset.',
      args: [window, left],
      comment: ['as "ChatGPT weekly limit: 42% left, likely to run out before the reset."'],
    }),
  alertReset: (window: string, left: string) =>
    l10n.t({
      message: 'ChatGPT {0} has been reset: {1}.',
      args: [window, left],
      comment: ['as "ChatGPT weekly limit has been reset: 100% left."'],
    }),
  alertResets: (moment: string) => l10n.t('Resets {0}.', moment),
  muteAlerts: () => l10n.t('Mute Until Reset'),
  alreadyRefreshing: () => l10n.t('Another window is already refreshing your usage.'),
  off: () => l10n.t('Usage is turned off.'),
  exportHistory: () => l10n.t('Export Usage History'),
  noHistory: () => l10n.t('This account has no usage history yet.'),
  historyExported: (count: number) => (count === 1 ? l10n.t('Exported 1 data point.') : l10n.t('Exported {0} data points.', count)),
  exportFailed: () => l10n.t("Couldn't write the file."),

  windowShort: (kind: WindowKind, lengthSeconds: number | undefined): string => {
    switch (kind) {
      case '5h':
        return l10n.t({ message: '5h', comment: 'Five-hour limit, as short as possible' });
      case 'daily':
        return l10n.t({ message: 'day', comment: 'Daily limit, as short as possible' });
      case 'weekly':
        return l10n.t({ message: 'wk', comment: 'Weekly limit, as short as possible' });
      case 'monthly':
        return l10n.t({ message: 'mo', comment: 'Monthly limit, as short as possible' });
      case 'annual':
        return l10n.t({ message: 'yr', comment: 'Annual limit, as short as possible' });
      case 'other':
        return shortLength(lengthSeconds ?? 0);
      case 'unknown':
        return l10n.t({ message: 'limit', comment: 'A limit of unknown length, as short as possible' });
    }
  },
  windowName: (kind: WindowKind, lengthSeconds: number | undefined): string => {
    switch (kind) {
      case '5h':
        return l10n.t('5-hour limit');
      case 'daily':
        return l10n.t('Daily limit');
      case 'weekly':
        return l10n.t('Weekly limit');
      case 'monthly':
        return l10n.t('Monthly limit');
      case 'annual':
        return l10n.t('Annual limit');
      case 'other':
        return l10n.t('{0} limit', shortLength(lengthSeconds ?? 0));
      case 'unknown':
        return l10n.t('Usage limit');
    }
  },
  windowInSentence: (kind: WindowKind, lengthSeconds: number | undefined): string => {
    switch (kind) {
      case '5h':
        return l10n.t('5-hour limit');
      case 'daily':
        return l10n.t('daily limit');
      case 'weekly':
        return l10n.t('weekly limit');
      case 'monthly':
        return l10n.t('monthly limit');
      case 'annual':
        return l10n.t('annual limit');
      case 'other':
        return l10n.t('{0} limit', shortLength(lengthSeconds ?? 0));
      case 'unknown':
        return l10n.t('usage limit');
    }
  },

  lessThan: (share: string) => l10n.t({ message: 'less than {0}', args: [share], comment: ['{0} is a share, as "1 percent"'] }),
  moreThan: (share: string) => l10n.t({ message: 'more than {0}', args: [share], comment: ['{0} is a share, as "99 percent"'] }),
  left: (share: string) => l10n.t({ message: '{0} left', args: [share], comment: ['{0} is a share or an amount, as "42%"'] }),
  used: (share: string) => l10n.t({ message: '{0} used', args: [share], comment: ['{0} is a share or an amount, as "58%"'] }),
  usedUp: () => l10n.t('used up'),
  mainUnaffected: () => l10n.t('the main limits are not affected'),
  unused: () => l10n.t('unused'),
  startsWithNextRequest: () => l10n.t('starts with your next request'),
  resetsIn: (countdown: string, moment: string) => l10n.t('resets in {0} ({1})', countdown, moment),
  resetsAt: (clock: string) => l10n.t({ message: 'resets at {0}', args: [clock], comment: ['{0} is a time of today, as "18:12"'] }),
  resetsOn: (moment: string) =>
    l10n.t({ message: 'resets {0}', args: [moment], comment: ['{0} is a day and a time, as "Thursday 17:00"'] }),
  resetDue: (moment: string) => l10n.t('should have reset {0}, not confirmed yet', moment),
  forecastLeft: (share: string) => l10n.t('about {0} left at reset', share),
  forecastRunsOut: (moment: string) => l10n.t('runs out around {0}', moment),
  forecastRunsOutSometime: () => l10n.t('likely to run out before the reset'),
  days: (days: number) => l10n.t('{0}d', days),
  hours: (hours: number) => l10n.t('{0}h', hours),
  minutes: (minutes: number) => l10n.t('{0}m', minutes),
  underAMinute: () => l10n.t('under a minute'),
  beforeClockChange: () =>
    l10n.t({ message: "before this computer's clock was set back", comment: ['When something was, in place of "20 minutes ago"'] }),
  justNow: () => l10n.t('just now'),
  asOf: (moment: string, age: string) =>
    l10n.t({ message: 'As of {0} ({1})', args: [moment, age], comment: ['as "As of 15:40 (20 minutes ago)"'] }),
  limitOf: (name: string, window: string) =>
    l10n.t({
      message: '{0}: {1}',
      args: [name, window],
      comment: ['A separate limit and its length, as "GPT-5.3-Codex-Spark: Weekly limit"'],
    }),
  ordinal: (name: string, ordinal: number) =>
    l10n.t({ message: '{0} ({1})', args: [name, ordinal], comment: ['The second limit with the same name, as "Weekly limit (2)"'] }),
  codeReview: () => l10n.t('Code review'),
  credits: (amount: string) => l10n.t('{0} credits', amount),
  creditsOf: (amount: string, limit: string) => l10n.t('{0} of {1} credits', amount, limit),
  creditsUnlimited: () => l10n.t('unlimited credits'),
  creditsAvailable: () => l10n.t('credits available'),
  sentence: (words: string) => l10n.t({ message: '{0}.', args: [words], comment: ['Words as a sentence'] }),
  creditsWorth: (dollars: string) => l10n.t('≈ {0} at 25 credits per dollar', dollars),
  allowance: (kind: SpendKind): string => {
    switch (kind) {
      case 'individual':
        return l10n.t('Your monthly allowance');
      case 'role_budget':
        return l10n.t("Your role's allowance");
      case 'group_default':
        return l10n.t("Your group's allowance");
      case 'group_shared':
        return l10n.t('Group allowance (shared)');
      case 'workspace_default':
        return l10n.t('Workspace allowance');
      case 'workspace_shared':
        return l10n.t('Workspace allowance (shared)');
    }
  },
  savedResets: (count: number) => (count === 1 ? l10n.t('1 saved reset') : l10n.t('{0} saved resets', count)),
  notUsableNow: () => l10n.t({ message: 'not usable now', comment: ['Of saved resets, as "1 saved reset, not usable now"'] }),
  usableNow: (count: number) =>
    l10n.t({ message: '{0} usable now', args: [count], comment: ['Of saved resets, as "3 saved resets, 1 usable now"'] }),
  expires: (moment: string) => l10n.t('expires {0}', moment),
  nextExpires: (moment: string) => l10n.t('the next expires {0}', moment),
} as const;

function shortLength(seconds: number): string {
  const minutes = Math.ceil(seconds / 60);
  if (minutes % 1_440 === 0) return texts.days(minutes / 1_440);
  return minutes % 60 === 0 ? texts.hours(minutes / 60) : texts.minutes(minutes);
}
