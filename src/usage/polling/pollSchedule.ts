/** When usage is requested: pure functions. Times are milliseconds since the epoch. */
import { defined } from '../../base/defined.ts';
import { hour, minute, second } from '../../base/duration.ts';
import type { UsageSnapshot } from '../snapshot.ts';
import type { FailureContext, FailureState } from './backoff.ts';
import { nextFailure } from './backoff.ts';
import type { Failure } from './classifyResponse.ts';

/** Minutes between readings; `auto`: by how closely the person watches; `manual`: only when the person asks. */
export type Interval = 'auto' | 5 | 15 | 30 | 'manual';

/** What decides in one VS Code window how often usage is read. */
export interface PollConditions {
  readonly enabled: boolean;
  readonly interval: Interval;
  readonly focused: boolean;
  /** When the window got or lost the focus, or was opened. */
  readonly focusedOrNotSince: number;
  readonly panelVisible: boolean;
  /** When the person last showed interest here. */
  readonly actedAt?: number;
  /** Until when the window lets things settle: it has just opened, or the machine was asleep. */
  readonly settlesUntil?: number;
}

/** A time at which a window of the plan is empty again. */
export interface Reset {
  readonly at: number;
  /** Whether the person waits for it: until then nothing is left. */
  readonly isAwaited: boolean;
}

/** How far an account's readings have come: the same for all VS Code windows of a computer. `usageStore.ts` stores it as JSON. */
export interface PollState {
  /** When OpenAI last responded, or failed to. */
  readonly askedAt?: number;
  /** When it last reported the usage. */
  readonly readAt?: number;
  /** 0 to 1, drawn at each outcome: by it all windows of a computer mean the same moment, and two computers different ones. */
  readonly spread: number;
  readonly resets: readonly Reset[];
  /** A reset that had passed when a reading still named it, and when the first such reading was. */
  readonly overdue?: { readonly resetAt: number; readonly since: number };
  readonly failure?: FailureState;
  /** When the expiry of saved resets was last requested. */
  readonly detailsAt?: number;
}

export const untouched: PollState = { spread: 0.5, resets: [] };

const watched = 2 * minute;
const focusedCadence = 5 * minute;
const unfocusedCadence = 15 * minute;
const longestUnfocused = 4 * hour;
/** How long an action of the person counts as watching. */
const attention = 5 * minute;
const floor = 60 * second;
const userFloor = 10 * second;
const leastSpacing = 10 * second;
const detailsPause = 30 * minute;
/** OpenAI needs a moment to apply a reset. */
const resetDelay = 30 * second;
const sessionDelay = 30 * second;
const unchangedDelays = [2 * minute, 10 * minute];
const jitter = 0.1;
/** How long a request of the person waits for another window's lock. */
export const lockTimeout = 20 * second;
/** Resets that are further apart are different ones. */
const sameReset = minute;

/**
 * When one VS Code window reads the account next; now where that time has passed.
 * @param sessionAt when a session was last handed out, to learn what its use has cost
 * @returns `undefined` where no reading is due as things stand
 */
export function nextReading(progress: PollState, conditions: PollConditions, now: number, sessionAt?: number): number | undefined {
  if (!conditions.enabled || conditions.interval === 'manual') return undefined;
  const known = forgetFuture(progress, now);
  const due = known.failure ? retry(known.failure, conditions) : earliest(known, conditions, now, sessionAt);
  if (isAbandoned(conditions, Math.max(due, now))) return undefined;
  return Math.max(due, (known.askedAt ?? -Infinity) + floor, conditions.settlesUntil ?? 0, now);
}

/** From when on a request of the person is sent. */
export function mayAskFrom(progress: PollState, now: number): number {
  const { askedAt, failure } = forgetFuture(progress, now);
  return Math.max((askedAt ?? -Infinity) + userFloor, failure?.until ?? -Infinity);
}

/** Whether a session that was handed out then still waits for the reading that shows what its use has cost. */
export function awaitsSession({ readAt }: PollState, sessionAt: number, now: number): boolean {
  return sessionAt <= now && (readAt === undefined || readAt < sessionAt + sessionDelay);
}

/** When OpenAI was last asked, by what can be true; 0 where it was not. */
export function lastAskedAt(progress: PollState, now: number): number {
  return forgetFuture(progress, now).askedAt ?? 0;
}

/** Without the failures of an earlier sign-in. */
export function forSignIn(progress: PollState, signInId: string): PollState {
  const { failure, ...rest } = progress;
  return failure && failure.signInId !== signInId ? rest : progress;
}

/** Whether a reading also requests the expiry of saved resets: the person watches, and it was not requested lately. */
export function wantsDetails({ detailsAt }: PollState, isWatched: boolean, now: number): boolean {
  return isWatched && (detailsAt === undefined || Math.abs(now - detailsAt) >= detailsPause);
}

/**
 * Spaces the readings of several accounts, so that they never come in one burst.
 * @param dues by account
 * @param lastAskedAt when the last request about any account was sent
 */
export function spaceOut<T extends { readonly at: number }>(dues: readonly T[], lastAskedAt: number | undefined): T[] {
  let free = (lastAskedAt ?? -Infinity) + leastSpacing;
  return [...dues]
    .sort((a, b) => a.at - b.at)
    .map(due => {
      const at = Math.max(due.at, free);
      free = at + leastSpacing;
      return { ...due, at };
    });
}

