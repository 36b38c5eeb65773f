import type { SpendLimit, UsageSnapshot, UsageWindow } from '../snapshot.ts';
import { planName } from '../../accounts/planName.ts';
import type { Level, Standing } from '../limitStatus.ts';
import { isResetPassed } from '../limitStatus.ts';
import { commonTexts } from '../../shell/commonTexts.ts';
import { statusTexts } from './statusTexts.ts';
import { texts } from './texts.ts';
import type { UsageSettings } from './settings.ts';
import type { Reader } from './formatUsage.ts';
import {
  amount,
  creditsWords,
  isUnused,
  moment,
  percent,
  shareWords,
  spendWords,
  spokenPercent,
  windowSentence,
  windowTitle,
} from './formatUsage.ts';

/** What a standing says, whatever the reading's age. */
export interface Bar {
  readonly icon: string;
  /** Without the icon. */
  readonly text: string;
  /** What the tooltip says first, in plain text. */
  readonly headline?: string;
  /** For a screen reader, a whole sentence. */
  readonly label: string;
  readonly background?: 'warning' | 'error';
}

export interface BarContext {
  readonly snapshot: UsageSnapshot;
  /** The plan in the service's own word, where the reading names none. */
  readonly plan: string | undefined;
  readonly settings: Pick<UsageSettings, 'show' | 'statusBar'>;
  readonly reader: Reader;
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

export function standingBar(standing: Standing, context: BarContext): Bar {
  switch (standing.kind) {
    case 'normal':
      return normal(standing.window, context);
    case 'low':
      return low(standing.window, context);
    case 'critical':
      return critical(standing.window, context);
    case 'spent':
      return spent(standing.window, standing.until, context);
    case 'spentOnCredits':
      return spentOnCredits(standing, context);
    case 'outOfCredits':
      return outOfCredits(standing, context);
    case 'blocked':
      return blocked(standing.window, context);
    case 'allowance':
      return allowance(standing.limit, standing.level, context);
    case 'noFixedLimit':
      return {
        icon: 'pulse',
        text: withPlan(statusTexts.noFixedLimit(), context),
        headline: statusTexts.noFixedLimitTooltip(),
        label: statusTexts.noFixedLimitLabel(shownPlan(context)),
      };
    case 'resetPassed':
      return resetPassed(standing.window, context);
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
export function shownPlan({ snapshot, plan }: Pick<BarContext, 'snapshot' | 'plan'>): string | undefined {
  return planName(snapshot.plan ?? plan);
}

function normal(window: UsageWindow, context: BarContext): Bar {
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

function low(window: UsageWindow, context: BarContext): Bar {
  return {
    icon: 'warning',
    text: withPlan(windowsText(window, context), context),
    headline: statusTexts.low(windowTitle(window), resetMoment(window, context)),
    label: statusTexts.lowLabel(sentences(window, context)),
    background: 'warning',
  };
}

function critical(window: UsageWindow, context: BarContext): Bar {
  const { reader, settings } = context;
  const until = resetMoment(window, context);
  const share = `${shortName(window)} ${shareWords(window.used, settings.show, reader)}`;
  const spoken = texts[settings.show](spokenPercent(window.used, settings.show, reader));
  return {
    icon: 'warning',
    text: [share, ...(until === undefined ? [] : [until])].join(' · '),
    headline: statusTexts.critical(percent(window.used, 'left', reader), nameWithin(window), until),
    label: statusTexts.criticalLabel(windowTitle(window), spoken, resetMoment(window, context, 'long')),
    background: 'error',
  };
}

function spent(window: UsageWindow, until: number | undefined, context: BarContext): Bar {
  const { snapshot, now, reader } = context;
  const till = until === undefined ? undefined : moment(until, now, reader);
  const others = snapshot.windows.filter(({ id, used }) => id !== window.id && used < 100);
  const [other] = until === undefined ? [] : others;
  const remark = other ? [statusTexts.blockedToo(nameWithin(other), shareWords(other.used, 'left', reader))] : [];
  return {
    icon: 'circle-slash',
    text: [statusTexts.limitUsedUp(shortName(window)), ...(till === undefined ? [] : [till])].join(' · '),
    headline: [statusTexts.blockedByLimit(nameWithin(window), till), ...remark].join(' '),
    label: statusTexts.blockedByLimitLabel(nameWithin(window), until === undefined ? undefined : moment(until, now, reader, 'long')),
    background: 'error',
  };
}

function spentOnCredits({ window, credits }: Extract<Standing, { kind: 'spentOnCredits' }>, { reader }: BarContext): Bar {
  const { balance } = credits;
  const words = creditsWords(credits, reader) ?? texts.creditsAvailable();
  const short = balance === undefined ? words : texts.credits(amount(balance, reader));
  return {
    icon: 'credit-card',
    text: [statusTexts.limitUsedUp(shortName(window)), short].join(' · '),
    headline: `${statusTexts.onCredits()} ${texts.sentence(words)}`,
    label: statusTexts.onCreditsLabel(windowTitle(window), balance === undefined ? words : texts.left(short)),
    background: 'warning',
  };
}

function outOfCredits({ isOwner, window }: Extract<Standing, { kind: 'outOfCredits' }>, context: BarContext): Bar {
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

function blocked(window: UsageWindow | undefined, { settings: { show }, reader }: BarContext): Bar {
  return {
    icon: 'circle-slash',
    text: statusTexts.blocked(),
    headline: statusTexts.blockedTooltip(window && shareWords(window.used, show, reader)),
    label: statusTexts.blockedLabel(window && texts[show](spokenPercent(window.used, show, reader))),
    background: 'error',
  };
}

function allowance(limit: SpendLimit, level: Level | 'spent', context: BarContext): Bar {
  const { settings, reader, now } = context;
  const name = texts.allowance(limit.kind);
  const until = limit.resetAt === undefined || limit.resetAt <= now ? undefined : moment(limit.resetAt, now, reader);
  if (level === 'spent') {
    return {
      icon: 'circle-slash',
      text: [statusTexts.allowanceUsedUp(), ...(until === undefined ? [] : [until])].join(' · '),
      headline: until === undefined ? statusTexts.blockedByAllowance(name) : statusTexts.blockedByAllowanceUntil(name, until),
      label: statusTexts.allowanceLabel(name, texts.usedUp()),
      ...backgrounds[level],
    };
  }
  const words = spendWords(limit, settings.show, reader) ?? statusTexts.noFixedLimit();
  return {
    icon: level === 'normal' ? 'pulse' : 'warning',
    text: level === 'critical' ? words : withPlan(words, context),
    ...(until === undefined ? {} : { headline: statusTexts.allowanceResets(name, until) }),
    label: statusTexts.allowanceLabel(name, words),
    ...backgrounds[level],
  };
}

function resetPassed(window: UsageWindow, context: BarContext): Bar {
  const { now, reader } = context;
  return {
    icon: 'history',
    text: withPlan(windowsText(window, context), context),
    headline: statusTexts.resetPassed(windowTitle(window), moment(window.resetAt ?? now, now, reader)),
    label: statusTexts.label(shownPlan(context), sentences(window, context)),
  };
}

function withPlan(text: string, context: BarContext): string {
  const plan = shownPlan(context);
  return plan === undefined ? text : `${plan} · ${text}`;
}

/** The shortest ones, and the one that decides in any case. */
function shownWindows(deciding: UsageWindow, { snapshot, settings }: BarContext): UsageWindow[] {
  if (settings.statusBar === 'worst') return [deciding];
  const shortest = snapshot.windows.slice(0, mostWindows);
  return shortest.includes(deciding) ? shortest : [...shortest.slice(0, mostWindows - 1), deciding];
}

/** As "5h 66% · wk 42% left"; a number that does not hold any more is a dash. */
function windowsText(deciding: UsageWindow, context: BarContext): string {
  const { snapshot, settings, reader, now } = context;
  const windows = shownWindows(deciding, context);
  const holds = windows.map(window => !isResetPassed(window, snapshot.fetchedAt, now));
  const parts = windows.map((window, place) => `${shortName(window)} ${holds[place] ? percent(window.used, settings.show, reader) : '–'}`);
  const numbered = holds.lastIndexOf(true) + 1;
  const said = numbered === 0 ? [] : [texts[settings.show](parts.slice(0, numbered).join(' · '))];
  return [...said, ...parts.slice(numbered)].join(' · ');
}

function sentences(deciding: UsageWindow, context: BarContext): string {
  const { snapshot, reader, settings, now } = context;
  const told = { now, fetchedAt: snapshot.fetchedAt };
  return shownWindows(deciding, context)
    .map(window => windowSentence(window, told, reader, settings.show))
    .join('. ');
}

function resetMoment({ resetAt }: UsageWindow, { now, reader }: BarContext, style: 'short' | 'long' = 'short'): string | undefined {
  return resetAt === undefined || resetAt <= now ? undefined : moment(resetAt, now, reader, style);
}

function shortName({ kind, lengthSeconds }: UsageWindow): string {
  return texts.windowShort(kind, lengthSeconds);
}

function nameWithin({ kind, lengthSeconds }: UsageWindow): string {
  return texts.windowInSentence(kind, lengthSeconds);
}
