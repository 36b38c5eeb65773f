/** Usage payloads that no service should send: the right fields with any value, in the right places and in others. */
import fc from 'fast-check';

/** Stands for all personal data in a payload; no decoded reading may contain it. */
export const personal = 'PERSON-7f3a';

const oddNumber = fc.constantFrom(
  Number.NaN,
  Infinity,
  -Infinity,
  -0,
  1e100,
  -1e100,
  1e308,
  5e-324,
  Number.MAX_SAFE_INTEGER,
  8.64e12,
  8.64e12 + 1,
  1795449600,
  1795467600,
  2 ** 31,
  -1,
  103.4,
);
const oddText = fc.constantFrom(
  '',
  ' ',
  '0E-10',
  '103.4',
  'NaN',
  'Infinity',
  '-5',
  '1e400',
  '0x10',
  '2026-11-27T09:30:00Z',
  '2026-99-99T99:99:99Z',
  '9999-12-31T23:59:59+14:00',
  '0000-01-01',
  'soon',
  'true',
  '__proto__',
  '\ud800',
  '\u202e$(alert)[x](command:y)',
);
const scalar = fc.oneof(
  fc.double(),
  fc.integer(),
  oddNumber,
  oddText,
  fc.string({ unit: 'binary', maxLength: 100 }),
  fc.boolean(),
  fc.constant(null),
  fc.constant(undefined),
);
/** Includes values that a decoder has to refuse. */
const anything = fc.oneof({ weight: 4, arbitrary: scalar }, { weight: 1, arbitrary: fc.anything({ maxDepth: 2 }) });

function some(fields: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 6, arbitrary: fc.record(fields, { requiredKeys: [] }) }, { weight: 1, arbitrary: anything });
}

const sensible = (values: fc.Arbitrary<unknown>) => fc.oneof({ weight: 2, arbitrary: values }, { weight: 1, arbitrary: anything });
const lengths = sensible(fc.constantFrom(18_000, 604_800, 2_592_000, 900, 0));
const percents = sensible(fc.double({ min: -10, max: 120 }));
const times = sensible(fc.integer({ min: 1795449000, max: 1798041600 }));

const window = some({
  used_percent: percents,
  limit_window_seconds: lengths,
  reset_after_seconds: sensible(fc.integer({ min: -10, max: 2_592_000 })),
  reset_at: times,
});
const amount = sensible(fc.oneof(fc.nat(100_000), fc.nat(100_000).map(String)));
const spendLimit = some({
  limit: amount,
  used: amount,
  remaining: amount,
  used_percent: percents,
  remaining_percent: percents,
  reset_at: times,
  resetsAt: times,
  reset_after_seconds: anything,
  source: anything,
});
const rateLimit = some({
  allowed: anything,
  limit_reached: anything,
  primary_window: window,
  secondary_window: window,
  tertiary_window: window,
  _window: window,
  individual_limit: spendLimit,
});
const group = some({ group_id: fc.constant(personal), group_name: fc.constant(personal), details: spendLimit });
const savedReset = some({ id: fc.constant(personal), status: sensible(fc.constant('available')), expires_at: anything });

export const resetCredits = some({
  available_count: anything,
  can_reset: anything,
  credits: sensible(fc.array(savedReset, { maxLength: 4 })),
});

/** A whole payload. */
export const payload = some({
  user_id: fc.constant(personal),
  account_id: fc.constant(personal),
  email: fc.constant(`${personal}@example.invalid`),
  plan_type: anything,
  rate_limit: rateLimit,
  individual_limit: spendLimit,
  code_review_rate_limit: rateLimit,
  additional_rate_limits: sensible(
    fc.array(some({ limit_name: anything, metered_feature: anything, rate_limit: rateLimit }), { maxLength: 4 }),
  ),
  credits: some({
    has_credits: anything,
    unlimited: anything,
    overage_limit_reached: anything,
    balance: anything,
    approx_local_messages: sensible(fc.array(anything, { maxLength: 3 })),
    approx_cloud_messages: sensible(fc.tuple(fc.nat(), fc.nat())),
  }),
  spend_control: some({
    reached: anything,
    reached_limit_type: anything,
    individual_limit: spendLimit,
    workspace_default_limit: spendLimit,
    role_budget_limit: spendLimit,
    workspace_shared_limit: spendLimit,
    group_default_limit: group,
    group_shared_limit: group,
  }),
  rate_limit_reached_type: some({ type: anything }),
  rate_limit_reset_credits: resetCredits,
  promo: fc.constant(personal),
});
