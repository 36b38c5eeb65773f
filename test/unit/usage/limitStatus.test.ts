import { describe, expect, it } from 'vitest';
import { decodeUsage } from '../../../src/usage/decode/usage.ts';
import type { Credits, SpendLimit, UsageSnapshot } from '../../../src/usage/snapshot.ts';
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

describe('the captured payloads', () => {
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
  ])('stand: %s', (file, expected) => {
    const read = decodeUsage(readFixture(`usage/${file}.json`), { fetchedAt: now, clockOffset: 0 });
    expect(limitStatus(read ?? snapshot(), now, thresholds)).toMatchObject(expected);
  });
});

describe('what binds', () => {
  it.each<[string, Partial<UsageSnapshot>, LimitStatus]>([
    // Situations 3 to 7
    ['the window with the least left', { windows: [five(34), week(58)] }, { kind: 'normal', window: week(58) }],
    ['the shorter one where it has the least', { windows: [five(60), week(58)] }, { kind: 'normal', window: five(60) }],
    ['of two alike the one that resets later', { windows: [five(50), week(50)] }, { kind: 'normal', window: week(50) }],
    ['a window that is low', { windows: [five(86), week(58)] }, { kind: 'low', window: five(86) }],
    ['a window that is critical', { windows: [five(86), week(97)] }, { kind: 'critical', window: week(97) }],
    ['a window that is nearly used up', { windows: [five(99.9)] }, { kind: 'critical', window: five(99.9) }],
    // 8
    [
      'a week that is used up, however free the rest',
      { windows: [five(1), week(100)] },
      { kind: 'spent', window: week(100), until: now + 3 * day },
    ],
    [
      'of two that are used up the one that resets last',
      { windows: [five(100), week(100)] },
      { kind: 'spent', window: week(100), until: now + 3 * day },
    ],
    [
      'of those the one that resets nobody knows when',
      { windows: [withoutReset(five(100)), week(100)] },
      { kind: 'spent', window: withoutReset(five(100)) },
    ],
    [
      'a window that is used up though the service takes requests',
      { windows: [week(100)], allowed: true, limitReached: true },
      { kind: 'spent', window: week(100), until: now + 3 * day },
    ],
    // 9
    [
      'credits where a window is used up',
      { windows: [week(100)], allowed: true, credits: credits() },
      { kind: 'spentOnCredits', window: week(100), credits: credits() },
    ],
    [
      'credits of an unknown balance',
      { windows: [week(100)], credits: { has: true, isUnlimited: false } },
      { kind: 'spentOnCredits', window: week(100), credits: { has: true, isUnlimited: false } },
    ],
    [
      'credits without end',
      { windows: [week(100)], credits: { has: false, isUnlimited: true } },
      { kind: 'spentOnCredits', window: week(100), credits: { has: false, isUnlimited: true } },
    ],
    // 10
    [
      'nothing, where credits pay',
      { credits: credits({ isUnlimited: true }) },
      { kind: 'noFixedLimit', credits: credits({ isUnlimited: true }) },
    ],
    ['nothing, where there are credits', { credits: credits() }, { kind: 'noFixedLimit', credits: credits() }],
    [
      'nothing, where the allowance has no cap',
      { credits: credits(), spend: [{ kind: 'individual', used: 7, isReached: false }] },
      { kind: 'noFixedLimit', credits: credits() },
    ],
    // 11
    ['an allowance', { spend: [own()] }, { kind: 'allowance', level: 'normal', limit: own() }],
    [
      'the allowance with the least left',
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
      'an allowance without anything left',
      { spend: [own({ leftPercent: 0 })] },
      { kind: 'allowance', level: 'spent', limit: own({ leftPercent: 0 }) },
    ],
    [
      'the allowance that the service says is reached, whatever it has left',
      { spend: [own({ isReached: true }), pool], isSpendReached: true },
      { kind: 'allowance', level: 'spent', limit: own({ isReached: true }) },
    ],
    ['a window before any allowance', { windows: [week(58)], spend: [own({ leftPercent: 1 })] }, { kind: 'normal', window: week(58) }],
    // 12
    ['credits of the workspace', { ...member }, { kind: 'outOfCredits', isOwner: false }],
    [
      'credits of the workspace that is the own',
      { ...member, reachedType: 'workspace_owner_credits_depleted' },
      { kind: 'outOfCredits', isOwner: true },
    ],
    [
      'credits of the workspace, and a window as well',
      { ...member, windows: [five(3), week(100)] },
      { kind: 'outOfCredits', isOwner: false, window: week(100) },
    ],
    ['credits of the workspace, but not the windows', { ...member, windows: [five(3)] }, { kind: 'outOfCredits', isOwner: false }],
    // 13
    [
      'nothing that is told, and the service takes nothing',
      { windows: [five(3), week(38)], allowed: false },
      { kind: 'blocked', window: week(38) },
    ],
    ['nothing that is told, and the limit is reached', { windows: [week(38)], limitReached: true }, { kind: 'blocked', window: week(38) }],
    ['nothing that is told, without windows', { allowed: false, credits: credits() }, { kind: 'blocked' }],
    [
      'an allowance that is reached, though the windows have room',
      { windows: [week(38)], allowed: false, spend: [own({ isReached: true })] },
      { kind: 'allowance', level: 'spent', limit: own({ isReached: true }) },
    ],
    ['an allowance that is reached and not told', { isSpendReached: true }, { kind: 'blocked' }],
    // 22
    ['nothing', {}, { kind: 'notReported' }],
    ['nothing, where there are no credits', { credits: credits({ has: false, balance: 0 }) }, { kind: 'notReported' }],
    ['nothing, where credits are used up', { credits: credits({ balance: 0 }) }, { kind: 'notReported' }],
    // 23
    [
      'no additional limit',
      { windows: [week(58)], extra: [week(100, { id: 'spark:weekly', limitId: 'spark' })] },
      { kind: 'normal', window: week(58) },
    ],
  ])('is %s', (_what, fields, expected) => {
    expect(status(fields)).toEqual(expected);
  });

  it('is the service, before what it says of the limit', () => {
    expect(status({ windows: [week(38)], allowed: true, limitReached: true })).toMatchObject({ kind: 'normal' });
    expect(status({ ...member, allowed: true, windows: [week(38)] })).toMatchObject({ kind: 'normal' });
    expect(status({ isSpendReached: true, allowed: true, credits: credits() })).toMatchObject({ kind: 'noFixedLimit' });
  });

  it.each<[string, Partial<UsageSnapshot>]>([
    ['the service takes nothing', { allowed: false, credits: credits() }],
    ['the limit is reached by its word', { limitReached: true, credits: credits() }],
    ['there are none left', { credits: credits({ balance: 0 }) }],
    ['there never were', { credits: credits({ has: false, balance: 0 }) }],
    ['no more may be spent', { credits: credits({ isOverageReached: true }) }],
    ['the allowance is reached', { credits: credits(), isSpendReached: true }],
  ])('is the window and not the credits where %s', (_when, fields) => {
    expect(status({ windows: [week(100)], ...fields })).toEqual({ kind: 'spent', window: week(100), until: now + 3 * day });
  });

  it('moves with the thresholds', () => {
    expect([79.9, 80, 94.9, 95].map(used => levelOf(used, thresholds))).toEqual(['normal', 'low', 'low', 'critical']);
    expect(limitStatus(snapshot({ windows: [week(58)] }), now, { warnAt: 50, criticalAt: 58 })).toMatchObject({ kind: 'critical' });
    expect(limitStatus(snapshot({ windows: [week(58)] }), now, { warnAt: 58, criticalAt: 59 })).toMatchObject({ kind: 'low' });
  });
});

