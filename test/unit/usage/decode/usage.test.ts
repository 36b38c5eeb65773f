import { describe, expect, it } from 'vitest';
import { decodeResetCredits, decodeUsage } from '../../../../src/usage/decode/usage.ts';
import type { Credits, UsageSnapshot, UsageWindow, WindowKind } from '../../../../src/usage/snapshot.ts';
import type { WindowOrigin } from '../../../../src/usage/decode/windows.ts';
import { captured, readFixture } from '../../support/captured.ts';

const fetchedAt = Date.parse('2026-11-23T16:00:00Z');
const answered = { fetchedAt, clockOffset: 0 };
const at = (seconds: number): number => seconds * 1000;
const decode = (body: unknown): UsageSnapshot | undefined => decodeUsage(body, answered);

const ofLimit = (limitId: string, limitName?: string) => ({
  limitId,
  source: 'usage' as const,
  ...(limitName === undefined ? {} : { limitName }),
});
const spark = ofLimit('codex_bengalfox', 'GPT-5.3-Codex-Spark');
const codex = ofLimit('codex');
const codeReview = ofLimit('code-review');
const running = (origin: WindowOrigin, kind: WindowKind, lengthSeconds: number, used: number, resetsAt: number): UsageWindow => ({
  ...origin,
  id: `${origin.limitId}:${kind}`,
  kind,
  lengthSeconds,
  used,
  resetAt: at(resetsAt),
  isActive: true,
});
const takes = { allowed: true, limitReached: false };
const refuses = { allowed: false, limitReached: true };
const none = { has: false, isUnlimited: false, isOverageReached: false };
const noCredits: Credits = { ...none, balance: 0, localMessages: [0, 0], cloudMessages: [0, 0] };

