import { describe, expect, it } from 'vitest';
import type { Failure, FailureKind } from '../../../../src/usage/polling/classifyResponse.ts';
import type { UsageSnapshot, UsageWindow } from '../../../../src/usage/snapshot.ts';
import { isConfirmed } from '../../../../src/usage/polling/backoff.ts';
import type { PollConditions, PollState } from '../../../../src/usage/polling/pollSchedule.ts';
import {
  afterFailure,
  afterSuccess,
  afterUpdate,
  awaitsSession,
  forSignIn,
  lastAskedAt,
  spaceOut,
  mayAskFrom,
  nextReading,
  settleAfterSleep,
  settleAfterStart,
  untouched,
  wantsDetails,
} from '../../../../src/usage/polling/pollSchedule.ts';
import { hour, minute, second } from '../../../../src/base/duration.ts';
import { seeded } from '../../../bench/fleet/random.ts';

const now = Date.parse('2026-11-23T16:00:00Z');
const half = () => 0.5;

const focused: PollConditions = { enabled: true, interval: 'auto', focused: true, focusedOrNotSince: now - hour, panelVisible: false };
const unfocused: PollConditions = { ...focused, focused: false, focusedOrNotSince: now };

function snapshot(fetchedAt: number, ...windows: Partial<UsageWindow>[]): UsageSnapshot {
  const weekly = { id: 'codex:weekly', limitId: 'codex', kind: 'weekly', used: 40, isActive: true, source: 'usage' } as const;
  return { v: 1, fetchedAt, windows: windows.map(window => ({ ...weekly, ...window })), extra: [], spend: [], partial: [] };
}

function readAt(fetchedAt: number, random = half, ...windows: Partial<UsageWindow>[]): PollState {
  return afterSuccess(untouched, snapshot(fetchedAt, ...windows), random);
}

function failed(progress: PollState, kind: FailureKind, at = now, more: Partial<Failure> = {}, random = half): PollState {
  return afterFailure(progress, { kind, code: 'unexpected', ...more }, { signInId: 'login', now: at, random });
}

/** Minutes from a reading at this moment to the next. */
function cadence(conditions: Partial<PollConditions>, random = half): number | undefined {
  const due = nextReading(readAt(now, random), { ...focused, ...conditions }, now);
  return due && (due - now) / minute;
}

/** Simulates some time of the schedule. @returns the times of its requests, in milliseconds from the start */
function live(
  length: number,
  { conditions = focused, begin = untouched, random = half, answer }: LifeOptions,
): { asked: number[]; progress: PollState } {
  let progress = begin;
  let at = now;
  const asked: number[] = [];
  for (;;) {
    const due = nextReading(progress, typeof conditions === 'function' ? conditions(at) : conditions, at);
    if (due === undefined || due > now + length) return { asked, progress };
    at = due;
    asked.push(at - now);
    const reply = answer(at);
    progress = 'v' in reply ? afterSuccess(progress, reply, random) : afterFailure(progress, reply, { signInId: 'login', now: at, random });
  }
}

interface LifeOptions {
  readonly conditions?: PollConditions | ((at: number) => PollConditions);
  readonly begin?: PollState;
  readonly random?: () => number;
  readonly answer: (at: number) => UsageSnapshot | Failure;
}

