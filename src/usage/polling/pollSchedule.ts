/** When usage is asked for: functions of what they are given, and nothing else. Times are milliseconds since the epoch. */
import type { ErrorCode } from '../../base/errors.ts';
import type { Failure, FailureKind } from './classifyResponse.ts';
import type { UsageSnapshot } from '../snapshot.ts';

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

/** Minutes between readings; `auto`: by how closely somebody looks; `manual`: only when a person asks. */
export type Interval = 'auto' | 5 | 15 | 30 | 'manual';

/** What decides in one window how often is often enough. */
export interface PollConditions {
  readonly enabled: boolean;
  readonly interval: Interval;
  readonly focused: boolean;
  /** When the window got or lost the focus, or was opened. */
  readonly focusedOrNotSince: number;
  readonly panelVisible: boolean;
  /** When a person last asked for something here. */
  readonly actedAt?: number;
  /** Until when the window lets things settle: it has just opened, or the machine was asleep. */
  readonly settlesUntil?: number;
}

/** A time at which a window of the plan is empty again. */
export interface Reset {
  readonly at: number;
  /** Whether somebody waits for it: until then nothing is left. */
  readonly isAwaited: boolean;
}

/** A failure, with those before it and what follows from it. */
export interface FailureState {
  readonly kind: FailureKind;
  readonly code: ErrorCode;
  /** The sign-in that it happened to: a new one begins anew. */
  readonly login: string;
  /** How many in a row, this one included. */
  readonly times: number;
  /** When the first and the last of them came. */
  readonly since: number;
  readonly at: number;
  /** Until when nobody may ask, not even a person: the service has said so. */
  readonly until?: number;
  /** When it is tried again; absent: not before somebody signs in. */
  readonly nextAt?: number;
}

/** How far an account's readings have come: the same for all windows of a machine. It is JSON as it stands. */
export interface PollState {
  /** When the service last answered, or failed to. */
  readonly askedAt?: number;
  /** When it last told the usage. */
  readonly readAt?: number;
  /** 0 to 1, drawn at each outcome: places what comes next, so that all windows mean the same moment and no two machines do. */
  readonly spread: number;
  readonly resets: readonly Reset[];
  /** A reset that had passed when a reading still told of it, and when the first such reading was. */
  readonly overdue?: { readonly resetAt: number; readonly since: number };
  readonly trouble?: FailureState;
  /** When it was last asked when saved resets lapse. */
  readonly detailsAt?: number;
}

export interface FailureContext {
  readonly login: string;
  readonly now: number;
  readonly random: () => number;
}

export type Reason = 'first' | 'cadence' | 'reset' | 'unchanged' | 'session' | 'retry';

export interface Due {
  readonly at: number;
  readonly why: Reason;
}

export const untouched: PollState = { spread: 0.5, resets: [] };

const watched = 2 * minute;
const focusedCadence = 5 * minute;
const unfocusedCadence = 15 * minute;
const longestUnfocused = 4 * hour;
/** How long what a person did counts as looking. */
const attention = 5 * minute;
const floor = 60 * second;
const userFloor = 10 * second;
const leastSpacing = 10 * second;
const detailsPause = 30 * minute;
/** The service needs a moment to notice a reset. */
const resetDelay = 30 * second;
const sessionDelay = 30 * second;
const unchangedDelays = [2 * minute, 10 * minute];
const jitter = 0.1;
/** Resets that are further apart are different ones. */
const sameReset = minute;

/**
 * When the account is to be read next, in one window. What is past is due now.
 * @param sessionAt when a session was last handed out, to learn what its use has cost
 * @returns `undefined` where nothing may be asked as things stand
 */
export function nextReading(progress: PollState, conditions: PollConditions, now: number, sessionAt?: number): Due | undefined {
  if (!conditions.enabled || conditions.interval === 'manual') return undefined;
  const known = forgetFuture(progress, now);
  const due = known.trouble ? retry(known.trouble, conditions) : earliest(known, conditions, now, sessionAt);
  if (!due || isLeft(conditions, Math.max(due.at, now))) return undefined;
  return { ...due, at: Math.max(due.at, (known.askedAt ?? -Infinity) + floor, conditions.settlesUntil ?? 0, now) };
}

