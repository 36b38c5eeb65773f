import { describe, expect, it } from 'vitest';
import { decodeUsage } from '../../../src/usage/decode.ts';
import { captured, readFixture } from '../support/captured.ts';

const readAt = Date.parse('2026-11-23T16:00:00Z');
const at = (seconds: number): number => seconds * 1000;

describe('an answer about usage', () => {
  it.each<[string, string, object[]]>([
    [
      '01-plus-5h-and-weekly',
      'plus',
      [
        { kind: '5h', lengthSeconds: 18_000, used: 34, resetAt: at(1795457520) },
        { kind: 'weekly', lengthSeconds: 604_800, used: 58, resetAt: at(1795708800) },
      ],
    ],
    ['02-weekly-only-in-primary', 'pro', [{ kind: 'weekly', lengthSeconds: 604_800, used: 16, resetAt: at(1795960606) }]],
    ['03-free-monthly-unused-sliding-reset', 'free', [{ kind: 'monthly', lengthSeconds: 2_592_000, used: 0, resetAt: at(1798041600) }]],
    [
      '04-pro-with-spark-additional-limits',
      'pro',
      [
        { kind: '5h', lengthSeconds: 18_000, used: 22, resetAt: at(1795461945) },
        { kind: 'weekly', lengthSeconds: 604_800, used: 43, resetAt: at(1795752000) },
      ],
    ],
    [
      '05-weekly-exhausted-blocks-5h',
      'plus',
      [
        { kind: '5h', lengthSeconds: 18_000, used: 1, resetAt: at(1795467600) },
        { kind: 'weekly', lengthSeconds: 604_800, used: 100, resetAt: at(1795884357) },
      ],
    ],
    [
      '06-team-weekly-exhausted-with-spend-control',
      'team',
      [{ kind: 'weekly', lengthSeconds: 604_800, used: 100, resetAt: at(1795495562) }],
    ],
    ['07-enterprise-credits-no-windows', 'enterprise_cbp_usage_based', []],
    [
      '08-hostile-shapes',
      'quantum_2027',
      [
        { kind: 'annual', lengthSeconds: 31_536_000, used: 5, resetAt: at(1804449600) },
        { kind: 'unknown', used: 100, resetAt: at(1795449588) },
      ],
    ],
    ['09-no-rate-limit-object', 'free_workspace', []],
    [
      '10-reversed-slots-with-fractions',
      'prolite',
      [
        { kind: '5h', lengthSeconds: 18_000, used: 40.25, resetAt: at(1795449600) },
        { kind: 'weekly', lengthSeconds: 604_800, used: 21.5, resetAt: at(1795840863) },
      ],
    ],
  ])('is read as %s', (file, plan, windows) => {
    expect(decodeUsage(readFixture(`usage/${file}.json`), readAt)).toEqual({ readAt, plan, windows });
  });

  it.each([[undefined], [null], ['text'], [7], [[]], [{}], [{ detail: 'Forbidden' }], [{ error: { code: 'x' } }]])(
    'is none as %j',
    body => {
      expect(decodeUsage(body, readAt)).toBeUndefined();
    },
  );

  it('keeps nothing that tells who asked', () => {
    const text = JSON.stringify(decodeUsage(readFixture('usage/01-plus-5h-and-weekly.json'), readAt));
    expect(text).not.toMatch(/EXAMPLE|example|00000000-/);
  });

  it('may have a plan alone, windows alone, or a plan that is no word', () => {
    expect(decodeUsage({ plan_type: 'free' }, readAt)).toEqual({ readAt, plan: 'free', windows: [] });
    expect(decodeUsage({ rate_limit: null }, readAt)).toEqual({ readAt, windows: [] });
    expect(decodeUsage({ plan_type: 7, rate_limit: [] }, readAt)).toEqual({ readAt, windows: [] });
  });
});

