import { describe, expect, it } from 'vitest';
import { decodeUsage } from '../../../src/usage/decode/usage.ts';
import type { Credits, SpendLimit, UsageSnapshot, UsageWindow } from '../../../src/usage/snapshot.ts';
import type { LimitStatus } from '../../../src/usage/limitStatus.ts';
import { isResetPassed, levelOf, limitStatus } from '../../../src/usage/limitStatus.ts';
import { readFixture } from '../support/captured.ts';
import { day, five, hour, minute, now, snapshot, week, withoutReset } from './support/snapshots.ts';

const thresholds = { warnAt: 80, criticalAt: 95 };
const status = (fields: Partial<UsageSnapshot>, at = now): LimitStatus => limitStatus(snapshot(fields), at, thresholds);

const credits = (fields: Partial<Credits> = {}): Credits => ({ has: true, isUnlimited: false, balance: 812.5, ...fields });
const own = (fields: Partial<SpendLimit> = {}): SpendLimit => ({
  kind: 'individual',
  limit: 1000,
  used: 412.5,
  leftPercent: 58.75,
  isReached: false,
  ...fields,
});
const pool = own({ kind: 'workspace_shared', leftPercent: 27.6 });

const member = { allowed: false, limitReached: true, reachedType: 'workspace_member_credits_depleted' };

describe('the limit status of captured payloads', () => {
  it.each<[string, object]>([
    ['01-plus-5h-and-weekly', { kind: 'normal', window: { id: 'codex:weekly' } }],
    ['02-weekly-only-in-primary', { kind: 'normal', window: { id: 'codex:weekly' } }],
    ['03-free-monthly-unused-sliding-reset', { kind: 'normal', window: { id: 'codex:monthly', isActive: false } }],
    ['04-pro-with-spark-additional-limits', { kind: 'normal', window: { id: 'codex:weekly', used: 43 } }],
    ['05-weekly-exhausted-blocks-5h', { kind: 'spent', window: { id: 'codex:weekly' }, until: 1795884357_000 }],
    ['06-team-weekly-exhausted-with-spend-control', { kind: 'outOfCredits', isOwner: false, window: { id: 'codex:weekly' } }],
    ['07-enterprise-credits-no-windows', { kind: 'allowance', level: 'normal', limit: { kind: 'workspace_shared' } }],
    ['08-hostile-shapes', { kind: 'resetPassed', window: { id: 'codex:unknown' } }],
    ['09-no-rate-limit-object', { kind: 'notReported' }],
    ['10-reversed-slots-with-fractions', { kind: 'resetPassed', window: { id: 'codex:5h' } }],
  ])('%s has the expected status', (file, expected) => {
    const read = decodeUsage(readFixture(`usage/${file}.json`), { fetchedAt: now, clockOffset: 0 });
    expect(limitStatus(read ?? snapshot(), now, thresholds)).toMatchObject(expected);
  });
});