/** From when on a person may ask. */
export function mayAskFrom(progress: PollState, now: number): number {
  const { askedAt, trouble } = forgetFuture(progress, now);
  return Math.max((askedAt ?? -Infinity) + userFloor, trouble?.until ?? -Infinity);
}

/** Whether a session that was handed out then still waits for the reading that shows what its use has cost. */
export function awaitsSession({ readAt }: PollState, sessionAt: number): boolean {
  return readAt === undefined || readAt < sessionAt + sessionDelay;
}

/** Without the trouble of an earlier sign-in. */
export function forSignIn(progress: PollState, login: string): PollState {
  const { trouble, ...rest } = progress;
  return trouble && trouble.login !== login ? rest : progress;
}

/** Whether a reading asks also when saved resets lapse: somebody looks, and it was not asked lately. */
export function wantsDetails({ detailsAt }: PollState, isLookedAt: boolean, now: number): boolean {
  return isLookedAt && (detailsAt === undefined || Math.abs(now - detailsAt) >= detailsPause);
}

/**
 * Spaces the readings of several accounts, so that they never come in one burst.
 * @param dues by account
 * @param lastAskedAt when any account was last asked about
 */
export function spaceOut<T extends Due>(dues: readonly T[], lastAskedAt: number | undefined): T[] {
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
  const since = before && Math.abs(before.resetAt - resetAt) <= sameReset ? before.since : fetchedAt;
  return {
    askedAt: fetchedAt,
    readAt: fetchedAt,
    spread: random(),
    resets,
    ...(progress.detailsAt === undefined ? {} : { detailsAt: progress.detailsAt }),
    ...(passed.length > 0 ? { overdue: { resetAt, since } } : {}),
  };
}

/** Usage that came with other traffic puts off the next reading where it tells as much. */
export function afterUpdate(progress: PollState, snapshot: UsageSnapshot): PollState {
  return { ...progress, readAt: Math.max(progress.readAt ?? 0, snapshot.fetchedAt), resets: resetsOf(snapshot) };
}

export function afterFailure(progress: PollState, failure: Failure, { login, now, random }: FailureContext): PollState {
  const { trouble: before, ...rest } = forgetFuture(forSignIn(progress, login), now);
  const { kind, code } = failure;
  const continues = before !== undefined && backoffStepsOf(before.kind) === backoffStepsOf(kind);
  const times = continues ? before.times + 1 : 1;
  const since = continues ? before.since : now;
  const trouble = { kind, code, login, times, since, at: now };
  const isShown = rest.readAt !== undefined;
  return { ...rest, askedAt: now, spread: random(), trouble: { ...trouble, ...backOff(trouble, { wait: failure.wait, isShown, random }) } };
}

/** Whether a failure has come often enough to be told as what it says it is: some of them flap. */
export function isConfirmed({ kind, times, since, at }: FailureState): boolean {
  switch (kind) {
    case 'workspaceInactive':
      return times >= 2 && at - since >= flapping;
    case 'forbidden':
      return times >= 3;
    case 'sessionEnded':
    case 'accountInactive':
    case 'tooMany':
    case 'challenge':
    case 'outage':
    case 'unreachable':
      return true;
  }
}

/** A window that has just opened shows what is stored and lets the others of its machine go first. */
export function settleAfterStart(now: number, random: () => number): number {
  return now + 3 * second + random() * 7 * second;
}

/** A machine that was asleep gets its network back first. */
export function settleAfterSleep(now: number, random: () => number): number {
  return now + 10 * second + random() * 10 * second;
}

/** A timer that comes later than this was asleep. */
export const sleepTolerance = 30 * second;

