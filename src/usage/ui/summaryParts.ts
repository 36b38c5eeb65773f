/** The pieces that a limit summary is made of. */
import { planName } from '../../accounts/planName.ts';
import { isResetPassed } from '../limitStatus.ts';
import type { UsageSnapshot, UsageWindow } from '../snapshot.ts';
import type { FormatOptions } from './formatTime.ts';
import { moment } from './formatTime.ts';
import { formatWindowSentence, percent } from './formatUsage.ts';
import type { UsageSettings } from './settings.ts';
import { texts } from './texts.ts';

export interface SummaryContext {
  readonly snapshot: UsageSnapshot;
  /** The plan in the service's own word, where the reading names none. */
  readonly plan: string | undefined;
  readonly settings: Pick<UsageSettings, 'show' | 'statusBar'>;
  readonly format: FormatOptions;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** How many windows the status bar has room for. */
const mostWindows = 2;

/** The plan's short name. */
export function shownPlan({ snapshot, plan }: Pick<SummaryContext, 'snapshot' | 'plan'>): string | undefined {
  return planName(snapshot.plan ?? plan);
}

export function withPlan(text: string, context: SummaryContext): string {
  const plan = shownPlan(context);
  return plan === undefined ? text : joined(plan, text);
}

/** The shortest ones, and the one that decides in any case. */
function shownWindows(deciding: UsageWindow, { snapshot, settings }: SummaryContext): UsageWindow[] {
  if (settings.statusBar === 'worst') return [deciding];
  const shortest = snapshot.windows.slice(0, mostWindows);
  return shortest.includes(deciding) ? shortest : [...shortest.slice(0, mostWindows - 1), deciding];
}

/** As "5h 66% · wk 42% left"; a number that does not hold any more is a dash. */
export function windowsText(deciding: UsageWindow, context: SummaryContext): string {
  const { snapshot, settings, format, now } = context;
  const windows = shownWindows(deciding, context);
  const holds = windows.map(window => !isResetPassed(window, snapshot.fetchedAt, now));
  const parts = windows.map((window, place) => `${shortName(window)} ${holds[place] ? percent(window.used, settings.show, format) : '–'}`);
  const numbered = holds.lastIndexOf(true) + 1;
  const said = numbered === 0 ? [] : [texts[settings.show](parts.slice(0, numbered).join(' · '))];
  return [...said, ...parts.slice(numbered)].join(' · ');
}

export function sentences(deciding: UsageWindow, context: SummaryContext): string {
  const { snapshot, format, settings, now } = context;
  const reading = { now, fetchedAt: snapshot.fetchedAt };
  return shownWindows(deciding, context)
    .map(window => formatWindowSentence(window, reading, format, settings.show))
    .join('. ');
}

export function resetMoment(
  { resetAt }: UsageWindow,
  { now, format }: SummaryContext,
  style: 'short' | 'long' = 'short',
): string | undefined {
  return resetAt === undefined || resetAt <= now ? undefined : moment(resetAt, now, format, style);
}

export function joined(first: string, second: string | undefined): string {
  return second === undefined ? first : `${first} · ${second}`;
}

export function shortName({ kind, lengthSeconds }: UsageWindow): string {
  return texts.windowShort(kind, lengthSeconds);
}

export function nameWithin({ kind, lengthSeconds }: UsageWindow): string {
  return texts.windowInSentence(kind, lengthSeconds);
}
