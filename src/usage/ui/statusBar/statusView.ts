import type { ErrorCode } from '../../../base/errors.ts';
import { planName } from '../../../accounts/planName.ts';
import { billingTexts } from '../../../shell/billingTexts.ts';
import { names } from '../../../shell/nameTexts.ts';
import { errorText } from '../../../shell/errorTexts.ts';
import { escapeMarkdown } from '../../../shell/markdown.ts';
import type { DisplayedAccount } from '../displayedAccount.ts';
import { moment } from '../formatTime.ts';
import { formatFailure } from '../formatUsage.ts';
import { statusTexts } from '../statusTexts.ts';
import { texts as usageTexts } from '../texts.ts';
import { usageCondition } from '../usageCondition.ts';
import { limitsView } from './limitsView.ts';
import type { Link } from './statusTooltip.ts';
import { tooltip } from './statusTooltip.ts';
import type { StatusBarState, StatusView } from './statusTypes.ts';

export { tooltipCommands } from './statusTooltip.ts';

/** What the status bar shows. With limits, `limitsView.ts` draws them, and `../limitSummary.ts` says what each state of a limit looks like. */
export function statusView(state: StatusBarState): StatusView {
  if (state.activity === 'signingIn') return busy(statusTexts.signingIn(), statusTexts.signingInLabel());
  if (state.activity === 'signingOut') return busy(statusTexts.signingOut(), statusTexts.signingOutLabel());
  const condition = usageCondition(state);
  switch (condition.kind) {
    case 'signedOut':
      return signedOut();
    case 'problem':
      return problem(condition.code);
    case 'sessionExpired':
      return sessionExpired(condition.account, state);
    case 'workspaceInactive':
      return workspaceInactive(condition.account);
    case 'accountInactive':
      return accountInactive(condition.account);
    case 'notAvailable':
      return withoutUsage(condition.account, statusTexts.noUsage());
    case 'turnedOff':
      return withoutUsage(condition.account, statusTexts.off());
    case 'notLoaded':
      return notLoaded(condition.account, condition.host, state);
    case 'loaded':
      return limitsView(condition, state);
  }
}

function busy(text: string, label: string): StatusView {
  return { text: `$(sync~spin) ${text}`, tooltip: label, label, command: 'chatgptSignIn.manageAccounts' };
}

function problem(code: ErrorCode): StatusView {
  const { message } = errorText({ code });
  return {
    text: `$(warning) ${statusTexts.problem()}`,
    tooltip: escapeMarkdown(message),
    label: statusTexts.problemLabel(message),
    background: 'warning',
    command: 'chatgptSignIn.showLog',
  };
}

function signedOut(): StatusView {
  return {
    text: `$(account) ${statusTexts.signedOut()}`,
    tooltip: escapeMarkdown(statusTexts.signedOutTooltip()),
    label: statusTexts.signedOutLabel(),
    command: 'chatgptSignIn.signIn',
  };
}

function sessionExpired(account: DisplayedAccount, { usage, now, format }: StatusBarState): StatusView {
  const last = usage?.view ? [statusTexts.lastUpdated(moment(usage.view.snapshot.fetchedAt, now, format))] : [];
  return {
    text: `$(key) ${statusTexts.sessionExpired()}`,
    tooltip: plainTooltip(account, [statusTexts.sessionExpiredTooltip(), ...last].join(' '), ['signInAgain', 'accounts']),
    label: statusTexts.sessionExpiredLabel(),
    background: 'warning',
    command: 'chatgptSignIn.signIn',
  };
}

function workspaceInactive(account: DisplayedAccount): StatusView {
  return {
    text: `$(organization) ${statusTexts.workspaceInactive()}`,
    tooltip: plainTooltip(account, usageTexts.workspaceInactive(), ['signInAgain', 'accounts']),
    label: statusTexts.workspaceInactiveLabel(),
    background: 'warning',
    command: 'chatgptSignIn.signIn',
  };
}

function accountInactive(account: DisplayedAccount): StatusView {
  return {
    text: `$(error) ${statusTexts.accountInactive()}`,
    tooltip: plainTooltip(account, usageTexts.accountInactive(), ['accounts']),
    label: [statusTexts.accountInactiveLabel(), usageTexts.accountInactive()].join(' '),
    background: 'error',
    command: 'chatgptSignIn.manageAccounts',
  };
}

/** Somebody is signed in, and that is all there is to say. */
function withoutUsage(account: DisplayedAccount, why: string): StatusView {
  const plan = planName(account.identity.plan);
  return {
    text: `$(account) ${plan ?? names.product}`,
    tooltip: plainTooltip(account, why, ['showUsage', 'accounts']),
    label: [statusTexts.product(plan), why].join('. '),
    command: 'chatgptSignIn.showUsage',
  };
}

/** Nothing was ever read. */
function notLoaded(account: DisplayedAccount, host: string, { usage, settings, now, format }: StatusBarState): StatusView {
  const command = 'chatgptSignIn.showUsage';
  const why = usage && formatFailure(usage, host, now, format);
  if (why !== undefined && !usage?.isReading) {
    const { kind } = usage?.failure ?? {};
    const icon = kind === 'challenge' || kind === 'forbidden' ? '$(shield)' : '$(debug-disconnect)';
    return {
      text: `${icon} ${names.product}`,
      tooltip: plainTooltip(account, why, ['showUsage', 'refresh', 'accounts']),
      label: kind === 'unreachable' ? statusTexts.offlineLabel() : statusTexts.unavailable(why),
      command,
    };
  }
  if (settings.interval === 'manual' && !usage?.isReading) {
    const plan = planName(account.identity.plan);
    return {
      text: `$(pulse) ${plan ?? names.product}`,
      tooltip: plainTooltip(account, statusTexts.notLoadedTooltip(), ['showUsage', 'refresh', 'accounts']),
      label: statusTexts.notLoaded(plan),
      command,
    };
  }
  return {
    text: `$(sync~spin) ${names.product}`,
    tooltip: plainTooltip(account, statusTexts.loading(), ['showUsage', 'accounts']),
    label: statusTexts.loadingLabel(),
    command,
  };
}

function plainTooltip({ label, identity, host }: DisplayedAccount, headline: string, links: readonly Link[]): string {
  const payer = host === undefined ? undefined : billingTexts.plan();
  return tooltip({ plan: planName(identity.plan), label, payer, headline: escapeMarkdown(headline), links });
}