function earliest(progress: PollState, conditions: PollConditions, now: number, sessionAt: number | undefined): Due | undefined {
  const { readAt, spread } = progress;
  if (readAt === undefined) return { at: now, why: 'first' };
  const cadence = cadenceOf(conditions, readAt, now);
  const dues: Due[] = [
    { at: readAt + cadence * (1 - jitter + 2 * jitter * spread), why: 'cadence' },
    ...resetDues(progress, readAt, cadence),
    ...unchangedDues(progress, readAt),
  ];
  if (sessionAt !== undefined && awaitsSession(progress, sessionAt)) dues.push({ at: sessionAt + sessionDelay, why: 'session' });
  return dues.reduce((first, due) => (due.at < first.at ? due : first));
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
function resetDues({ resets, spread }: PollState, readAt: number, cadence: number): Due[] {
  return resets
    .filter(({ at }) => readAt < at + resetDelay)
    .map(reset => ({ at: reset.at + resetDelay + spread * resetSpread(reset, cadence), why: 'reset' }));
}

/**
 * Soon where somebody waits for it; else as late as the usual reading would be. A reset on a whole minute is a moment that
 * many may have in common, and must not bring them all at once.
 */
function resetSpread({ at, isAwaited }: Reset, cadence: number): number {
  return isAwaited && at % minute !== 0 ? resetDelay : cadence;
}

function unchangedDues({ overdue, spread }: PollState, readAt: number): Due[] {
  if (!overdue) return [];
  const times = unchangedDelays.map(delay => overdue.since + delay);
  const next = times.find(at => at > readAt + floor / 2);
  return next === undefined ? [] : [{ at: next + spread * resetDelay, why: 'unchanged' }];
}

/** Nobody has looked for so long that nobody will miss it. */
function isLeft({ focused, focusedOrNotSince }: PollConditions, at: number): boolean {
  return !focused && at > focusedOrNotSince + longestUnfocused;
}

function retry({ kind, at, nextAt }: FailureState, { focused, focusedOrNotSince }: PollConditions): Due | undefined {
  if (nextAt === undefined) return undefined;
  // Whoever comes back to the window may have come back to the network.
  const isBack = kind === 'unreachable' && focused && focusedOrNotSince > at;
  return { at: isBack ? Math.min(nextAt, focusedOrNotSince) : nextAt, why: 'retry' };
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

const flapping = 60 * second;
const common = [1, 2, 5, 10, 20, 30].map(minutes => minutes * minute);
const backoffSteps = {
  common,
  // With a reading on screen a failure must not make us ask sooner than a success would: that trebles the load of a service
  // that has just gone down.
  patient: common.slice(2),
  // The same, counted by itself: only three of this kind say what it says.
  forbidden: common,
  tooMany: [5, 10, 20, 40, 60].map(minutes => minutes * minute),
  challenge: [15, 30, 60].map(minutes => minutes * minute),
  workspace: [1.5 * minute, hour],
};
const backoffJitter = 0.2;
/** Many may have been told the same moment, so nobody comes at it. */
const spreadAfterWait = 5 * minute;

/** @returns `undefined` for what no waiting helps */
function backoffStepsOf(kind: FailureKind): keyof typeof backoffSteps | undefined {
  switch (kind) {
    case 'sessionEnded':
    case 'accountInactive':
      return undefined;
    case 'workspaceInactive':
      return 'workspace';
    case 'tooMany':
      return 'tooMany';
    case 'challenge':
      return 'challenge';
    case 'forbidden':
      return 'forbidden';
    case 'outage':
    case 'unreachable':
      return 'common';
  }
}

interface Circumstances {
  readonly wait: number | undefined;
  /** Whether there is a reading to go on showing. */
  readonly isShown: boolean;
  readonly random: () => number;
}

function backOff(trouble: FailureState, { wait, isShown, random }: Circumstances): Pick<FailureState, 'until' | 'nextAt'> {
  const { kind, times, at } = trouble;
  const name = backoffStepsOf(kind);
  if (!name) return {};
  const steps = backoffSteps[kind === 'outage' && isShown ? 'patient' : name];
  const step = kind === 'workspaceInactive' && !isConfirmed(trouble) ? steps[0] : steps[Math.min(times, steps.length) - 1];
  const pause = (step ?? hour) * (1 - backoffJitter + 2 * backoffJitter * random());
  if (wait === undefined) return { nextAt: at + pause, ...(kind === 'tooMany' ? { until: at + pause } : {}) };
  const told = at + wait;
  const nextAt = told + random() * spreadAfterWait;
  return kind === 'tooMany' ? { nextAt, until: told } : { nextAt: Math.max(nextAt, at + pause) };
}
