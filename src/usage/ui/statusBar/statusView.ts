import type { ErrorCode } from '../../../base/errors.ts';
import type { Identity } from '../../../oauth/tokenSet.ts';
import type { UsageState } from '../../polling/usageService.ts';
import { planName } from '../../../accounts/planName.ts';
import type { UsageSample } from '../../history.ts';
import { isConfirmed } from '../../polling/pollSchedule.ts';
import type { ActivityKind } from '../../../accounts/ui/activity.ts';
import { escapeMarkdown } from '../../../shell/markdown.ts';
import { limitsView } from './limitsView.ts';
import type { Link } from './statusTooltip.ts';
import { tooltip } from './statusTooltip.ts';
import { commonTexts } from '../../../shell/commonTexts.ts';
import { errorText } from '../../../shell/errorTexts.ts';
import { statusTexts } from '../statusTexts.ts';
import { texts as usageTexts } from '../texts.ts';
import { billingTexts } from '../../../shell/billingTexts.ts';
import type { UsageSettings } from '../settings.ts';
import type { FormatOptions } from '../formatUsage.ts';
import { moment, formatFailure } from '../formatUsage.ts';

export { tooltipCommands } from './statusTooltip.ts';

export interface DisplayedAccount {
  readonly label: string;
  readonly identity: Partial<Identity>;
  readonly isEnded: boolean;
  /** The host that tells its usage; absent where nothing does. */
  readonly host?: string;
}

/** What the status bar tells of. */
export interface StatusBarState {
  readonly activity?: ActivityKind;
  readonly problem?: ErrorCode;
  readonly account?: DisplayedAccount;
  readonly usage?: UsageState;
  /** Of the last hour, for the pace. */
  readonly samples?: readonly UsageSample[];
  readonly settings: Pick<UsageSettings, 'isEnabled' | 'show' | 'statusBar' | 'interval' | 'alerts'>;
  readonly format: FormatOptions;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** The item as it is drawn. */
export interface StatusView {
  readonly text: string;
  /** Markdown with icons and links to our own commands. */
  readonly tooltip: string;
  /** What a screen reader says. */
  readonly label: string;
  readonly background?: 'warning' | 'error';
  /** Whether what it says is old or in doubt. */
  readonly isDim?: boolean;
  readonly command: StatusCommand;
}

export type StatusCommand = `chatgptSignIn.${'signIn' | 'manageAccounts' | 'showLog' | 'showUsage'}`;

/** From state to view: the first that holds. */
export function statusView(situation: StatusBarState): StatusView {
  const { activity, problem, account, usage, settings } = situation;
  if (activity === 'signingIn') return busy(statusTexts.signingIn(), statusTexts.signingInLabel());
  if (activity === 'signingOut') return busy(statusTexts.signingOut(), statusTexts.signingOutLabel());
  if (!account) return problem === undefined ? signedOut() : trouble(problem);
  const failure = usage?.failure;
  if (account.isEnded || failure?.kind === 'sessionEnded') return ended(account, situation);
  if (failure?.kind === 'workspaceInactive' && isConfirmed(failure)) return workspaceInactive(account);
  if (failure?.kind === 'accountInactive') return accountInactive(account);
  const { host } = account;
  if (host === undefined) return withoutUsage(account, statusTexts.noUsage());
  if (!settings.isEnabled) return withoutUsage(account, statusTexts.off());
  const snapshot = usage?.snapshot;
  if (!usage || !snapshot) return unread(account, host, situation);
  return limitsView({ ...situation, account, host, usage, snapshot });
}

function busy(text: string, label: string): StatusView {
  return { text: `$(sync~spin) ${text}`, tooltip: label, label, command: 'chatgptSignIn.manageAccounts' };
}

function trouble(code: ErrorCode): StatusView {
  const { message: sentence } = errorText(code);
  return {
    text: `$(warning) ${statusTexts.problem()}`,
    tooltip: escapeMarkdown(sentence),
    label: statusTexts.problemLabel(sentence),
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

function ended(account: DisplayedAccount, { usage, now, format }: StatusBarState): StatusView {
  const last = usage?.snapshot ? [statusTexts.lastUpdated(moment(usage.snapshot.fetchedAt, now, format))] : [];
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
    text: `$(account) ${plan ?? commonTexts.itemName()}`,
    tooltip: plainTooltip(account, why, ['showUsage', 'accounts']),
    label: [statusTexts.product(plan), why].join('. '),
    command: 'chatgptSignIn.showUsage',
  };
}

/** Nothing was ever read. */
function unread(account: DisplayedAccount, host: string, { usage, settings, now, format }: StatusBarState): StatusView {
  const command = 'chatgptSignIn.showUsage';
  const why = usage && formatFailure(usage, host, now, format);
  if (why !== undefined && !usage?.isReading) {
    const { kind } = usage?.failure ?? {};
    const icon = kind === 'challenge' || kind === 'forbidden' ? '$(shield)' : '$(debug-disconnect)';
    return {
      text: `${icon} ${commonTexts.itemName()}`,
      tooltip: plainTooltip(account, why, ['showUsage', 'refresh', 'accounts']),
      label: kind === 'unreachable' ? statusTexts.offlineLabel() : statusTexts.unavailable(why),
      command,
    };
  }
  if (settings.interval === 'manual' && !usage?.isReading) {
    const plan = planName(account.identity.plan);
    return {
      text: `$(pulse) ${plan ?? commonTexts.itemName()}`,
      tooltip: plainTooltip(account, statusTexts.notLoadedTooltip(), ['showUsage', 'refresh', 'accounts']),
      label: statusTexts.notLoaded(plan),
      command,
    };
  }
  return {
    text: `$(sync~spin) ${commonTexts.itemName()}`,
    tooltip: plainTooltip(account, statusTexts.loading(), ['showUsage', 'accounts']),
    label: statusTexts.loadingLabel(),
    command,
  };
}

function plainTooltip({ label, identity, host }: DisplayedAccount, headline: string, links: readonly Link[]): string {
  const payer = host === undefined ? undefined : billingTexts.plan();
  return tooltip({ plan: planName(identity.plan), label, payer, headline: escapeMarkdown(headline), links });
}