describe('pollSchedule: the interval between readings', () => {
  it.each<[string, Partial<PollConditions>, number]>([
    ['with the panel open', { panelVisible: true }, 2],
    ['after an action of the person', { actedAt: now - 2 * minute }, 2],
    ['four minutes after an action', { actedAt: now - 4 * minute }, 5],
    ['with focus', {}, 5],
    ['without focus', { focused: false, focusedOrNotSince: now }, 15],
    ['with a setting', { interval: 15 }, 15],
    ['with a setting and the panel open', { interval: 5, panelVisible: true }, 5],
    ['with a shorter setting and without focus', { interval: 5, focused: false, focusedOrNotSince: now }, 15],
    ['with a longer setting and without focus', { interval: 30, focused: false, focusedOrNotSince: now }, 30],
  ])('the interval of a window %s is the expected one', (_when, conditions, minutes) => {
    expect(cadence(conditions)).toBe(minutes);
  });

  it('the interval varies by up to ten percent, alike for all windows of a machine', () => {
    expect([cadence({}, () => 0), cadence({}, () => 0.999_999)].map(minutes => minutes?.toFixed(3))).toEqual(['4.500', '5.500']);
  });

  it.each<[string, Partial<PollConditions>]>([
    ['when usage is off', { enabled: false }],
    ['with the interval "manual"', { interval: 'manual' }],
    ['after four hours without focus', { focused: false, focusedOrNotSince: now - 4 * hour - 1 }],
  ])('no reading is scheduled %s', (_when, conditions) => {
    expect(cadence(conditions)).toBeUndefined();
    expect(nextReading(untouched, { ...focused, ...conditions }, now)).toBeUndefined();
  });

  it('after four hours without focus, no reading is scheduled any more', () => {
    const { asked } = live(24 * hour, { conditions: unfocused, answer: at => snapshot(at) });
    expect(asked).toHaveLength(1 + 16);
    expect(asked.at(-1)).toBeLessThanOrEqual(4 * hour);
  });

  it('readings are at least a minute apart, whatever is due', () => {
    const progress = readAt(now, half, { resetAt: now + second, used: 100 });
    expect(nextReading(progress, { ...focused, panelVisible: true }, now + minute / 2, now)).toBe(now + minute);
  });
});

describe('pollSchedule: the first reading', () => {
  it('the first reading is due at once', () => {
    expect(nextReading(untouched, focused, now)).toBe(now);
  });

  it('a window that has something to show waits three to ten seconds for its first reading', () => {
    expect([() => 0, () => 1].map(random => settleAfterStart(now, random) - now)).toEqual([3 * second, 10 * second]);
    const settling = { ...focused, settlesUntil: now + 7 * second };
    expect(nextReading(readAt(now - hour), settling, now)).toBe(now + 7 * second);
    expect(nextReading(readAt(now - minute), settling, now)).toBe(now + 4 * minute);
  });

  it('the first reading after a sleep waits ten to twenty seconds', () => {
    expect([() => 0, () => 1].map(random => settleAfterSleep(now, random) - now)).toEqual([10 * second, 20 * second]);
  });
});

describe('pollSchedule: a reset', () => {
  const at = now + 10 * minute + 7 * second;

  it('the reading after an awaited reset comes within a minute', () => {
    const progress = readAt(now + 9 * minute, half, { resetAt: at, used: 100 });
    expect(nextReading(progress, unfocused, now + 9 * minute)).toBe(at + 45 * second);
  });

  it('the reading after any other reset, or one on a full minute, is spread over the usual interval', () => {
    const due = (used: number, resetAt: number, random: () => number) =>
      nextReading(readAt(now + 9 * minute, random, { resetAt, used }), unfocused, now + 9 * minute);
    const early = () => 0.1;
    expect(due(40, at, early)).toBe(at + 30 * second + 1.5 * minute);
    expect(due(100, now + 10 * minute, early)).toBe(now + 10.5 * minute + 1.5 * minute);
    expect(due(100, now + 10 * minute + second, early)).toBe(now + 10.5 * minute + 4 * second);
  });

  it('a reset does not delay the regular reading', () => {
    const progress = readAt(now + 7 * minute, half, { resetAt: at });
    expect(nextReading(progress, focused, now + 7 * minute)).toBe(now + 12 * minute);
  });

  it('a reset without effect is read again after two and ten minutes, and then at the regular interval', () => {
    const { asked } = live(hour, {
      conditions: { ...unfocused, interval: 30 },
      begin: readAt(now, half, { resetAt: at, used: 100 }),
      answer: fetchedAt => snapshot(fetchedAt, { resetAt: at, used: 100 }),
    });
    const first = at - now + 45 * second;
    expect(asked.slice(0, 3)).toEqual([first, first + 2.25 * minute, first + 10.25 * minute]);
    expect(asked[3]).toBe(first + 40.25 * minute);
  });

  it('a reset that took effect needs no further reading', () => {
    const { asked } = live(14 * minute, {
      conditions: unfocused,
      begin: readAt(now, half, { resetAt: at, used: 100 }),
      answer: fetchedAt => snapshot(fetchedAt, { resetAt: at + 5 * hour, used: 1 }),
    });
    expect(asked).toEqual([at - now + 45 * second]);
  });

  it('a reset that had just passed when it was read is checked a minute later', () => {
    const progress = readAt(now, half, { resetAt: now - 10 * second, used: 100 });
    expect(nextReading(progress, unfocused, now)).toBe(now + minute);
  });

  it('the reset of a window that has not begun schedules no reading', () => {
    expect(nextReading(readAt(now, half, { resetAt: at, used: 0, isActive: false }), unfocused, now)).toBe(now + 15 * minute);
  });
});