/** Each captured payload, decoded. */
const payloads: readonly [string, Omit<UsageSnapshot, 'v' | 'fetchedAt'>][] = [
  [
    '01-plus-5h-and-weekly',
    {
      plan: 'plus',
      windows: [running(codex, '5h', 18_000, 34, 1795457520), running(codex, 'weekly', 604_800, 58, 1795708800)],
      extra: [],
      ...takes,
      credits: noCredits,
      spend: [],
      isSpendReached: false,
      resetCredits: { available: 1, applicable: 1 },
      partial: [],
    },
  ],
  [
    '02-weekly-only-in-primary',
    {
      plan: 'pro',
      windows: [running(codex, 'weekly', 604_800, 16, 1795960606)],
      extra: [],
      ...takes,
      credits: noCredits,
      spend: [],
      isSpendReached: false,
      resetCredits: { available: 3, applicable: 0 },
      partial: [],
    },
  ],
  [
    '03-free-monthly-unused-sliding-reset',
    {
      plan: 'free',
      windows: [
        { ...codex, id: 'codex:monthly', kind: 'monthly', lengthSeconds: 2_592_000, used: 0, resetAt: at(1798041600), isActive: false },
      ],
      extra: [],
      ...takes,
      credits: none,
      spend: [],
      isSpendReached: false,
      resetCredits: { available: 0, applicable: 0 },
      partial: [],
    },
  ],
  [
    '04-pro-with-spark-additional-limits',
    {
      plan: 'pro',
      windows: [running(codex, '5h', 18_000, 22, 1795461945), running(codex, 'weekly', 604_800, 43, 1795752000)],
      extra: [
        running(spark, '5h', 18_000, 30, 1795455600),
        running(spark, 'weekly', 604_800, 100, 1795506389),
        running(codeReview, 'weekly', 604_800, 9, 1795752000),
      ],
      ...takes,
      credits: { ...none, has: true, balance: 812.5, localMessages: [40, 210], cloudMessages: [8, 42] },
      spend: [],
      isSpendReached: false,
      resetCredits: { available: 0 },
      partial: [],
    },
  ],
  [
    '05-weekly-exhausted-blocks-5h',
    {
      plan: 'plus',
      windows: [running(codex, '5h', 18_000, 1, 1795467600), running(codex, 'weekly', 604_800, 100, 1795884357)],
      extra: [],
      ...refuses,
      reachedType: 'rate_limit_reached',
      credits: noCredits,
      spend: [],
      isSpendReached: false,
      resetCredits: { available: 0 },
      partial: [],
    },
  ],
  [
    '06-team-weekly-exhausted-with-spend-control',
    {
      plan: 'team',
      windows: [running(codex, 'weekly', 604_800, 100, 1795495562)],
      extra: [],
      ...refuses,
      reachedType: 'workspace_member_credits_depleted',
      credits: { ...none, has: true },
      spend: [{ kind: 'individual', limit: 1000, used: 412.5, leftPercent: 58.75, resetAt: at(1796104800), isReached: false }],
      isSpendReached: false,
      partial: [],
    },
  ],
  [
    '07-enterprise-credits-no-windows',
    {
      plan: 'enterprise_cbp_usage_based',
      windows: [],
      extra: [],
      ...takes,
      credits: { ...none, has: true, isUnlimited: true },
      spend: [
        {
          kind: 'individual',
          limit: 100_000,
          used: 7761,
          leftPercent: expect.closeTo(92.239) as number,
          resetAt: at(1796104800),
          isReached: false,
        },
        {
          kind: 'workspace_shared',
          limit: 250_000,
          used: 181_000,
          leftPercent: expect.closeTo(27.6) as number,
          resetAt: at(1796104800),
          isReached: false,
        },
      ],
      isSpendReached: false,
      partial: [],
    },
  ],
  [
    '08-hostile-shapes',
    {
      plan: 'quantum_2027',
      windows: [
        running(codex, 'annual', 31_536_000, 5, 1804449600),
        { ...codex, id: 'codex:unknown', kind: 'unknown', used: 100, resetAt: at(1795449588), isActive: true },
      ],
      extra: [{ ...running(ofLimit('codex_other', 'Codex Other'), 'other', 900, 100, 1795450500), id: 'codex_other:15m' }],
      allowed: true,
      limitReached: true,
      reachedType: 'moon_phase',
      credits: { has: true, isUnlimited: false },
      spend: [],
      partial: [
        'rate_limit.secondary_window.used_percent',
        'additional_rate_limits[0]',
        'additional_rate_limits[1]',
        'additional_rate_limits[2].limit_name',
        'additional_rate_limits[3].limit_name',
        'credits.balance',
        'credits.approx_local_messages',
        'spend_control.reached',
      ],
    },
  ],
  ['09-no-rate-limit-object', { plan: 'free_workspace', windows: [], extra: [], spend: [], partial: [] }],
  [
    '10-reversed-slots-with-fractions',
    {
      plan: 'prolite',
      windows: [running(codex, '5h', 18_000, 40.25, 1795449600), running(codex, 'weekly', 604_800, 21.5, 1795840863)],
      extra: [running(codeReview, 'weekly', 604_800, 99, 1795840863)],
      ...takes,
      credits: { has: true, isUnlimited: false, isOverageReached: false, balance: 4.52, localMessages: [1, 6] },
      spend: [],
      resetCredits: { available: 2 },
      partial: [],
    },
  ],
];

