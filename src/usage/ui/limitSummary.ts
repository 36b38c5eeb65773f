import { defined } from '../../base/defined.ts';
import { names } from '../../shell/nameTexts.ts';
import type { Level, LimitStatus } from '../limitStatus.ts';
import { isResetPassed } from '../limitStatus.ts';
import type { SpendLimit, UsageWindow } from '../snapshot.ts';
import { moment } from './formatTime.ts';
import { amount, formatCredits, formatShare, formatSpend, isUnused, percent, spokenPercent, windowTitle } from './formatUsage.ts';
import { statusTexts } from './statusTexts.ts';
import type { SummaryContext } from './summaryParts.ts';
import { joined, nameWithin, resetMoment, sentences, shortName, shownPlan, windowsText, withPlan } from './summaryParts.ts';
import { texts } from './texts.ts';

/** What a limit status says, whatever the reading's age. */
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
    case 'onReserve':
      return onReserve(status, context);
    case 'spentOnCredits':
      return spentOnCredits(status, context);
    case 'outOfCredits':
      return outOfCredits(status, context);
    case 'blocked':
      return blocked(status.window, context);
    case 'allowance':
      return allowance(status.limit, status.level, context);
    case 'noFixedLimit':
      return noFixedLimit(context);
    case 'resetPassed':
      return resetPassed(status.window, context);
    case 'notReported':
      return notReported(context);
  }
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
    ...defined({ headline: remark }),
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
    text: joined(share, until),
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
    text: joined(statusTexts.limitUsedUp(shortName(window)), till),
    headline: [statusTexts.blockedByLimit(nameWithin(window), till), ...remark].join(' '),
    label: statusTexts.blockedByLimitLabel(nameWithin(window), until === undefined ? undefined : moment(until, now, format, 'long')),
    background: 'error',
  };
}

function onReserve({ reserve, window }: Extract<LimitStatus, { kind: 'onReserve' }>, context: SummaryContext): LimitSummary {
  const { settings, format, snapshot, now } = context;
  const isKnown = !isResetPassed(reserve, snapshot.fetchedAt, now);
  // What is left is what matters of a reserve, so it needs no word for it.
  const share = settings.show === 'left' ? percent(reserve.used, 'left', format) : formatShare(reserve.used, 'used', format);
  const short = isKnown ? statusTexts.reserveShare(share) : statusTexts.reserve();
  const until = window && resetMoment(window, context);
  const name = window && windowTitle(window);
  const cause = name && (until === undefined ? statusTexts.blockedByAllowance(name) : statusTexts.blockedByAllowanceUntil(name, until));
  const spoken = texts[settings.show](spokenPercent(reserve.used, settings.show, format));
  return {
    icon: 'warning',
    text: window ? joined(statusTexts.limitUsedUp(shortName(window)), short) : short,
    headline: [
      ...(cause === undefined ? [] : [cause]),
      isKnown ? statusTexts.onReserve(formatShare(reserve.used, settings.show, format)) : statusTexts.onReserveUnknown(),
    ].join(' '),
    label: [
      ...(window ? [texts.sentence(statusTexts.limitUsedUp(windowTitle(window)))] : []),
      texts.sentence(isKnown ? statusTexts.reserveShare(spoken) : statusTexts.reserve()),
    ].join(' '),
    background: 'warning',
  };
}

function spentOnCredits({ window, credits }: Extract<LimitStatus, { kind: 'spentOnCredits' }>, { format }: SummaryContext): LimitSummary {
  const { balance } = credits;
  const words = formatCredits(credits, format) ?? texts.creditsAvailable();
  const short = balance === undefined ? words : texts.credits(amount(balance, format));
  return {
    icon: 'credit-card',
    text: joined(statusTexts.limitUsedUp(shortName(window)), short),
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
      text: joined(statusTexts.allowanceUsedUp(), until),
      headline: until === undefined ? statusTexts.blockedByAllowance(name) : statusTexts.blockedByAllowanceUntil(name, until),
      label: statusTexts.allowanceLabel(name, texts.usedUp()),
      ...backgrounds[level],
    };
  }
  const words = formatSpend(limit, settings.show, format) ?? statusTexts.noFixedLimit();
  return {
    icon: level === 'normal' ? 'pulse' : 'warning',
    text: level === 'critical' ? words : withPlan(words, context),
    ...defined({ headline: until === undefined ? undefined : statusTexts.allowanceResets(name, until) }),
    label: statusTexts.allowanceLabel(name, words),
    ...backgrounds[level],
  };
}

function noFixedLimit(context: SummaryContext): LimitSummary {
  return {
    icon: 'pulse',
    text: withPlan(statusTexts.noFixedLimit(), context),
    headline: statusTexts.noFixedLimitTooltip(),
    label: statusTexts.noFixedLimitLabel(shownPlan(context)),
  };
}

function notReported(context: SummaryContext): LimitSummary {
  const plan = shownPlan(context);
  return {
    icon: 'pulse',
    text: plan ?? names.product,
    headline: statusTexts.noLimits(),
    label: statusTexts.noLimitsLabel(plan),
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