describe('pollSchedule: a session handed out to an extension', () => {
  it('a reading follows half a minute after the session was handed out', () => {
    const progress = readAt(now - 2 * minute);
    expect(nextReading(progress, focused, now, now)).toBe(now + 30 * second);
    expect(nextReading(readAt(now + 30 * second), focused, now + 30 * second, now)).toBe(now + 5.5 * minute);
  });

  it('a session handed out soon after a reading leaves a minute between readings', () => {
    expect(nextReading(readAt(now - 10 * second), focused, now, now)).toBe(now + 50 * second);
  });
});

describe('pollSchedule: after a failure', () => {
  /** Minutes between requests that all fail. */
  const pauses = (kind: FailureKind, count: number, begin = untouched, random = half): number[] => {
    const { asked } = live(48 * hour, { begin, random, answer: () => ({ kind, code: 'unexpected' }) });
    return asked.slice(1, count + 1).map((time, index) => Math.round(((time - (asked[index] ?? 0)) / minute) * 100) / 100);
  };

  it.each<[FailureKind, number[]]>([
    ['unreachable', [1, 2, 5, 10, 20, 30, 30]],
    ['outage', [1, 2, 5, 10, 20, 30, 30]],
    ['forbidden', [1, 2, 5, 10, 20, 30, 30]],
    ['tooMany', [5, 10, 20, 40, 60, 60]],
    ['challenge', [15, 30, 60, 60]],
    ['workspaceInactive', [1.5, 60, 60]],
    ['accountInactive', [60, 60]],
  ])('the failure "%s" is retried at growing intervals', (kind, minutes) => {
    expect(pauses(kind, minutes.length)).toEqual(minutes);
  });

  it('the retry interval varies by up to twenty percent', () => {
    expect([pauses('tooMany', 1, untouched, () => 0), pauses('tooMany', 1, untouched, () => 0.999_999)]).toEqual([[4], [6]]);
  });

  it('an outage is not retried sooner than the next regular reading while there is something to show', () => {
    expect(pauses('outage', 5, readAt(now - 5 * minute))).toEqual([5, 10, 20, 30, 30]);
  });

  it('a new sign-in does not wait for the failure of an earlier one', () => {
    const progress = failed(readAt(now - hour), 'accountInactive');
    expect(nextReading(progress, focused, now + minute)).toBe(now + hour);
    expect(nextReading(forSignIn(progress, 'another'), focused, now + minute)).toBe(now + minute);
    expect(forSignIn(progress, 'login')).toBe(progress);
  });

  it('a token set that was refused after its refresh is remembered until a reading succeeds', () => {
    const context = { signInId: 'login', now, random: half };
    const refusedTokenSet = { signInId: 'login', generation: 2 };
    const refused = afterFailure(readAt(now - hour), { kind: 'forbidden', code: 'refused', refusedTokenSet }, context);
    expect(failed(refused, 'outage', now + minute).failure).toMatchObject({ kind: 'outage', refusedTokenSet });
    expect(afterSuccess(refused, snapshot(now + minute), half)).not.toHaveProperty('failure');
  });

  it('failures in a row are counted together if the service was out of reach either way, and anew otherwise', () => {
    const twice = failed(failed(untouched, 'outage'), 'unreachable', now + minute);
    expect(twice.failure).toMatchObject({ kind: 'unreachable', times: 2, since: now, at: now + minute });
    expect(failed(twice, 'challenge', now + hour).failure).toMatchObject({ times: 1, since: now + hour });
  });

  it('a success ends the failure', () => {
    const progress = afterSuccess(failed(untouched, 'outage'), snapshot(now + minute), half);
    expect(progress).not.toHaveProperty('failure');
    expect(nextReading(progress, focused, now + minute)).toBe(now + 6 * minute);
  });

  it('a network failure is retried when the window gets focus, but not within a minute', () => {
    const progress = failed(failed(failed(untouched, 'unreachable'), 'unreachable'), 'unreachable', now);
    const back = (at: number) => nextReading(progress, { ...focused, focusedOrNotSince: at }, at);
    expect(back(now + 3 * minute)).toBe(now + 3 * minute);
    expect(back(now + 20 * second)).toBe(now + minute);
    expect(nextReading(progress, focused, now)).toBe(now + 5 * minute);
    const outage = failed(untouched, 'challenge', now);
    expect(nextReading(outage, { ...focused, focusedOrNotSince: now + minute }, now + minute)).toBe(now + 15 * minute);
  });

  it('no retry is scheduled after four hours without focus', () => {
    expect(nextReading(failed(untouched, 'outage'), { ...unfocused, focusedOrNotSince: now - 4 * hour }, now)).toBeUndefined();
  });
});