describe('a window', () => {
  const windowOf = (window: unknown) => decodeUsage({ rate_limit: { primary_window: window } }, readAt)?.windows;
  const kindOf = (seconds: unknown) => windowOf({ used_percent: 1, limit_window_seconds: seconds })?.[0]?.kind;

  it.each([
    ['5h', 300],
    ['daily', 1_440],
    ['weekly', 10_080],
    ['monthly', 43_200],
    ['annual', 525_600],
  ])('is named %s by its length, five hundredths more or less', (kind, minutes) => {
    expect([0.95, 1, 1.05].map(share => kindOf(Math.round(minutes * share) * 60))).toEqual([kind, kind, kind]);
    expect([0.94, 1.06].map(share => kindOf(Math.round(minutes * share) * 60))).toEqual(['other', 'other']);
  });

  it.each([
    ['rounds a length up to whole minutes', 314 * 60 + 1, '5h'],
    ['and no further', 315 * 60 + 1, 'other'],
    ['takes a length as text', '18000', '5h'],
    ['has another length', 32_400, 'other'],
    ['has no length', undefined, 'unknown'],
    ['has the length 0', 0, 'unknown'],
    ['has a length below 0', -1, 'unknown'],
    ['has a length that is none', 'long', 'unknown'],
  ])('%s', (_what, seconds, kind) => {
    expect(kindOf(seconds)).toBe(kind);
  });

  it.each([
    [0, 0],
    [12.5, 12.5],
    ['12', 12],
    [' 12.5 ', 12.5],
    [130, 100],
    [-3, 0],
    [1e100, 100],
  ])('is used by %j as %f', (percent, used) => {
    expect(windowOf({ used_percent: percent })?.[0]?.used).toBe(used);
  });

  it.each([[undefined], [null], ['bad'], [''], [' '], [true], [Number.NaN], [[12]]])('is left out where it is used by %j', percent => {
    expect(windowOf({ used_percent: percent, limit_window_seconds: 18_000 })).toEqual([]);
  });

  it.each([
    ['Unix seconds', { reset_at: 1795457520 }, at(1795457520)],
    ['Unix seconds as text', { reset_at: '1795457520' }, at(1795457520)],
    ['a date', { reset_at: '2026-11-27T09:30:00Z' }, Date.parse('2026-11-27T09:30:00Z')],
    ['a time beyond 2038', { reset_at: 4102444800 }, at(4102444800)],
    ['seconds from now, where the time is absent', { reset_after_seconds: 60 }, readAt + 60_000],
    ['seconds from now, where the time is null', { reset_at: null, reset_after_seconds: '60' }, readAt + 60_000],
    ['the time before the seconds', { reset_at: 1795457520, reset_after_seconds: 60 }, at(1795457520)],
    ['0, which is none', { reset_at: 0, reset_after_seconds: 60 }, undefined],
    ['nonsense, which is none', { reset_at: 'soon', reset_after_seconds: 60 }, undefined],
    ['seconds below 0, which is none', { reset_after_seconds: -12 }, undefined],
    ['nothing', {}, undefined],
  ])('resets at %s', (_what, fields, resetAt) => {
    const [window] = windowOf({ used_percent: 1, ...fields }) ?? [];
    expect(window?.resetAt).toBe(resetAt);
    expect(Object.hasOwn(window ?? {}, 'resetAt')).toBe(resetAt !== undefined);
  });

  it('is found under any name that says so, and bad ones drop no others', () => {
    const limit = {
      allowed: true,
      primary_window: null,
      secondary_window: 'x',
      tertiary_window: { used_percent: 3, limit_window_seconds: 18_000 },
      windows: { used_percent: 4 },
    };
    expect(decodeUsage({ rate_limit: limit }, readAt)?.windows).toEqual([{ kind: '5h', lengthSeconds: 18_000, used: 3 }]);
  });

  it('stands before longer ones, and before those of unknown length', () => {
    const lengths = [undefined, 604_800, 18_000, 2_592_000];
    const limit = Object.fromEntries(
      lengths.map((seconds, index) => [`${String(index)}_window`, { used_percent: 1, limit_window_seconds: seconds }]),
    );
    expect(decodeUsage({ rate_limit: limit }, readAt)?.windows.map(({ kind }) => kind)).toEqual(['5h', 'weekly', 'monthly', 'unknown']);
  });
});

describe('a payload that was held against Codex', () => {
  it.each(captured('usage-payload-probes').probes.filter(({ codex }) => codex.refused === undefined))(
    'has the same windows for us: $name',
    ({ payload, codex }) => {
      const theirs = [codex.primary, codex.secondary].flatMap(window => window ?? []);
      const ours = decodeUsage(payload, readAt)?.windows ?? [];
      expect(ours.map(({ used }) => used).sort()).toEqual(theirs.map(({ usedPercent }) => Math.min(100, usedPercent)).sort());
      expect(ours.map(({ resetAt }) => resetAt).sort()).toEqual(
        theirs.map(({ resetsAt }) => (resetsAt > 0 ? at(resetsAt) : undefined)).sort(),
      );
      expect(ours.map(({ lengthSeconds }) => lengthSeconds && Math.ceil(lengthSeconds / 60)).sort()).toEqual(
        theirs.map(({ windowDurationMins }) => windowDurationMins ?? undefined).sort(),
      );
    },
  );

  it.each(captured('usage-payload-probes').probes.filter(({ codex, name }) => codex.refused !== undefined && name !== '{}'))(
    'is read by us as far as it goes, where Codex refuses all of it: $name ($codex.refused)',
    ({ name, payload }) => {
      const reading = decodeUsage(payload, readAt);
      expect(reading?.windows).toHaveLength(name.endsWith('without rate_limit.primary_window.used_percent') ? 1 : 2);
    },
  );

  it('is refused by both where there is nothing in it', () => {
    expect(captured('usage-payload-probes').probes.find(({ name }) => name === '{}')?.codex.refused).toBeDefined();
    expect(decodeUsage({}, readAt)).toBeUndefined();
  });
});
