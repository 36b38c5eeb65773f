import { defined } from '../base/defined.ts';
import { day, minute } from '../base/duration.ts';
import type { Forecast } from './forecast.ts';
import type { UsageSnapshot, UsageWindow } from './snapshot.ts';
import { isSameCycle } from './history.ts';
import type { Thresholds } from './limitStatus.ts';
import { isResetPassed } from './limitStatus.ts';

/** From the worst on. `critical` is switched with `low`. */
const badNews = ['spent', 'critical', 'low', 'pace'] as const;

export type AlertKind = (typeof badNews)[number] | 'back';

export interface Alert {
  readonly kind: AlertKind;
  readonly window: UsageWindow;
}

/** That a kind of alert is done with for a window's cycle. It is JSON as it stands, and shared by all who may raise it. */
export interface AlertMark {
  readonly kind: AlertKind;
  readonly windowId: string;
  /** Which cycle, by its reset. */
  readonly resetAt?: number;
  readonly lengthSeconds?: number;
  readonly at: number;
}

export type AlertSwitches = Readonly<Record<'low' | 'pace' | 'spent' | 'back', boolean>>;

export interface AlertInput {
  /** The reading before; absent for the first one after a start, which raises nothing and says where things stand. */
  readonly before?: UsageSnapshot | undefined;
  readonly after: UsageSnapshot;
  readonly marks: readonly AlertMark[];
  readonly switches: AlertSwitches;
  readonly thresholds: Thresholds;
  /** Of the reading, by the window's id. */
  readonly forecasts: ReadonlyMap<string, Forecast>;
}

/** For windows of unknown length. */
const longestMemory = 62 * day;
/** Readings that are nearer to each other than this do not confirm each other. */
const confirming = minute;

/**
 * The alerts of a reading: for each window of the main limit the worst of what is new.
 * @returns the marks in place of those given, whether or not an alert is switched on
 */
export function alertsOf(input: AlertInput): { readonly alerts: readonly Alert[]; readonly marks: readonly AlertMark[] } {
  const { before, after, switches } = input;
  const marks = input.marks.filter(mark => after.fetchedAt - mark.at < memoryOf(mark));
  const alerts: Alert[] = [];
  for (const window of after.windows) {
    if (isResetPassed(window, after.fetchedAt, after.fetchedAt)) continue;
    const news = [...backMarks(window, marks, input), ...badMarks(window, input)].filter(mark => !isMarked(marks, mark));
    marks.push(...news);
    const worst = news.find(({ kind }) => switches[kind === 'critical' ? 'low' : kind]);
    if (worst && before?.windows.some(({ id }) => id === window.id)) alerts.push({ kind: worst.kind, window });
  }
  return { alerts, marks };
}

/** The marks by which a window raises nothing more in its cycle, nor when that is over. @param at milliseconds since the epoch */
export function silence(window: UsageWindow, at: number): AlertMark[] {
  return [...badNews, 'back' as const].map(kind => markOf(kind, window, window.resetAt, at));
}

/** What is bad about a window now, the worst first. */
function badMarks(window: UsageWindow, { after, thresholds, forecasts }: AlertInput): AlertMark[] {
  const { used } = window;
  const forecast = forecasts.get(window.id);
  const holds: Record<(typeof badNews)[number], boolean> = {
    spent: used >= 100,
    critical: used >= thresholds.criticalAt,
    low: used >= thresholds.warnAt,
    pace: forecast?.verdict === 'runsOut' && forecast.runsOutAt !== undefined,
  };
  return badNews.filter(kind => holds[kind]).map(kind => markOf(kind, window, window.resetAt, after.fetchedAt));
}

/** That a cycle which was nearly or wholly used up is over, once that is sure. */
function backMarks(window: UsageWindow, marks: readonly AlertMark[], { before, after, thresholds }: AlertInput): AlertMark[] {
  const wasBad = marks.filter(({ kind, windowId }) => windowId === window.id && (kind === 'spent' || kind === 'critical'));
  const [old] = wasBad.sort((a, b) => b.at - a.at);
  const hasRoom = (at: UsageWindow | undefined) => at !== undefined && at.used < thresholds.criticalAt && at.used < 100;
  if (!old || !hasRoom(window) || !isOver(old, window)) return [];
  const known = before?.windows.find(({ id }) => id === window.id);
  const isConfirmed =
    (old.resetAt !== undefined && old.resetAt <= after.fetchedAt) ||
    (known && before && after.fetchedAt - before.fetchedAt >= confirming && hasRoom(known) && isOver(old, known));
  // The first reading after a start raises nothing, so it need not be sure.
  return isConfirmed || !before ? [markOf('back', window, old.resetAt, after.fetchedAt)] : [];
}

/** Less used alone is no reset: the window has not begun anew unless it is untouched or has another reset. */
function isOver(old: AlertMark, window: UsageWindow): boolean {
  return (!window.isActive && window.used === 0) || !isSameCycle(old, window);
}

function isMarked(marks: readonly AlertMark[], mark: AlertMark): boolean {
  return marks.some(each => each.kind === mark.kind && each.windowId === mark.windowId && isSameCycle(each, mark));
}

function markOf(kind: AlertKind, { id, lengthSeconds }: UsageWindow, resetAt: number | undefined, at: number): AlertMark {
  return {
    kind,
    windowId: id,
    ...defined({ resetAt, lengthSeconds }),
    at,
  };
}

/** Long enough to know a cycle and to notice, after a night, that it is over. */
function memoryOf({ lengthSeconds }: AlertMark): number {
  return lengthSeconds === undefined ? longestMemory : Math.max(2 * lengthSeconds * 1000, day);
}