describe('pollSchedule: Retry-After', () => {
  it('the requested delay applies to a person too, and the schedule adds its own delay', () => {
    const progress = failed(readAt(now - hour), 'tooMany', now, { wait: 120 * second });
    expect(mayAskFrom(progress, now)).toBe(now + 2 * minute);
    expect(nextReading(progress, focused, now)).toBe(now + 2 * minute + 2.5 * minute);
  });

  it('a delay may be longer than any interval of the schedule, and shortens none', () => {
    expect(nextReading(failed(untouched, 'tooMany', now, { wait: 6 * hour }), focused, now)).toBeGreaterThan(now + 6 * hour);
    const outage = failed(readAt(now - hour), 'outage', now, { wait: 10 * second });
    expect(nextReading(outage, focused, now)).toBe(now + 5 * minute);
    expect(mayAskFrom(outage, now)).toBe(now + 10 * second);
  });

  it('a delay of zero is still a minute', () => {
    expect(
      nextReading(
        failed(untouched, 'tooMany', now, { wait: 0 }, () => 0),
        focused,
        now,
      ),
    ).toBe(now + minute);
  });
});

describe('pollSchedule: a refresh by the person', () => {
  it('a person can refresh ten seconds after the last request', () => {
    expect(mayAskFrom(untouched, now)).toBe(-Infinity);
    expect(mayAskFrom(readAt(now), now)).toBe(now + 10 * second);
    expect(mayAskFrom(failed(untouched, 'accountInactive'), now)).toBe(now + 10 * second);
  });

  it('a 429 without Retry-After makes a person wait as long as the schedule', () => {
    expect(mayAskFrom(failed(untouched, 'tooMany'), now)).toBe(now + 5 * minute);
  });
});

describe('pollSchedule: confirmation of a failure', () => {
  const confirmed = (progress: PollState) => progress.failure && isConfirmed(progress.failure);

  it('an inactive workspace is confirmed by a second response at least a minute later', () => {
    const once = failed(untouched, 'workspaceInactive', now);
    expect(confirmed(once)).toBe(false);
    expect(confirmed(failed(once, 'workspaceInactive', now + 20 * second))).toBe(false);
    expect(confirmed(failed(once, 'workspaceInactive', now + minute))).toBe(true);
    const flapped = failed(failed(once, 'outage', now + minute), 'workspaceInactive', now + 2 * minute);
    expect(confirmed(flapped)).toBe(false);
  });

  it('an inactive workspace is checked again within two minutes, and hourly once confirmed', () => {
    const once = failed(untouched, 'workspaceInactive', now);
    const soon = failed(once, 'workspaceInactive', now + 20 * second);
    expect(nextReading(soon, focused, now + 20 * second)).toBe(now + 110 * second);
    const surely = failed(soon, 'workspaceInactive', now + 2 * minute);
    expect(nextReading(surely, focused, now + 2 * minute)).toBe(now + 62 * minute);
  });

  it('any other failure needs no confirmation', () => {
    for (const kind of ['accountInactive', 'forbidden', 'tooMany', 'challenge', 'outage', 'unreachable'] as const) {
      expect(confirmed(failed(untouched, kind))).toBe(true);
    }
  });
});