describe('decodeUsage', () => {
  it.each(payloads)('the captured payload %s is decoded completely', (file, expected) => {
    expect(decode(readFixture(`usage/${file}.json`))).toEqual({ v: 1, fetchedAt, ...expected });
  });

  it.each(payloads)('the decoded payload %s survives JSON', file => {
    const snapshot = decode(readFixture(`usage/${file}.json`));
    expect(JSON.parse(JSON.stringify(snapshot))).toEqual(snapshot);
  });

  it.each([[undefined], [null], ['text'], [7], [[]], [{}], [{ detail: 'Forbidden' }], [{ error: { code: 'x' } }]])(
    'a body that is %j gives nothing',
    body => {
      expect(decode(body)).toBeUndefined();
    },
  );

  it('a decoded reading has no personal data', () => {
    const text = JSON.stringify(decode(readFixture('usage/01-plus-5h-and-weekly.json')));
    expect(text).not.toMatch(/EXAMPLE|example|00000000-/);
  });

  it('a payload may have only a plan, only windows, or an invalid plan', () => {
    expect(decode({ plan_type: 'free' })).toMatchObject({ plan: 'free', windows: [], partial: [] });
    expect(decode({ rate_limit: null })).toMatchObject({ windows: [], partial: [] });
    const neither = decode({ plan_type: 7, rate_limit: [] });
    expect(neither).toMatchObject({ windows: [], partial: ['plan_type', 'rate_limit'] });
    expect(neither).not.toHaveProperty('plan');
  });

  it('reset times are converted when the clocks differ by more than two minutes, and kept otherwise', () => {
    const body = readFixture('usage/01-plus-5h-and-weekly.json');
    const near = decodeUsage(body, { fetchedAt, clockOffset: 120_000 });
    expect(near?.windows[0]?.resetAt).toBe(at(1795457520));
    expect(near).not.toHaveProperty('clockOffset');
    const ahead = decodeUsage(body, { fetchedAt, clockOffset: 3_600_000 });
    expect(ahead).toMatchObject({
      clockOffset: 3_600_000,
      windows: [{ resetAt: at(1795457520 - 3600) }, { resetAt: at(1795708800 - 3600) }],
    });
    const behind = decodeUsage(body, { fetchedAt, clockOffset: -121_000 });
    expect(behind).toMatchObject({ clockOffset: -121_000, windows: [{ resetAt: at(1795457520 + 121) }, {}] });
  });

  it('the type of a reached limit may be an object or a string', () => {
    const typeOf = (value: unknown) => decode({ plan_type: 'plus', rate_limit_reached_type: value });
    expect(typeOf({ type: 'rate_limit_reached' })?.reachedType).toBe('rate_limit_reached');
    expect(typeOf('rate_limit_reached')?.reachedType).toBe('rate_limit_reached');
    for (const value of [null, undefined, {}, { type: null }]) {
      expect(typeOf(value)).toMatchObject({ partial: [] });
      expect(typeOf(value)).not.toHaveProperty('reachedType');
    }
    expect(typeOf(7)?.partial).toEqual(['rate_limit_reached_type']);
    expect(typeOf({ type: 7 })?.partial).toEqual(['rate_limit_reached_type.type']);
  });

  it('a boolean may be a string, and any other value is reported as a partial field', () => {
    expect(decode({ rate_limit: { allowed: 'False', limit_reached: ' true ' } })).toMatchObject({ allowed: false, limitReached: true });
    const bad = decode({ rate_limit: { allowed: 'yes', limit_reached: 1 } });
    expect(bad?.partial).toEqual(['rate_limit.allowed', 'rate_limit.limit_reached']);
    expect(bad).not.toHaveProperty('allowed');
  });

  it('at most 32 partial fields are reported, and unusual names are replaced', () => {
    const many = decode({ plan_type: 'plus', additional_rate_limits: Array.from({ length: 1000 }, () => 'x') });
    expect(many?.partial).toHaveLength(32);
    const odd = decode({ rate_limit: { 'dev@example.invalid_window': 'x', [`${'a'.repeat(50)}_window`]: 'x' } });
    expect(odd?.partial).toEqual(['rate_limit.*']);
  });

  it('long names are cut, and line breaks and direction marks removed', () => {
    expect(decode({ plan_type: ` plus\n\u202eteam ${'x'.repeat(100)}` })?.plan).toMatch(/^plus team x{54}$/);
    expect(decode({ plan_type: `${'x'.repeat(63)}😀😀` })?.plan).toBe(`${'x'.repeat(63)}😀`);
  });
});

