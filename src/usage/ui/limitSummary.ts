import type { SpendLimit, UsageSnapshot, UsageWindow } from '../snapshot.ts';
import { planName } from '../../accounts/planName.ts';
import type { Level, LimitStatus } from '../limitStatus.ts';
import { isResetPassed } from '../limitStatus.ts';
import { commonTexts } from '../../shell/commonTexts.ts';
import { statusTexts } from './statusTexts.ts';
import { texts } from './texts.ts';
import type { UsageSettings } from './settings.ts';
import type { FormatOptions } from './formatUsage.ts';
import {
  amount,
  formatCredits,
  isUnused,
  moment,
  percent,
  formatShare,
  formatSpend,
  spokenPercent,
  formatWindowSentence,
  windowTitle,
} from './formatUsage.ts';

/** What a standing says, whatever the reading's age. */
export interface LimitSummary {
  readonly icon: string;
  /** Without the icon. */
  readonly text: string;
  /** What the tooltip says first, in plain text. */
  readonly headline?: string;
  /** For a screen reader, a whole sentence. */
  readonly label: string;
  readonly background?: 'warning' | 'error';
}

export interface SummaryContext {
  readonly snapshot: UsageSnapshot;
  /** The plan in the service's own word, where the reading names none. */
  readonly plan: string | undefined;
  readonly settings: Pick<UsageSettings, 'show' | 'statusBar'>;
  readonly format: FormatOptions;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

const mostWindows = 2;
const backgrounds = {
  normal: {},
  low: { background: 'warning' },
  critical: { background: 'error' },
  spent: { background: 'error' },
} as const;

export function limitSummary(status: LimitStatus, context: SummaryContext): LimitSummary {
  switch (status.kind) {
    case 'normal':
      return normal(status.window, context);
    case 'low':
      return low(status.window, context);
    case 'critical':
      return critical(status.window, context);
    case 'spent':
      return spent(status.window, status.until, context);
    case 'spentOnCredits':
      return spentOnCredits(status, context);
    case 'outOfCredits':
      return outOfCredits(status, context);
    case 'blocked':
      return blocked(status.window, context);
    case 'allowance':
      return allowance(status.limit, status.level, context);
    case 'noFixedLimit':
      return {
        icon: 'pulse',
        text: withPlan(statusTexts.noFixedLimit(), context),
        headline: statusTexts.noFixedLimitTooltip(),
        label: statusTexts.noFixedLimitLabel(shownPlan(context)),
      };
    case 'resetPassed':
      return resetPassed(status.window, context);
    case 'notReported':
      return {
        icon: 'pulse',
        text: shownPlan(context) ?? commonTexts.itemName(),
        headline: statusTexts.noLimits(),
        label: statusTexts.noLimitsLabel(shownPlan(context)),
      };
  }
}

/** The plan's short name. */
export function shownPlan({ snapshot, plan }: Pick<SummaryContext, 'snapshot' | 'plan'>): string | undefined {
  return planName(snapshot.plan ?? plan);
}

function normal(window: UsageWindow, context: SummaryContext): LimitSummary {
  const { windows } = context.snapshot;
  const has = (wanted: UsageWindow['kind']) => windows.some(({ kind }) => kind === wanted);
  const remark = windows.every(isUnused)
    ? statusTexts.unused(windowTitle(window))
    : has('weekly') && !has('5h')
      ? statusTexts.noFiveHours()
      : undefined;
  return {
    icon: 'pulse',
    text: withPlan(windowsText(window, context), context),
    ...(remark === undefined ? {} : { headline: remark }),
    label: statusTexts.label(shownPlan(context), sentences(window, context)),
  };
}

function low(window: UsageWindow, context: SummaryContext): LimitSummary {
  return {
    icon: 'warning',
    text: withPlan(windowsText(window, context), context),
    headline: statusTexts.low(windowTitle(window), resetMoment(window, context)),
    label: statusTexts.lowLabel(sentences(window, context)),
    background: 'warning',
  };
}

function critical(window: UsageWindow, context: SummaryContext): LimitSummary {
  const { format, settings } = context;
  const until = resetMoment(window, context);
  const share = `${shortName(window)} ${formatShare(window.used, settings.show, format)}`;
  const spoken = texts[settings.show](spokenPercent(window.used, settings.show, format));
  return {
    icon: 'warning',
    text: [share, ...(until === undefined ? [] : [until])].join(' · '),
    headline: statusTexts.critical(percent(window.used, 'left', format), nameWithin(window), until),
    label: statusTexts.criticalLabel(windowTitle(window), spoken, resetMoment(window, context, 'long')),
    background: 'error',
  };
}

function spent(window: UsageWindow, until: number | undefined, context: SummaryContext): LimitSummary {
  const { snapshot, now, format } = context;
  const till = until === undefined ? undefined : moment(until, now, format);
  const others = snapshot.windows.filter(({ id, used }) => id !== window.id && used < 100);
  const [other] = until === undefined ? [] : others;
  const remark = other ? [statusTexts.blockedToo(nameWithin(other), formatShare(other.used, 'left', format))] : [];
  return {
    icon: 'circle-slash',
    text: [statusTexts.limitUsedUp(shortName(window)), ...(till === undefined ? [] : [till])].join(' · '),
    headline: [statusTexts.blockedByLimit(nameWithin(window), till), ...remark].join(' '),
    label: statusTexts.blockedByLimitLabel(nameWithin(window), until === undefined ? undefined : moment(until, now, format, 'long')),
    background: 'error',
  };
}

function spentOnCredits({ window, credits }: Extract<LimitStatus, { kind: 'spentOnCredits' }>, { format }: SummaryContext): LimitSummary {
  const { balance } = credits;
  const words = formatCredits(credits, format) ?? texts.creditsAvailable();
  const short = balance === undefined ? words : texts.credits(amount(balance, format));
  return {
    icon: 'credit-card',
    text: [statusTexts.limitUsedUp(shortName(window)), short].join(' · '),
    headline: `${statusTexts.onCredits()} ${texts.sentence(words)}`,
    label: statusTexts.onCreditsLabel(windowTitle(window), balance === undefined ? words : texts.left(short)),
    background: 'warning',
  };
}

function outOfCredits({ isOwner, window }: Extract<LimitStatus, { kind: 'outOfCredits' }>, context: SummaryContext): LimitSummary {
  const advice = isOwner ? statusTexts.addCredits() : statusTexts.askOwner();
  const until = window && resetMoment(window, context);
  const remark = window && until !== undefined ? [statusTexts.alsoUsedUp(windowTitle(window), until)] : [];
  const said = [advice, ...remark].join(' ');
  return {
    icon: 'circle-slash',
    text: statusTexts.outOfCredits(),
    headline: said,
    label: statusTexts.outOfCreditsLabel(said),
    background: 'error',
  };
}

function blocked(window: UsageWindow | undefined, { settings: { show }, format }: SummaryContext): LimitSummary {
  return {
    icon: 'circle-slash',
    text: statusTexts.blocked(),
    headline: statusTexts.blockedTooltip(window && formatShare(window.used, show, format)),
    label: statusTexts.blockedLabel(window && texts[show](spokenPercent(window.used, show, format))),
    background: 'error',
  };
}

function allowance(limit: SpendLimit, level: Level | 'spent', context: SummaryContext): LimitSummary {
  const { settings, format, now } = context;
  const name = texts.allowance(limit.kind);
  const until = limit.resetAt === undefined || limit.resetAt <= now ? undefined : moment(limit.resetAt, now, format);
  if (level === 'spent') {
    return {
      icon: 'circle-slash',
      text: [statusTexts.allowanceUsedUp(), ...(until === undefined ? [] : [until])].join(' · '),
      headline: until === undefined ? statusTexts.blockedByAllowance(name) : statusTexts.blockedByAllowanceUntil(name, until),
      label: statusTexts.allowanceLabel(name, texts.usedUp()),
      ...backgrounds[level],
    };
  }
  const words = formatSpend(limit, settings.show, format) ?? statusTexts.noFixedLimit();
  return {
    icon: level === 'normal' ? 'pulse' : 'warning',
    text: level === 'critical' ? words : withPlan(words, context),
    ...(until === undefined ? {} : { headline: statusTexts.allowanceResets(name, until) }),
    label: statusTexts.allowanceLabel(name, words),
    ...backgrounds[level],
  };
}

function resetPassed(window: UsageWindow, context: SummaryContext): LimitSummary {
  const { now, format } = context;
  return {
    icon: 'history',
    text: withPlan(windowsText(window, context), context),
    headline: statusTexts.resetPassed(windowTitle(window), moment(window.resetAt ?? now, now, format)),
    label: statusTexts.label(shownPlan(context), sentences(window, context)),
  };
}

function withPlan(text: string, context: SummaryContext): string {
  const plan = shownPlan(context);
  return plan === undefined ? text : `${plan} · ${text}`;
}

/** The shortest ones, and the one that decides in any case. */
function shownWindows(deciding: UsageWindow, { snapshot, settings }: SummaryContext): UsageWindow[] {
  if (settings.statusBar === 'worst') return [deciding];
  const shortest = snapshot.windows.slice(0, mostWindows);
  return shortest.includes(deciding) ? shortest : [...shortest.slice(0, mostWindows - 1), deciding];
}

/** As "5h 66% · wk 42% left"; a number that does not hold any more is a dash. */
function windowsText(deciding: UsageWindow, context: SummaryContext): string {
  const { snapshot, settings, format, now } = context;
  const windows = shownWindows(deciding, context);
  const holds = windows.map(window => !isResetPassed(window, snapshot.fetchedAt, now));
  const parts = windows.map((window, place) => `${shortName(window)} ${holds[place] ? percent(window.used, settings.show, format) : '–'}`);
  const numbered = holds.lastIndexOf(true) + 1;
  const said = numbered === 0 ? [] : [texts[settings.show](parts.slice(0, numbered).join(' · '))];
  return [...said, ...parts.slice(numbered)].join(' · ');
}

function sentences(deciding: UsageWindow, context: SummaryContext): string {
  const { snapshot, format, settings, now } = context;
  const told = { now, fetchedAt: snapshot.fetchedAt };
  return shownWindows(deciding, context)
    .map(window => formatWindowSentence(window, told, format, settings.show))
    .join('. ');
}

function resetMoment({ resetAt }: UsageWindow, { now, format }: SummaryContext, style: 'short' | 'long' = 'short'): string | undefined {
  return resetAt === undefined || resetAt <= now ? undefined : moment(resetAt, now, format, style);
}

function shortName({ kind, lengthSeconds }: UsageWindow): string {
  return texts.windowShort(kind, lengthSeconds);
}

function nameWithin({ kind, lengthSeconds }: UsageWindow): string {
  return texts.windowInSentence(kind, lengthSeconds);
}
