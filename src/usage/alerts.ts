import { defined } from '../base/defined.ts';
import { day } from '../base/duration.ts';
import type { Forecast } from './forecast.ts';
import type { UsageSnapshot, UsageWindow } from './snapshot.ts';
import { presentAllowance } from './allowance.ts';
import type { UsageSample } from './history.ts';
import type { Thresholds } from './limitStatus.ts';
import { isResetPassed } from './limitStatus.ts';

/** From the worst on. `critical` is switched with `low`. */
const badNews = ['spent', 'critical', 'low', 'pace'] as const;

export type AlertKind = (typeof badNews)[number] | 'back';

export interface Alert {
  readonly kind: AlertKind;
  readonly window: UsageWindow;
}

/** That a kind of alert is done with for the allowance of its time. It is JSON as it stands, and shared by all who may raise it. */
export interface AlertMark {
  readonly kind: AlertKind;
  readonly windowId: string;
  /** The reset of its time, by which an earlier version tells allowances apart. */
  readonly resetAt?: number;
  readonly lengthSeconds?: number;
  readonly at: number;
}

export type AlertSwitches = Readonly<Record<'low' | 'pace' | 'spent' | 'back', boolean>>;

export interface AlertInput {
  /** The reading before; absent for the first one after a start, which raises nothing and says where things stand. */
  readonly before?: UsageSnapshot | undefined;
  readonly after: UsageSnapshot;
  /** Of the time before the reading, oldest first. */
  readonly samples: readonly UsageSample[];
  readonly marks: readonly AlertMark[];
  readonly switches: AlertSwitches;
  readonly thresholds: Thresholds;
  /** Of the reading, by the window's id. */
  readonly forecasts: ReadonlyMap<string, Forecast>;
}

/** For windows of unknown length. */
const longestMemory = 62 * day;

/**
 * The alerts of a reading: for each window of the main limit the worst of what is new.
 * @returns the marks in place of those given, whether or not an alert is switched on
 */
export function alertsOf(input: AlertInput): { readonly alerts: readonly Alert[]; readonly marks: readonly AlertMark[] } {
  const { before, after, switches } = input;
  const marks = input.marks
    // One that is later was made before the clock was put back.
    .map(mark => (mark.at > after.fetchedAt ? { ...mark, at: after.fetchedAt } : mark))
    .filter(mark => after.fetchedAt - mark.at < memoryOf(mark));
  const alerts: Alert[] = [];
  for (const window of after.windows) {
    if (isResetPassed(window, after.fetchedAt, after.fetchedAt)) continue;
    const firstAt = firstReadingAt(window, input);
    const own = marks.filter(({ windowId }) => windowId === window.id);
    const over = own.filter(({ at }) => at < firstAt);
    const present = new Set(own.filter(({ at }) => at >= firstAt).map(({ kind }) => kind));
    const news = [...backMarks(window, over, firstAt, input), ...badMarks(window, input).filter(({ kind }) => !present.has(kind))];
    marks.push(...news);
    const worst = news.find(({ kind }) => switches[kind === 'critical' ? 'low' : kind]);
    if (worst && before?.windows.some(({ id }) => id === window.id)) alerts.push({ kind: worst.kind, window });
  }
  return { alerts, marks };
}

/**
 * When the window's present allowance was first read; `-Infinity` where none came before it. One that a single reading tells of counts
 * only for the first reading after a start, which raises nothing.
 */
function firstReadingAt(window: UsageWindow, { before, after, samples }: AlertInput): number {
  const own = samples.filter(({ windowId }) => windowId === window.id);
  const { isSure, previousAt, readings } = presentAllowance(window, after.fetchedAt, own);
  const [first] = readings;
  return first && previousAt !== undefined && (isSure || !before) ? first.at : -Infinity;
}

/** The marks by which a window raises nothing more until it is given anew, nor when that is so. @param at milliseconds since the epoch */
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

/** That an allowance which was nearly or wholly used up has been given anew. */
function backMarks(window: UsageWindow, over: readonly AlertMark[], firstAt: number, { thresholds }: AlertInput): AlertMark[] {
  const [last] = over.filter(({ kind }) => kind === 'spent' || kind === 'critical').sort((a, b) => b.at - a.at);
  if (!last || over.some(({ kind, at }) => kind === 'back' && at >= last.at)) return [];
  const hasRoom = window.used < thresholds.criticalAt && window.used < 100;
  // It is a mark of the allowance that is over: nothing more is said of its end.
  return hasRoom ? [markOf('back', window, last.resetAt, firstAt - 1)] : [];
}

function markOf(kind: AlertKind, { id, lengthSeconds }: UsageWindow, resetAt: number | undefined, at: number): AlertMark {
  return {
    kind,
    windowId: id,
    ...defined({ resetAt, lengthSeconds }),
    at,
  };
}

/** Long enough to know an allowance and to notice, after a night, that it is over. */
function memoryOf({ lengthSeconds }: AlertMark): number {
  return lengthSeconds === undefined ? longestMemory : Math.max(2 * lengthSeconds * 1000, day);
}