describe('decodeUsage: additional limits', () => {
  const window = { used_percent: 1, limit_window_seconds: 18_000 };
  const extraOf = (...items: unknown[]) => decode({ plan_type: 'pro', additional_rate_limits: items })?.extra;

  it.each([
    ['by its name', { limit_name: 'Spark', metered_feature: 'codex_spark' }, 'codex_spark', 'Spark'],
    ['by its feature in readable form', { limit_name: null, metered_feature: 'codex_spark' }, 'codex_spark', 'Codex Spark'],
    ['by its name alone', { limit_name: 'Spark' }, 'Spark', 'Spark'],
    ['by a default', {}, 'additional', undefined],
  ])('an additional limit is named %s', (_how, names, limitId, limitName) => {
    const [extra] = extraOf({ ...names, rate_limit: { primary_window: window } }) ?? [];
    expect(extra).toMatchObject({ id: `${limitId}:5h`, limitId });
    expect(extra?.limitName).toBe(limitName);
  });

  it('an additional limit without windows is left out, and the others stay', () => {
    const good = { limit_name: 'Good', metered_feature: 'good', rate_limit: { secondary_window: window } };
    expect(extraOf(null, { limit_name: 'A', rate_limit: null }, good, { limit_name: 'B' })).toMatchObject([{ id: 'good:5h' }]);
  });

  it("an additional limit with the main limit's name gets an id of its own", () => {
    const additional = [{ metered_feature: 'codex', limit_name: 'Odd', rate_limit: { primary_window: window } }];
    const both = decode({ rate_limit: { primary_window: window }, additional_rate_limits: additional });
    expect(both?.windows).toMatchObject([{ id: 'codex:5h' }]);
    expect(both?.extra).toMatchObject([{ id: 'codex:5h(2)', limitName: 'Odd' }]);
  });
});

describe('decodeUsage: credits', () => {
  const creditsOf = (credits: unknown) => decode({ plan_type: 'pro', credits });

  it.each([
    ['0E-10', 0],
    ['812.50', 812.5],
    [4.52, 4.52],
    [0, 0],
    [-3, 0],
  ])('a balance of %j is read as %f', (balance, expected) => {
    expect(creditsOf({ has_credits: true, unlimited: false, balance })?.credits?.balance).toBe(expected);
  });

  it.each([
    [{ balance: 3 }, { has: true, isUnlimited: false, balance: 3 }],
    [{ balance: 0 }, { has: false, isUnlimited: false, balance: 0 }],
    [{ unlimited: true }, { has: true, isUnlimited: true }],
    [{ has_credits: false }, { has: false, isUnlimited: false }],
    [{}, undefined],
    [null, undefined],
    [[], undefined],
  ])('credits are read as far as they are valid: %j', (credits, expected) => {
    expect(creditsOf(credits)?.credits).toEqual(expected);
  });

  it.each([[[1]], [[3, 1]], [[-1, 2]], [['a', 2]], [[1, 2, 3]], [7]])('an invalid number of messages is a partial field: %j', messages => {
    const snapshot = creditsOf({ has_credits: true, approx_cloud_messages: messages });
    expect(snapshot?.credits).not.toHaveProperty('cloudMessages');
    expect(snapshot?.partial).toEqual(['credits.approx_cloud_messages']);
  });
});