it('pollSchedule: usage from other responses postpones the next reading and updates the resets', () => {
  const before = readAt(now - 4 * minute, half, { resetAt: now + hour });
  const after = afterUpdate(before, snapshot(now, { resetAt: now + 2 * hour, used: 100 }));
  expect(nextReading(after, focused, now)).toBe(now + 5 * minute);
  expect(after.resets).toEqual([{ at: now + 2 * hour, isAwaited: true }]);
  expect(afterUpdate(before, snapshot(now - 5 * minute)).readAt).toBe(now - 4 * minute);
});

it('pollSchedule: the expiry of saved resets is requested at most every half hour, and only for a person who looks at it', () => {
  expect(wantsDetails(untouched, true, now)).toBe(true);
  expect(wantsDetails(untouched, false, now)).toBe(false);
  expect(wantsDetails({ ...untouched, detailsAt: now - 29 * minute }, true, now)).toBe(false);
  expect(wantsDetails({ ...untouched, detailsAt: now - 30 * minute }, true, now)).toBe(true);
  expect(afterSuccess({ ...untouched, detailsAt: now }, snapshot(now), half).detailsAt).toBe(now);
});

it('pollSchedule: several accounts are read ten seconds apart, in the order in which they are due', () => {
  const due = (at: number) => ({ at });
  expect(spaceOut([due(now + 5 * second), due(now), due(now + minute)], undefined).map(({ at }) => at - now)).toEqual([
    0,
    10 * second,
    minute,
  ]);
  expect(spaceOut([due(now)], now - 4 * second).map(({ at }) => at - now)).toEqual([6 * second]);
});

it('pollSchedule: a clock set back by a day stops no reading', () => {
  const day = 24 * hour;
  expect(nextReading(readAt(now), focused, now - day)).toBe(now - day);
  const waiting = failed(untouched, 'tooMany', now, { wait: 12 * hour });
  expect(nextReading(waiting, focused, now - day)).toBe(now - day);
  expect(mayAskFrom(waiting, now - day)).toBe(-Infinity);
  expect(failed(waiting, 'tooMany', now - day).failure).toMatchObject({ times: 1 });
});

it('pollSchedule: what is stored of a time in the future is of no time', () => {
  const day = 24 * hour;
  expect(lastAskedAt(readAt(now), now - day)).toBe(0);
  expect(awaitsSession(untouched, now, now - day)).toBe(false);
  expect(afterUpdate(readAt(now), snapshot(now - day)).readAt).toBe(now - day);
  const overdue = { ...untouched, overdue: { resetAt: now - 10 * day, since: now } };
  expect(afterSuccess(overdue, snapshot(now - day, { resetAt: now - 10 * day }), half).overdue?.since).toBe(now - day);
});

it('pollSchedule: in a random week, requests are never less than a minute apart, nor more than 75 minutes while VS Code is in use', () => {
  const random = seeded(7);
  const kinds: FailureKind[] = ['outage', 'unreachable', 'challenge', 'tooMany', 'forbidden'];
  const { asked } = live(7 * 24 * hour, {
    random,
    conditions: at => ({ ...focused, panelVisible: Math.floor(at / hour) % 5 === 0 }),
    answer: at =>
      random() < 0.1
        ? { kind: kinds[Math.floor(random() * kinds.length)] ?? 'outage', code: 'unexpected' }
        : snapshot(at, { resetAt: Math.ceil(at / hour) * hour + (random() < 0.5 ? 0 : 7 * second), used: random() < 0.5 ? 100 : 50 }),
  });
  const gaps = asked.slice(1).map((time, index) => time - (asked[index] ?? 0));
  expect(gaps.length).toBeGreaterThan(2_000);
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(minute);
  expect(Math.max(...gaps)).toBeLessThanOrEqual(75 * minute);
});