describe('a reset that has passed unconfirmed', () => {
  const past = now + 2 * hour;

  it.each<[string, Partial<UsageSnapshot>, object]>([
    ['is shown where all else is well', { windows: [five(34), week(58)] }, { kind: 'resetPassed', window: five(34) }],
    [
      'is shown where it was in the way',
      { windows: [five(100), week(58)], allowed: false, limitReached: true },
      { kind: 'resetPassed', window: five(100) },
    ],
    [
      'is shown before another window that is low, where it was in the way',
      { windows: [five(100), week(86)], allowed: false },
      { kind: 'resetPassed' },
    ],
    ['is shown where there is no other window', { windows: [five(34)] }, { kind: 'resetPassed', window: five(34) }],
    ['is not shown where another window is low', { windows: [five(34), week(86)] }, { kind: 'low', window: week(86) }],
    [
      'is not shown where another window is used up',
      { windows: [five(100), week(100)], allowed: false },
      { kind: 'spent', window: week(100) },
    ],
    ['is not shown where something else blocks', { windows: [five(34), week(58)], allowed: false }, { kind: 'blocked', window: week(58) }],
    ['is not shown where the workspace has no credits', { windows: [five(100)], ...member }, { kind: 'outOfCredits' }],
  ])('%s', (_what, fields, expected) => {
    expect(status(fields, past - 1)).not.toMatchObject({ kind: 'resetPassed' });
    expect(status(fields, past)).toMatchObject(expected);
  });

  it('is one that lies after the reading or was under way then, and no older one', () => {
    const passed = (resetAt: number, at = now) => isResetPassed(five(34, { resetAt }), now, at);
    expect(passed(now + 1)).toBe(false);
    expect(passed(now + 1, now + 1)).toBe(true);
    expect(passed(now)).toBe(true);
    expect(passed(now - 2 * minute + 1)).toBe(true);
    expect(passed(now - 2 * minute)).toBe(false);
    expect(isResetPassed(withoutReset(five(34)), now, now + day)).toBe(false);
  });

  it('of long ago is no reset: what the service tells is kept, without an end', () => {
    const old = week(100, { resetAt: now - hour });
    expect(status({ windows: [old] })).toEqual({ kind: 'spent', window: old });
    expect(status({ windows: [week(40, { resetAt: now - hour })] })).toMatchObject({ kind: 'normal' });
  });
});