describe('decodeUsage: allowances', () => {
  const own = { limit: '1000', used: '250' };
  const spendOf = (body: object) => decode({ plan_type: 'team', ...body });
  const individual = (fields: object) => spendOf({ spend_control: { individual_limit: fields } })?.spend[0];

  it("the first of three places for the person's allowance counts", () => {
    const [a, b, c] = [1, 2, 3].map(limit => ({ limit, used: 0 }));
    const limitOf = (body: object) => spendOf(body)?.spend.map(({ kind, limit }) => [kind, limit]);
    expect(limitOf({ individual_limit: a, rate_limit: { individual_limit: b }, spend_control: { individual_limit: c } })).toEqual([
      ['individual', 1],
    ]);
    expect(limitOf({ individual_limit: null, rate_limit: { individual_limit: b }, spend_control: { individual_limit: c } })).toEqual([
      ['individual', 2],
    ]);
    expect(limitOf({ individual_limit: {}, rate_limit: null, spend_control: { individual_limit: c } })).toEqual([['individual', 3]]);
  });

  it('allowances of workspace, role and group are read, without the name of the group', () => {
    const wrapped = { group_id: 'g-1', group_name: 'Team of Ada', details: own };
    const control = {
      reached: true,
      reached_limit_type: 'group_shared',
      workspace_shared_limit: own,
      group_shared_limit: wrapped,
      group_default_limit: wrapped,
      role_budget_limit: own,
      workspace_default_limit: own,
    };
    const snapshot = spendOf({ spend_control: control });
    expect(snapshot?.spend.map(({ kind, leftPercent, isReached }) => [kind, leftPercent, isReached])).toEqual([
      ['workspace_default', 75, false],
      ['role_budget', 75, false],
      ['group_default', 75, false],
      ['group_shared', 75, true],
      ['workspace_shared', 75, false],
    ]);
    expect(JSON.stringify(snapshot)).not.toMatch(/Ada|g-1/);
  });

  it.each<[string, object, object | undefined]>([
    [
      'amounts, which win over percentages',
      { ...own, remaining_percent: 74, used_percent: 26 },
      { limit: 1000, used: 250, leftPercent: 75 },
    ],
    ['the remaining amount', { limit: 200, remaining: '50' }, { limit: 200, used: 150, leftPercent: 25 }],
    ['a percentage left', { remaining_percent: 12.5 }, { leftPercent: 12.5 }],
    ['a percentage used', { used_percent: '30' }, { leftPercent: 70 }],
    ['a limit alone', { limit: 5, remaining_percent: 40 }, { limit: 5, leftPercent: 40 }],
    ['no cap', { limit: null, used: '7', remaining_percent: 100 }, { used: 7 }],
    ['more usage than the limit', { limit: 10, used: 12 }, { limit: 10, used: 12, leftPercent: 0, isReached: true }],
    ['more remaining than the limit', { limit: 10, remaining: 12 }, { limit: 10, used: 0, leftPercent: 100 }],
    ['a limit of zero', { limit: 0, used: 0 }, { limit: 0, used: 0, leftPercent: 0, isReached: true }],
    ['negative amounts', { limit: -5, used: -1 }, { limit: 0, used: 0, leftPercent: 0, isReached: true }],
    ['a source alone', { source: 'workspace_spend_controls' }, undefined],
  ])('an allowance is read from %s', (_what, fields, expected) => {
    expect(individual(fields)).toEqual(expected && { kind: 'individual', isReached: false, ...expected });
  });

  it.each([
    [{ reset_at: 1796104800 }, at(1796104800)],
    [{ resets_at: '1796104800' }, at(1796104800)],
    [{ resetsAt: '2026-12-01T06:00:00Z' }, at(1796104800)],
    [{ reset_after_seconds: 60 }, fetchedAt + 60_000],
    [{ reset_at: 0 }, undefined],
  ])('the reset of an allowance is read from %j', (fields, resetAt) => {
    expect(individual({ ...own, ...fields })?.resetAt).toBe(resetAt);
  });

  it.each<[string, object, boolean[], boolean | undefined]>([
    ['the service names it', { reached: true, reached_limit_type: 'workspace_shared' }, [false, true], true],
    ['the service names one that it does not report', { reached: true, reached_limit_type: 'role_budget' }, [false, false], true],
    ['the service names none and one is used up', { reached: true, individual_limit: { limit: 1, used: 1 } }, [true, false], true],
    ['the service reports it and none is used up', { reached: true }, [false, false], true],
    ['the service denies it although one is used up', { reached: false, individual_limit: { limit: 1, used: 1 } }, [false, false], false],
    ['the service does not say and one is used up', { individual_limit: { limit: 1, used: 1 } }, [true, false], true],
    ['the service does not say and none is used up', {}, [false, false], undefined],
  ])('allowances are reached as expected when %s', (_when, control, each, whole) => {
    const snapshot = spendOf({ spend_control: { individual_limit: own, workspace_shared_limit: own, ...control } });
    expect(snapshot?.spend.map(({ isReached }) => isReached)).toEqual(each);
    expect(snapshot?.isSpendReached).toBe(whole);
  });

  it('the only allowance is the reached one when the service names none', () => {
    expect(spendOf({ spend_control: { reached: true, individual_limit: own } })?.spend).toMatchObject([{ isReached: true }]);
  });
});