describe('the limit status', () => {
  it.each<[string, Partial<UsageSnapshot>, LimitStatus]>([
    // Situations 3 to 7 of the specification
    ['two windows, of which the one with the least left counts', { windows: [five(34), week(58)] }, { kind: 'normal', window: week(58) }],
    [
      'two windows, of which the shorter one counts if it has the least left',
      { windows: [five(60), week(58)] },
      { kind: 'normal', window: five(60) },
    ],
    [
      'two windows used alike, of which the one that resets later counts',
      { windows: [five(50), week(50)] },
      { kind: 'normal', window: week(50) },
    ],
    ['a window that is low', { windows: [five(86), week(58)] }, { kind: 'low', window: five(86) }],
    ['a window that is critical', { windows: [five(86), week(97)] }, { kind: 'critical', window: week(97) }],
    ['a window that is nearly used up', { windows: [five(99.9)] }, { kind: 'critical', window: five(99.9) }],
    // 8
    [
      'a week that is used up beside an unused short window',
      { windows: [five(1), week(100)] },
      { kind: 'spent', window: week(100), until: now + 3 * day },
    ],
    [
      'two used-up windows, of which the one that resets last counts',
      { windows: [five(100), week(100)] },
      { kind: 'spent', window: week(100), until: now + 3 * day },
    ],
    [
      'two used-up windows, of which the one without a reset counts',
      { windows: [withoutReset(five(100)), week(100)] },
      { kind: 'spent', window: withoutReset(five(100)) },
    ],
    [
      'a used-up window although the service allows requests',
      { windows: [week(100)], allowed: true, limitReached: true },
      { kind: 'spent', window: week(100), until: now + 3 * day },
    ],
    // 9
    [
      'a used-up window with credits',
      { windows: [week(100)], allowed: true, credits: credits() },
      { kind: 'spentOnCredits', window: week(100), credits: credits() },
    ],
    [
      'a used-up window with credits of unknown balance',
      { windows: [week(100)], credits: { has: true, isUnlimited: false } },
      { kind: 'spentOnCredits', window: week(100), credits: { has: true, isUnlimited: false } },
    ],
    [
      'a used-up window with unlimited credits',
      { windows: [week(100)], credits: { has: false, isUnlimited: true } },
      { kind: 'spentOnCredits', window: week(100), credits: { has: false, isUnlimited: true } },
    ],
    // 10
    [
      'no window, with unlimited credits',
      { credits: credits({ isUnlimited: true }) },
      { kind: 'noFixedLimit', credits: credits({ isUnlimited: true }) },
    ],
    ['no window, with credits', { credits: credits() }, { kind: 'noFixedLimit', credits: credits() }],
    [
      'no window, with an allowance without a cap',
      { credits: credits(), spend: [{ kind: 'individual', used: 7, isReached: false }] },
      { kind: 'noFixedLimit', credits: credits() },
    ],
    // 11
    ['an allowance', { spend: [own()] }, { kind: 'allowance', level: 'normal', limit: own() }],
    [
      'two allowances, of which the one with the least left counts',
      { spend: [own(), pool], credits: credits() },
      { kind: 'allowance', level: 'normal', limit: pool },
    ],
    [
      'an allowance that is low',
      { spend: [own({ leftPercent: 20 })] },
      { kind: 'allowance', level: 'low', limit: own({ leftPercent: 20 }) },
    ],
    [
      'an allowance that is critical',
      { spend: [own({ leftPercent: 5 })] },
      { kind: 'allowance', level: 'critical', limit: own({ leftPercent: 5 }) },
    ],
    [
      'an allowance that is used up',
      { spend: [own({ leftPercent: 0 })] },
      { kind: 'allowance', level: 'spent', limit: own({ leftPercent: 0 }) },
    ],
    [
      'an allowance that the service reports as reached, whatever is left',
      { spend: [own({ isReached: true }), pool], isSpendReached: true },
      { kind: 'allowance', level: 'spent', limit: own({ isReached: true }) },
    ],
    [
      'a window and an allowance, of which the window counts',
      { windows: [week(58)], spend: [own({ leftPercent: 1 })] },
      { kind: 'normal', window: week(58) },
    ],
    // 12
    ['a member of a workspace without credits', { ...member }, { kind: 'outOfCredits', isOwner: false }],
    [
      'the owner of a workspace without credits',
      { ...member, reachedType: 'workspace_owner_credits_depleted' },
      { kind: 'outOfCredits', isOwner: true },
    ],
    [
      'a workspace without credits and with a used-up window',
      { ...member, windows: [five(3), week(100)] },
      { kind: 'outOfCredits', isOwner: false, window: week(100) },
    ],
    ['a workspace without credits whose windows have room', { ...member, windows: [five(3)] }, { kind: 'outOfCredits', isOwner: false }],
    // 13
    ['a refusal although the windows have room', { windows: [five(3), week(38)], allowed: false }, { kind: 'blocked', window: week(38) }],
    ['a reached limit although the windows have room', { windows: [week(38)], limitReached: true }, { kind: 'blocked', window: week(38) }],
    ['a refusal without windows', { allowed: false, credits: credits() }, { kind: 'blocked' }],
    [
      'a reached allowance although the windows have room',
      { windows: [week(38)], allowed: false, spend: [own({ isReached: true })] },
      { kind: 'allowance', level: 'spent', limit: own({ isReached: true }) },
    ],
    ['a reached allowance that is not reported', { isSpendReached: true }, { kind: 'blocked' }],
    // 22
    ['an empty reading', {}, { kind: 'notReported' }],
    ['no window and no credits', { credits: credits({ has: false, balance: 0 }) }, { kind: 'notReported' }],
    ['no window and used-up credits', { credits: credits({ balance: 0 }) }, { kind: 'notReported' }],
    // 23
    [
      'a main window beside a used-up additional limit',
      { windows: [week(58)], extra: [week(100, { id: 'spark:weekly', limitId: 'spark' })] },
      { kind: 'normal', window: week(58) },
    ],
  ])('the status is right for %s', (_what, fields, expected) => {
    expect(status(fields)).toEqual(expected);
  });

  it('a service that allows requests wins over what it says of the limit', () => {
    expect(status({ windows: [week(38)], allowed: true, limitReached: true })).toMatchObject({ kind: 'normal' });
    expect(status({ ...member, allowed: true, windows: [week(38)] })).toMatchObject({ kind: 'normal' });
    expect(status({ isSpendReached: true, allowed: true, credits: credits() })).toMatchObject({ kind: 'noFixedLimit' });
  });

  it.each<[string, Partial<UsageSnapshot>]>([
    ['the service refuses requests', { allowed: false, credits: credits() }],
    ['the service reports the limit as reached', { limitReached: true, credits: credits() }],
    ['no credits are left', { credits: credits({ balance: 0 }) }],
    ['there are no credits', { credits: credits({ has: false, balance: 0 }) }],
    ['the overage limit is reached', { credits: credits({ isOverageReached: true }) }],
    ['the allowance is reached', { credits: credits(), isSpendReached: true }],
  ])('a used-up window is spent, without credits, when %s', (_when, fields) => {
    expect(status({ windows: [week(100)], ...fields })).toEqual({ kind: 'spent', window: week(100), until: now + 3 * day });
  });

  it('the levels low and critical follow the thresholds', () => {
    expect([79.9, 80, 94.9, 95].map(used => levelOf(used, thresholds))).toEqual(['normal', 'low', 'low', 'critical']);
    expect(limitStatus(snapshot({ windows: [week(58)] }), now, { warnAt: 50, criticalAt: 58 })).toMatchObject({ kind: 'critical' });
    expect(limitStatus(snapshot({ windows: [week(58)] }), now, { warnAt: 58, criticalAt: 59 })).toMatchObject({ kind: 'low' });
  });
});

