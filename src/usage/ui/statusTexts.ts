import { l10n } from 'vscode';
import { names } from '../../shell/nameTexts.ts';

export const statusTexts = {
  signedOut: () => l10n.t('ChatGPT: Sign in'),
  signedOutTooltip: () => l10n.t("Sign in with ChatGPT to see your plan's limits."),
  signedOutLabel: () => l10n.t('ChatGPT, not signed in. Sign in.'),
  signingIn: () => l10n.t('ChatGPT: Signing in'),
  signingInLabel: () => l10n.t('ChatGPT, signing in.'),
  signingOut: () => l10n.t('ChatGPT: Signing out'),
  signingOutLabel: () => l10n.t('ChatGPT, signing out.'),
  loading: () => l10n.t('Loading your usage…'),
  loadingLabel: () => l10n.t('ChatGPT usage, loading.'),
  sessionExpired: () => l10n.t('ChatGPT: Sign in again'),
  sessionExpiredTooltip: () => l10n.t('Your ChatGPT session has expired.'),
  lastUpdated: (moment: string) => l10n.t('Last usage update: {0}.', moment),
  sessionExpiredLabel: () => l10n.t('ChatGPT session expired. Sign in again.'),
  workspaceInactive: () => l10n.t('ChatGPT: Choose workspace'),
  workspaceInactiveLabel: () => l10n.t('ChatGPT workspace no longer active. Sign in to another workspace.'),
  accountInactive: () => l10n.t('ChatGPT account inactive'),
  accountInactiveLabel: () => l10n.t('ChatGPT account inactive.'),
  problem: () => l10n.t('ChatGPT: Problem'),
  problemLabel: (sentence: string) => l10n.t('ChatGPT, problem. {0}', sentence),
  notLoaded: (plan: string | undefined) => l10n.t('{0}, usage not loaded yet.', statusTexts.product(plan)),
  notLoadedTooltip: () => l10n.t("Your usage hasn't been loaded yet."),
  unavailable: (reason: string) => l10n.t('ChatGPT usage unavailable. {0}', reason),
  offlineLabel: () => l10n.t('ChatGPT usage unavailable, offline.'),
  off: () => l10n.t('Usage is turned off in the settings.'),
  noUsage: () => l10n.t('Usage is not available for this account.'),
  noLimits: () => l10n.t('OpenAI reported no usage limits for this plan.'),
  noLimitsLabel: (plan: string | undefined) => l10n.t('{0}, no limits reported.', statusTexts.product(plan)),
  noFixedLimit: () => l10n.t('no fixed limit'),
  noFixedLimitTooltip: () => l10n.t('Usage is billed to workspace credits. OpenAI reports no limit.'),
  noFixedLimitLabel: (plan: string | undefined) => l10n.t('{0}, no fixed limit reported.', statusTexts.product(plan)),
  label: (plan: string | undefined, sentences: string) => l10n.t('{0}. {1}.', statusTexts.product(plan), sentences),
  noFiveHours: () => l10n.t('This plan has no 5-hour limit right now.'),
  unused: (window: string) => l10n.t('{0} is unused. It starts with your next request.', window),
  low: (window: string, moment: string | undefined) =>
    moment === undefined ? l10n.t('{0} is running low.', window) : l10n.t('{0} is running low; resets {1}.', window, moment),
  lowLabel: (sentences: string) => l10n.t('Warning. {0}.', sentences),
  critical: (share: string, window: string, moment: string | undefined) =>
    moment === undefined
      ? l10n.t({ message: 'Only {0} of the {1} left.', args: [share, window], comment: ['as "Only 3% of the weekly limit left."'] })
      : l10n.t({
          message: 'Only {0} of the {1} left until {2}.',
          args: [share, window, moment],
          comment: ['as "Only 3% of the weekly limit left until Thu 09:30."'],
        }),
  criticalLabel: (window: string, share: string, moment: string | undefined) =>
    moment === undefined ? l10n.t('Critical. {0} {1}.', window, share) : l10n.t('Critical. {0} {1} until {2}.', window, share, moment),
  limitUsedUp: (window: string) =>
    l10n.t({ message: '{0} used up', args: [window], comment: ['as "wk used up" or "Weekly limit used up"'] }),
  blockedByLimit: (window: string, moment: string | undefined) =>
    moment === undefined
      ? l10n.t({ message: 'Blocked by the {0}.', args: [window], comment: ['as "Blocked by the weekly limit."'] })
      : l10n.t({
          message: 'Blocked by the {0} until {1}.',
          args: [window, moment],
          comment: ['as "Blocked by the weekly limit until Thu 09:30."'],
        }),
  blockedToo: (window: string, share: string) =>
    l10n.t({
      message: "You can't use the {0} ({1}) until then.",
      args: [window, share],
      comment: ['as "You can\'t use the 5-hour limit (99% left) until then."'],
    }),
  blockedByLimitLabel: (window: string, moment: string | undefined) =>
    moment === undefined
      ? l10n.t({ message: 'ChatGPT blocked by the {0}.', args: [window], comment: ['as "ChatGPT blocked by the weekly limit."'] })
      : l10n.t({
          message: 'ChatGPT blocked by the {0} until {1}.',
          args: [window, moment],
          comment: ['as "ChatGPT blocked by the weekly limit until Thursday 09:30."'],
        }),
  reserve: () => l10n.t({ message: 'Reserve', comment: ["A limit that requests count against once the plan's own is used up"] }),
  reserveShare: (share: string) =>
    l10n.t({ message: 'Reserve {0}', args: [share], comment: ['{0} is what is left of the reserve, as "76%"; as short as possible'] }),
  onReserve: (share: string) =>
    l10n.t({
      message: 'Requests can still use the reserve ({0}).',
      args: [share],
      comment: ['as "Requests can still use the reserve (76% left)."'],
    }),
  onReserveUnknown: () => l10n.t('Requests can still use the reserve.'),
  onCredits: () => l10n.t('Your included usage is used up. Requests now use credits.'),
  onCreditsLabel: (window: string, credits: string) => l10n.t('{0} used up. {1}.', window, credits),
  allowanceLabel: (allowance: string, amount: string) => l10n.t('{0}, {1}.', allowance, amount),
  allowanceResets: (allowance: string, moment: string) => l10n.t('{0} resets {1}.', allowance, moment),
  allowanceUsedUp: () => l10n.t('Allowance used up'),
  blockedByAllowance: (allowance: string) => l10n.t('{0} is used up.', allowance),
  blockedByAllowanceUntil: (allowance: string, moment: string) => l10n.t('{0} is used up; resets {1}.', allowance, moment),
  outOfCredits: () => l10n.t('Workspace out of credits'),
  outOfCreditsLabel: (advice: string) => l10n.t('ChatGPT blocked, workspace out of credits. {0}', advice),
  askOwner: () => l10n.t('Ask your workspace owner to add credits.'),
  addCredits: () => l10n.t('Add credits in ChatGPT.'),
  alsoUsedUp: (window: string, moment: string) => l10n.t('{0} is also used up; resets {1}.', window, moment),
  blocked: () => l10n.t('ChatGPT blocked'),
  blockedTooltip: (share: string | undefined) =>
    share === undefined
      ? l10n.t('OpenAI reports this account as blocked.')
      : l10n.t('OpenAI reports this account as blocked, although its limits show {0}.', share),
  blockedLabel: (share: string | undefined) =>
    share === undefined ? l10n.t('ChatGPT blocked.') : l10n.t('ChatGPT blocked. Limits still show {0}.', share),
  resetPassed: (window: string, moment: string) => l10n.t('{0} should have reset {1}; waiting for OpenAI to confirm.', window, moment),
  asOfLabel: (label: string, moment: string, age: string) =>
    l10n.t({ message: '{0} As of {1}, {2}.', args: [label, moment, age], comment: ['{0} is a whole sentence, {2} as "20 minutes ago"'] }),
  pausedLabel: (label: string) => l10n.t('{0} Usage refresh paused.', label),
  showUsage: () => l10n.t('Show Usage'),
  refresh: () => l10n.t('Refresh'),
  accountsShort: () => l10n.t('Accounts'),
  /** The product with the plan, as screen readers say it. */
  product: (plan: string | undefined) => (plan === undefined ? names.product : l10n.t('ChatGPT {0}', plan)),
} as const;