describe('decodeResetCredits', () => {
  it('saved resets are counted, with the next expiry of those available', () => {
    expect(decodeResetCredits(readFixture('usage/reset-credits.json'), answered)).toEqual({
      available: 1,
      nextExpiry: Date.parse('2026-12-04T02:26:28.731Z'),
    });
  });

  it.each([
    [
      { available_count: 3, applicable_available_count: 1 },
      { available: 3, applicable: 1 },
    ],
    [
      { available_count: 1, applicable_available_count: 4 },
      { available: 1, applicable: 1 },
    ],
    [
      { available_count: 1, applicable_available_count: -2 },
      { available: 1, applicable: 0 },
    ],
    [
      { available_count: 2, can_reset: false },
      { available: 2, applicable: 0 },
    ],
    [{ available_count: 2, can_reset: true }, { available: 2 }],
  ])('saved resets say how many of them can be used now: %j', (body, expected) => {
    expect(decodeResetCredits(body, { fetchedAt: Date.parse('2026-11-23T16:00:00Z'), clockOffset: 0 })).toEqual(expected);
  });

  it.each<[string, object, string | undefined]>([
    ['its name', { limit_name: 'Luna Reserve' }, 'open'],
    ['its feature', { limit_name: 'x', metered_feature: 'base_model_inference' }, 'open'],
    ['the model that it stands in for', { limit_name: 'x', normal_model_slug: 'gpt-5.6-luna' }, 'open'],
    ['nothing', { limit_name: 'Preserved', metered_feature: 'y', normal_model_slug: null }, undefined],
  ])('a reserve is known by %s', (_by, fields, reserve) => {
    const limit = { primary_window: { used_percent: 1, limit_window_seconds: 604_800 } };
    const body = (more: object) => ({ plan_type: 'pro', additional_rate_limits: [{ ...fields, rate_limit: { ...limit, ...more } }] });
    const read = (more: object) =>
      decodeUsage(body(more), { fetchedAt: Date.parse('2026-11-23T16:00:00Z'), clockOffset: 0 })?.extra[0]?.reserve;
    expect(read({ allowed: true })).toBe(reserve);
    expect(read({ limit_reached: true })).toBe(reserve && 'closed');
    expect(read({})).toBe(reserve);
  });

  it('the ids of saved resets are not kept', () => {
    expect(JSON.stringify(decodeResetCredits(readFixture('usage/reset-credits.json'), answered))).not.toContain('EXAMPLE');
  });

  it('saved resets in a usage payload are read too', () => {
    const credits = [
      { status: 'available', expires_at: '2026-12-09T00:00:00Z' },
      { status: 'available', expires_at: null },
      { expires_at: '2026-12-08T00:00:00Z' },
      { status: 'available', expires_at: '2026-11-01T00:00:00Z' },
      { status: 'expired', expires_at: '2026-12-01T00:00:00Z' },
    ];
    const usage = decode({ plan_type: 'plus', rate_limit_reset_credits: { credits } });
    expect(usage?.resetCredits).toEqual({ available: 4, nextExpiry: Date.parse('2026-12-08T00:00:00Z') });
  });

  it.each([
    [{ available_count: '2' }, { available: 2 }],
    [{ available_count: -1 }, { available: 0 }],
    [{ available_count: 1.5 }, { available: 1 }],
    [{ credits: [], available_count: 0 }, { available: 0 }],
    [{ detail: 'x' }, undefined],
    [null, undefined],
    ['x', undefined],
  ])('saved resets are read as far as they are valid: %j', (body, expected) => {
    expect(decodeResetCredits(body, answered)).toEqual(expected);
  });
});

const { classify } = readFixture('usage/pace-vectors.json') as {
  classify: { limit_window_seconds: number | null; label: string }[];
};