describe('a reserve', () => {
  const reserve = (used: number, fields: Partial<UsageWindow> = {}) =>
    week(used, { id: 'r:weekly', limitId: 'r', reserve: 'open', ...fields });
  const spent = { windows: [week(100)], allowed: false };
  const kindWith = (...extra: UsageWindow[]) => status({ ...spent, extra }).kind;

  it('it takes requests as long as all its windows have room', () => {
    expect(status({ ...spent, extra: [reserve(24)] })).toEqual({ kind: 'onReserve', reserve: reserve(24), window: week(100) });
    expect(kindWith(reserve(100))).toBe('spent');
    expect(kindWith(reserve(24, { reserve: 'closed' }))).toBe('spent');
    expect(kindWith(reserve(24), reserve(100, { id: 'r:5h' }))).toBe('spent');
    expect(status({ ...spent, extra: [reserve(24), reserve(60, { id: 'r:5h' })] })).toMatchObject({ reserve: { used: 60 } });
    expect(kindWith(reserve(100), reserve(90, { id: 's:weekly', limitId: 's' }))).toBe('onReserve');
  });

  it('it does not count while something else pays or nothing is in the way', () => {
    const extra = [reserve(24)];
    expect(status({ windows: [week(58)], allowed: true, extra }).kind).toBe('normal');
    expect(status({ windows: [week(100)], allowed: true, credits: credits(), extra }).kind).toBe('spentOnCredits');
    expect(status({ windows: [five(100)], allowed: false, extra }, now + 2 * hour).kind).toBe('resetPassed');
  });

  it('an additional limit that is no reserve does not stand in for the main one', () => {
    expect(kindWith(week(10, { id: 'spark:weekly', limitId: 'spark' }))).toBe('spent');
  });

  it('it stands in for credits of a workspace and for a limit that is not reported too', () => {
    const extra = [reserve(24)];
    expect(status({ ...member, windows: [week(58)], extra })).toEqual({ kind: 'onReserve', reserve: reserve(24) });
    expect(status({ allowed: false, windows: [week(58)], extra })).toEqual({ kind: 'onReserve', reserve: reserve(24) });
  });
});

describe('a reset that has passed without confirmation', () => {
  const past = now + 2 * hour;

  it.each<[string, Partial<UsageSnapshot>, object]>([
    [
      'a passed reset is the status when the other windows are normal',
      { windows: [five(34), week(58)] },
      { kind: 'resetPassed', window: five(34) },
    ],
    [
      'a passed reset is the status when its window was used up',
      { windows: [five(100), week(58)], allowed: false, limitReached: true },
      { kind: 'resetPassed', window: five(100) },
    ],
    [
      'a passed reset of a used-up window wins over another window that is low',
      { windows: [five(100), week(86)], allowed: false },
      { kind: 'resetPassed' },
    ],
    ['a passed reset is the status when there is no other window', { windows: [five(34)] }, { kind: 'resetPassed', window: five(34) }],
    ['another window that is low wins over a passed reset', { windows: [five(34), week(86)] }, { kind: 'low', window: week(86) }],
    [
      'another window that is used up wins over a passed reset',
      { windows: [five(100), week(100)], allowed: false },
      { kind: 'spent', window: week(100) },
    ],
    [
      'a refusal for another reason wins over a passed reset',
      { windows: [five(34), week(58)], allowed: false },
      { kind: 'blocked', window: week(58) },
    ],
    ['a workspace without credits wins over a passed reset', { windows: [five(100)], ...member }, { kind: 'outOfCredits' }],
  ])('%s', (_what, fields, expected) => {
    expect(status(fields, past - 1)).not.toMatchObject({ kind: 'resetPassed' });
    expect(status(fields, past)).toMatchObject(expected);
  });

  it('a reset after the reading, or less than two minutes before it, can have passed', () => {
    const passed = (resetAt: number, at = now) => isResetPassed(five(34, { resetAt }), now, at);
    expect(passed(now + 1)).toBe(false);
    expect(passed(now + 1, now + 1)).toBe(true);
    expect(passed(now)).toBe(true);
    expect(passed(now - 2 * minute + 1)).toBe(true);
    expect(passed(now - 2 * minute)).toBe(false);
    expect(isResetPassed(withoutReset(five(34)), now, now + day)).toBe(false);
  });

  it('a reset long before the reading is ignored: the reported usage stands, without an end', () => {
    const old = week(100, { resetAt: now - hour });
    expect(status({ windows: [old] })).toEqual({ kind: 'spent', window: old });
    expect(status({ windows: [week(40, { resetAt: now - hour })] })).toMatchObject({ kind: 'normal' });
  });
});
