import { l10n } from 'vscode';
import { commonTexts } from '../../shell/commonTexts.ts';

export const statusTexts = {
  statusSignedOut: () => l10n.t('ChatGPT: Sign in'),
  statusSignedOutTooltip: () => l10n.t("Sign in with ChatGPT to see your plan's limits."),
  statusSignedOutLabel: () => l10n.t('ChatGPT, not signed in. Sign in.'),
  statusSigningIn: () => l10n.t('ChatGPT: Signing in'),
  statusSigningInLabel: () => l10n.t('ChatGPT, signing in.'),
  statusSigningOut: () => l10n.t('ChatGPT: Signing out'),
  statusSigningOutLabel: () => l10n.t('ChatGPT, signing out.'),
  statusLoading: () => l10n.t('Reading your usage…'),
  statusLoadingLabel: () => l10n.t('ChatGPT usage, loading.'),
  statusEnded: () => l10n.t('ChatGPT: Sign in again'),
  statusEndedTooltip: () => l10n.t('Your ChatGPT session ended.'),
  statusLastReading: (moment: string) => l10n.t('Your last reading was {0}.', moment),
  statusEndedLabel: () => l10n.t('ChatGPT session ended. Sign in again.'),
  statusWorkspaceInactive: () => l10n.t('ChatGPT: Choose workspace'),
  statusWorkspaceInactiveLabel: () => l10n.t('ChatGPT workspace no longer active. Sign in to another one.'),
  statusAccountInactive: () => l10n.t('ChatGPT account inactive'),
  statusAccountInactiveLabel: () => l10n.t('ChatGPT account inactive.'),
  statusTrouble: () => l10n.t('ChatGPT: Problem'),
  statusTroubleLabel: (sentence: string) => l10n.t('ChatGPT, problem. {0}', sentence),
  statusUnread: (plan: string | undefined) => l10n.t('{0}, usage not read yet.', statusTexts.product(plan)),
  statusUnreadTooltip: () => l10n.t('Your usage has not been read yet.'),
  statusUnavailable: (reason: string) => l10n.t('ChatGPT usage unavailable. {0}', reason),
  statusOfflineLabel: () => l10n.t('ChatGPT usage unavailable, offline.'),
  statusOff: () => l10n.t('Reading usage is switched off in the settings.'),
  noUsage: () => l10n.t("This account's service tells no usage."),
  statusNoLimits: () => l10n.t('OpenAI reported no usage limits for this plan.'),
  statusNoLimitsLabel: (plan: string | undefined) => l10n.t('{0}, no limits reported.', statusTexts.product(plan)),
  statusNoFixedLimit: () => l10n.t('no fixed limit'),
  statusNoFixedLimitTooltip: () => l10n.t('Usage is billed to workspace credits; OpenAI reports no window.'),
  statusNoFixedLimitLabel: (plan: string | undefined) => l10n.t('{0}, no fixed limit reported.', statusTexts.product(plan)),
  statusLabel: (plan: string | undefined, sentences: string) => l10n.t('{0}. {1}.', statusTexts.product(plan), sentences),
  statusNoFiveHours: () => l10n.t('This plan has no 5-hour limit right now.'),
  statusUnused: (window: string) => l10n.t('{0} unused. The window starts with your next request.', window),
  statusLow: (window: string, moment: string | undefined) =>
    moment === undefined ? l10n.t('{0} is running low.', window) : l10n.t('{0} is running low; resets {1}.', window, moment),
  statusLowLabel: (sentences: string) => l10n.t('Warning. {0}.', sentences),
  statusCritical: (share: string, window: string, moment: string | undefined) =>
    moment === undefined
      ? l10n.t({ message: 'Only {0} of the {1} left.', args: [share, window], comment: ['as "Only 3% of the weekly limit left."'] })
      : l10n.t({
          message: 'Only {0} of the {1} left until {2}.',
          args: [share, window, moment],
          comment: ['as "Only 3% of the weekly limit left until Thu 09:30."'],
        }),
  statusCriticalLabel: (window: string, share: string, moment: string | undefined) =>
    moment === undefined ? l10n.t('Critical. {0} {1}.', window, share) : l10n.t('Critical. {0} {1} until {2}.', window, share, moment),
  statusWindowUsedUp: (window: string) =>
    l10n.t({ message: '{0} used up', args: [window], comment: ['as "wk used up" or "Weekly limit used up"'] }),
  statusSpent: (window: string, moment: string | undefined) =>
    moment === undefined
      ? l10n.t({ message: 'Blocked by the {0}.', args: [window], comment: ['as "Blocked by the weekly limit."'] })
      : l10n.t({
          message: 'Blocked by the {0} until {1}.',
          args: [window, moment],
          comment: ['as "Blocked by the weekly limit until Thu 09:30."'],
        }),
  statusSpentOther: (window: string, share: string) =>
    l10n.t({
      message: "The {0} ({1}) can't be used until then.",
      args: [window, share],
      comment: ['as "The 5-hour limit (99% left) can\'t be used until then."'],
    }),
  statusSpentLabel: (window: string, moment: string | undefined) =>
    moment === undefined
      ? l10n.t({ message: 'ChatGPT blocked by the {0}.', args: [window], comment: ['as "ChatGPT blocked by the weekly limit."'] })
      : l10n.t({
          message: 'ChatGPT blocked by the {0} until {1}.',
          args: [window, moment],
          comment: ['as "ChatGPT blocked by the weekly limit until Thursday 09:30."'],
        }),
  statusOnCredits: () => l10n.t('Included usage is used up; requests now spend credits.'),
  statusOnCreditsLabel: (window: string, credits: string) => l10n.t('{0} used up. {1}.', window, credits),
  statusAllowanceLabel: (allowance: string, amount: string) => l10n.t('{0}, {1}.', allowance, amount),
  statusAllowanceResets: (allowance: string, moment: string) => l10n.t('{0} resets {1}.', allowance, moment),
  statusAllowanceUsedUp: () => l10n.t('Allowance used up'),
  statusBlockedByAllowance: (allowance: string) => l10n.t('{0} is used up.', allowance),
  statusBlockedByAllowanceUntil: (allowance: string, moment: string) => l10n.t('{0} is used up; resets {1}.', allowance, moment),
  statusOutOfCredits: () => l10n.t('Workspace out of credits'),
  statusOutOfCreditsLabel: (advice: string) => l10n.t('ChatGPT blocked, workspace out of credits. {0}', advice),
  statusAskOwner: () => l10n.t('Ask your workspace owner to add credits.'),
  statusAddCredits: () => l10n.t('Add credits in ChatGPT.'),
  statusAlsoUsedUp: (window: string, moment: string) => l10n.t('{0} is used up as well; resets {1}.', window, moment),
  statusBlocked: () => l10n.t('ChatGPT blocked'),
  statusBlockedTooltip: (share: string | undefined) =>
    share === undefined
      ? l10n.t('OpenAI reports this account as blocked.')
      : l10n.t('OpenAI reports this account as blocked although limits show {0}.', share),
  statusBlockedLabel: (share: string | undefined) =>
    share === undefined ? l10n.t('ChatGPT blocked.') : l10n.t('ChatGPT blocked. Limits still show {0}.', share),
  statusResetPassed: (window: string, moment: string) =>
    l10n.t('{0} should have reset {1}; waiting for OpenAI to confirm.', window, moment),
  statusAsOfLabel: (label: string, moment: string, age: string) =>
    l10n.t({ message: '{0} As of {1}, {2}.', args: [label, moment, age], comment: ['{0} is a whole sentence, {2} as "20 minutes ago"'] }),
  statusPausedLabel: (label: string) => l10n.t('{0} Usage check paused.', label),
  showUsage: () => l10n.t('Show Usage'),
  refresh: () => l10n.t('Refresh'),
  accountsShort: () => l10n.t('Accounts'),
  /** The product with the plan, as screen readers say it. */
  product: (plan: string | undefined) => (plan === undefined ? commonTexts.itemName() : l10n.t('ChatGPT {0}', plan)),
} as const;