describe('decodeUsage: windows', () => {
  const windowOf = (window: unknown) => decode({ rate_limit: { primary_window: window } })?.windows;
  const kindOf = (seconds: unknown) => windowOf({ used_percent: 1, limit_window_seconds: seconds })?.[0]?.kind;

  it.each([
    ['5h', 300],
    ['daily', 1_440],
    ['weekly', 10_080],
    ['monthly', 43_200],
    ['annual', 525_600],
  ])('a window is %s by its length, give or take five percent', (kind, minutes) => {
    expect([0.95, 1, 1.05].map(share => kindOf(Math.round(minutes * share) * 60))).toEqual([kind, kind, kind]);
    expect([0.94, 1.06].map(share => kindOf(Math.round(minutes * share) * 60))).toEqual(['other', 'other']);
  });

  it.each([
    ['a length that rounds up to a named one', 314 * 60 + 1, '5h'],
    ['a length just above a named one', 315 * 60 + 1, 'other'],
    ['a length as a string', '18000', '5h'],
    ['another length', 32_400, 'other'],
    ['no length', undefined, 'unknown'],
    ['the length 0', 0, 'unknown'],
    ['a negative length', -1, 'unknown'],
    ['a length of less than a second', 0.9, 'unknown'],
    ['a length of a second', 1, 'other'],
    ['a length that is no number', 'long', 'unknown'],
    ['an impossibly large length', 1e100, 'unknown'],
  ])('a window with %s has the expected kind', (_what, seconds, kind) => {
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
  ])('a usage of %j percent is read as %f', (percent, used) => {
    expect(windowOf({ used_percent: percent })?.[0]?.used).toBe(used);
  });

  it.each([[undefined], [null], ['bad'], [''], [' '], [true], [Number.NaN], [[12]]])(
    'a window with a usage of %j percent is left out',
    percent => {
      expect(windowOf({ used_percent: percent, limit_window_seconds: 18_000 })).toEqual([]);
    },
  );

  it.each([
    ['Unix seconds', { reset_at: 1795457520 }, at(1795457520)],
    ['Unix seconds with a fraction, to the millisecond', { reset_at: 1795457520.12345 }, 1795457520_123],
    ['Unix seconds as a string', { reset_at: '1795457520' }, at(1795457520)],
    ['a date', { reset_at: '2026-11-27T09:30:00Z' }, Date.parse('2026-11-27T09:30:00Z')],
    ['a time beyond 2038', { reset_at: 4102444800 }, at(4102444800)],
    ['seconds from now, where the time is absent', { reset_after_seconds: 60 }, fetchedAt + 60_000],
    ['seconds from now, where the time is null', { reset_at: null, reset_after_seconds: '60' }, fetchedAt + 60_000],
    ['the time, which wins over the seconds', { reset_at: 1795457520, reset_after_seconds: 60 }, at(1795457520)],
    ['0, which is none', { reset_at: 0, reset_after_seconds: 60 }, undefined],
    ['seconds from now, where the time is nonsense', { reset_at: 'soon 1', reset_after_seconds: 60 }, fetchedAt + 60_000],
    ['a date without a zone, which is in UTC', { reset_at: '2026-11-27 09:30' }, Date.parse('2026-11-27T09:30:00Z')],
    ['a date without a time', { reset_at: '2026-11-27' }, Date.parse('2026-11-27T00:00:00Z')],
    ['an impossible day', { reset_at: '2026-11-77' }, undefined],
    ['a negative time', { reset_at: -5 }, undefined],
    ['an impossibly large time', { reset_at: 1e100 }, undefined],
    ['impossibly many seconds', { reset_after_seconds: 1e100 }, undefined],
    ['negative seconds, which is none', { reset_after_seconds: -12 }, undefined],
    ['no field', {}, undefined],
  ])('a reset is read from %s', (_what, fields, resetAt) => {
    const [window] = windowOf({ used_percent: 1, ...fields }) ?? [];
    expect(window?.resetAt).toBe(resetAt);
    expect(Object.hasOwn(window ?? {}, 'resetAt')).toBe(resetAt !== undefined);
  });

  it('any field whose name ends in _window is a window, and an invalid one drops no other', () => {
    const limit = {
      allowed: true,
      primary_window: null,
      secondary_window: 'x',
      tertiary_window: { used_percent: 3, limit_window_seconds: 18_000 },
      windows: { used_percent: 4 },
    };
    expect(decode({ rate_limit: limit })?.windows).toMatchObject([{ kind: '5h', lengthSeconds: 18_000, used: 3 }]);
    expect(decode({ rate_limit: limit })?.partial).toEqual(['rate_limit.secondary_window']);
  });

  it.each<[string, object, boolean]>([
    ['is used', { used_percent: 1, reset_at: 1795449600 + 18_000 }, true],
    ['is unused and resets its length after the reading', { used_percent: 0, reset_at: 1795449600 + 18_000 }, false],
    ['is unused and resets nearly so', { used_percent: 0, reset_at: 1795449600 + 18_000 - 120 }, false],
    ['is unused and has begun', { used_percent: 0, reset_at: 1795449600 + 18_000 - 121 }, true],
    ['is unused and resets later than its length', { used_percent: 0, reset_at: 1795449600 + 18_000 + 121 }, true],
    ['has the reset 0', { used_percent: 12, reset_at: 0 }, false],
    ['has no field for the reset', { used_percent: 0 }, true],
  ])('a window that %s is active as expected: %j', (_what, fields, isActive) => {
    expect(windowOf({ limit_window_seconds: 18_000, ...fields })?.[0]?.isActive).toBe(isActive);
  });

  it('windows of the same length get numbers', () => {
    const one = { used_percent: 1, limit_window_seconds: 604_800 };
    const unknown = { used_percent: 2 };
    const limit = {
      a_window: one,
      b_window: one,
      c_window: unknown,
      d_window: unknown,
      e_window: { ...one, limit_window_seconds: 32_400 },
    };
    const named = decode({ rate_limit: limit })?.windows.map(({ id, ordinal }: UsageWindow) => [id, ordinal]);
    expect(named).toEqual([
      ['codex:540m', undefined],
      ['codex:weekly', undefined],
      ['codex:weekly(2)', 2],
      ['codex:unknown', undefined],
      ['codex:unknown(2)', 2],
    ]);
  });

  it.each(classify)('a window of $limit_window_seconds seconds is $label', ({ limit_window_seconds, label }) => {
    const isNamed = ['5h', 'daily', 'weekly', 'monthly', 'annual', 'unknown'].includes(label);
    expect(kindOf(limit_window_seconds)).toBe(isNamed ? label : 'other');
  });

  it('windows are sorted by length, those of unknown length last', () => {
    const lengths = [undefined, 604_800, 18_000, 2_592_000];
    const limit = Object.fromEntries(
      lengths.map((seconds, index) => [`${String(index)}_window`, { used_percent: 1, limit_window_seconds: seconds }]),
    );
    expect(decode({ rate_limit: limit })?.windows.map(({ kind }) => kind)).toEqual(['5h', 'weekly', 'monthly', 'unknown']);
  });
});

describe('decodeUsage beside the Codex CLI', () => {
  it.each(captured('usage-payload-probes').probes.filter(({ codex }) => codex.refused === undefined))(
    'both find the same windows in a payload $name',
    ({ payload, codex }) => {
      const theirs = [codex.primary, codex.secondary].flatMap(window => window ?? []);
      const ours = decode(payload)?.windows ?? [];
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
    'a payload that the Codex CLI refuses as a whole is read as far as possible: $name ($codex.refused)',
    ({ name, payload }) => {
      const snapshot = decode(payload);
      expect(snapshot?.windows).toHaveLength(name.endsWith('without rate_limit.primary_window.used_percent') ? 1 : 2);
    },
  );

  it('both refuse an empty payload', () => {
    expect(captured('usage-payload-probes').probes.find(({ name }) => name === '{}')?.codex.refused).toBeDefined();
    expect(decode({})).toBeUndefined();
  });
});