export function afterSuccess(progress: PollState, snapshot: UsageSnapshot, random: () => number): PollState {
  const { fetchedAt } = snapshot;
  const resets = resetsOf(snapshot);
  const passed = resets.filter(({ at }) => at + resetDelay <= fetchedAt).map(({ at }) => at);
  const resetAt = Math.max(...passed);
  const before = progress.overdue;
  const since = before && Math.abs(before.resetAt - resetAt) <= sameReset ? Math.min(before.since, fetchedAt) : fetchedAt;
  return {
    askedAt: fetchedAt,
    readAt: fetchedAt,
    spread: random(),
    resets,
    ...defined({ detailsAt: progress.detailsAt, overdue: passed.length > 0 ? { resetAt, since } : undefined }),
  };
}

/** Usage that came with other traffic postpones the next reading. */
export function afterUpdate(progress: PollState, snapshot: UsageSnapshot): PollState {
  const { fetchedAt } = snapshot;
  const known = forgetFuture(progress, fetchedAt);
  return { ...known, readAt: Math.max(known.readAt ?? 0, fetchedAt), resets: resetsOf(snapshot) };
}

export function afterFailure(progress: PollState, failure: Failure, context: FailureContext): PollState {
  const { signInId, now, random } = context;
  const { failure: before, ...rest } = forgetFuture(forSignIn(progress, signInId), now);
  return { ...rest, askedAt: now, spread: random(), failure: nextFailure(before, failure, context, rest.readAt !== undefined) };
}

/** A VS Code window that has just opened shows what is stored and lets the other windows read first. */
export function settleAfterStart(now: number, random: () => number): number {
  return now + 3 * second + random() * 7 * second;
}

/** After a sleep the computer gets its network back first. */
export function settleAfterSleep(now: number, random: () => number): number {
  return now + 10 * second + random() * 10 * second;
}

/** If a timer is later than this, the computer was asleep. */
export const sleepTolerance = 30 * second;

function earliest(progress: PollState, conditions: PollConditions, now: number, sessionAt: number | undefined): number {
  const { readAt, spread } = progress;
  if (readAt === undefined) return now;
  const cadence = cadenceOf(conditions, readAt, now);
  return Math.min(
    readAt + cadence * (1 - jitter + 2 * jitter * spread),
    ...resetDues(progress, readAt, cadence),
    ...unchangedDues(progress, readAt),
    ...(sessionAt !== undefined && awaitsSession(progress, sessionAt, now) ? [sessionAt + sessionDelay] : []),
  );
}

function cadenceOf(conditions: PollConditions, readAt: number, now: number): number {
  const { interval, focused, panelVisible, actedAt } = conditions;
  if (typeof interval === 'number') return Math.max(interval * minute, focused ? 0 : unfocusedCadence);
  const next = Math.max(readAt + watched, now);
  const isWatched = panelVisible || (actedAt !== undefined && next <= actedAt + attention);
  if (isWatched) return watched;
  return focused ? focusedCadence : unfocusedCadence;
}

/** Once for each reset. */
function resetDues({ resets, spread }: PollState, readAt: number, cadence: number): number[] {
  return resets.filter(({ at }) => readAt < at + resetDelay).map(reset => reset.at + resetDelay + spread * resetSpread(reset, cadence));
}

/**
 * Short where the person waits for the reset; else as long as until the usual reading. Many clients may have a reset on a whole
 * minute in common, so they must not all come at once.
 */
function resetSpread({ at, isAwaited }: Reset, cadence: number): number {
  return isAwaited && at % minute !== 0 ? resetDelay : cadence;
}

function unchangedDues({ overdue, spread }: PollState, readAt: number): number[] {
  if (!overdue) return [];
  const times = unchangedDelays.map(delay => overdue.since + delay);
  const next = times.find(at => at > readAt + floor / 2);
  return next === undefined ? [] : [next + spread * resetDelay];
}

/** The window has been in the background for so long that the person will not miss a reading. */
function isAbandoned({ focused, focusedOrNotSince }: PollConditions, at: number): boolean {
  return !focused && at > focusedOrNotSince + longestUnfocused;
}

function retry({ kind, at, nextAt }: FailureState, { focused, focusedOrNotSince }: PollConditions): number {
  // A person who comes back to the window may have come back to the network.
  const isBack = kind === 'unreachable' && focused && focusedOrNotSince > at;
  return isBack ? Math.min(nextAt, focusedOrNotSince) : nextAt;
}

/** A window in use whose reset is known; one that has not begun has none that counts. */
function resetsOf({ windows, extra }: UsageSnapshot): Reset[] {
  return [...windows, ...extra].flatMap(({ isActive, resetAt, used }) =>
    isActive && resetAt !== undefined ? [{ at: resetAt, isAwaited: used >= 100 }] : [],
  );
}

/** A clock that was set back must not silence an account until it has caught up. */
function forgetFuture(progress: PollState, now: number): PollState {
  return (progress.askedAt ?? 0) > now + minute ? untouched : progress;
}
