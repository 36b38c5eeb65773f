import { defined } from '../../base/defined.ts';
import { isRecord } from '../../base/json.ts';
import type { ResponseTime } from './fields.ts';
import { FieldReader, decodeContext } from './fields.ts';
import type { Credits, ResetCredits, SpendKind, SpendLimit, UsageSnapshot, UsageWindow } from '../snapshot.ts';
import { codeReviewLimit, mainLimit, spendKinds } from '../snapshot.ts';
import { readable } from '../../accounts/planName.ts';
import { decodeReset, decodeWindows, percent, withIds } from './windows.ts';

const mostExtraLimits = 32;
/** A reserve names the model that the main limit pays for otherwise, or is known by its own name. */
const reserveFeature = 'base_model_inference';
const reserveName = /(^|[^\p{L}])reserve([^\p{L}]|$)/iu;

/**
 * Reads what can be read: each field by itself, so that a bad one drops nothing else. Nothing in the result says whose account it is.
 * @returns `undefined` for what is no usage response at all
 */
export function decodeUsage(body: unknown, at: ResponseTime): UsageSnapshot | undefined {
  if (!isRecord(body) || !('plan_type' in body || 'rate_limit' in body)) return undefined;
  const reading = decodeContext(at);
  const root = new FieldReader(body, reading);
  const plan = root.text('plan_type');
  const limit = root.object('rate_limit');
  const allowed = limit?.boolean('allowed');
  const limitReached = limit?.boolean('limit_reached');
  const main = limit ? decodeWindows(limit, { limitId: mainLimit, source: 'usage' }) : [];
  const all = withIds([...main, ...decodeExtra(root)]);
  const reachedType = decodeReachedType(root);
  const credits = decodeCredits(root.object('credits'));
  const resetCredits = decodeSavedResets(root.object('rate_limit_reset_credits'));
  return {
    v: 1,
    fetchedAt: at.fetchedAt,
    windows: all.slice(0, main.length),
    extra: all.slice(main.length),
    ...defined({
      clockOffset: reading.offset === 0 ? undefined : reading.offset,
      plan,
      allowed,
      limitReached,
      reachedType,
      credits,
      resetCredits,
    }),
    ...decodeSpend(root, limit),
    partial: reading.partial,
  };
}

/** The details of saved resets, from a route of their own; `undefined` for what is no such response. */
export function decodeResetCredits(body: unknown, at: ResponseTime): ResetCredits | undefined {
  return isRecord(body) ? decodeSavedResets(new FieldReader(body, decodeContext(at))) : undefined;
}

function decodeExtra(root: FieldReader): UsageWindow[] {
  const additional = root.objects('additional_rate_limits').slice(0, mostExtraLimits);
  const codeReview = root.object('code_review_rate_limit');
  return [
    ...additional.flatMap(item => {
      const word = item.text('metered_feature');
      const limitName = item.text('limit_name') ?? readable(word);
      const limit = item.object('rate_limit');
      if (!limit) return [];
      const isReserve = item.text('normal_model_slug') !== undefined || word === reserveFeature || reserveName.test(limitName ?? '');
      const reserve = isReserve ? reserveState(limit) : undefined;
      return decodeWindows(limit, { limitId: word ?? limitName ?? 'additional', ...defined({ limitName, reserve }), source: 'usage' });
    }),
    ...(codeReview ? decodeWindows(codeReview, { limitId: codeReviewLimit, source: 'usage' }) : []),
  ];
}

function reserveState(limit: FieldReader): 'open' | 'closed' {
  return (limit.boolean('allowed') ?? !limit.boolean('limit_reached')) ? 'open' : 'closed';
}

/** An object with a `type`, or the word itself. */
function decodeReachedType(root: FieldReader): string | undefined {
  return root.isText('rate_limit_reached_type')
    ? root.text('rate_limit_reached_type')
    : root.object('rate_limit_reached_type')?.text('type');
}

export function decodeCredits(fields: FieldReader | undefined): Credits | undefined {
  if (!fields) return undefined;
  const has = fields.boolean('has_credits');
  const isUnlimited = fields.boolean('unlimited');
  const balance = fields.number('balance');
  if (has === undefined && isUnlimited === undefined && balance === undefined) return undefined;
  const isOverageReached = fields.boolean('overage_limit_reached');
  const localMessages = fields.range('approx_local_messages');
  const cloudMessages = fields.range('approx_cloud_messages');
  return {
    has: has ?? (isUnlimited === true || (balance ?? 0) > 0),
    isUnlimited: isUnlimited ?? false,
    ...defined({ balance: balance && Math.max(0, balance), isOverageReached, localMessages, cloudMessages }),
  };
}

/** Their ids are not read: an id is enough to use up the reset. */
function decodeSavedResets(fields: FieldReader | undefined): ResetCredits | undefined {
  if (!fields) return undefined;
  const unspent = fields.objects('credits').filter(credit => (credit.text('status') ?? 'available') === 'available');
  const expiries = unspent.flatMap(credit => credit.time('expires_at') ?? []).filter(time => time > fields.fetchedAt);
  const available = fields.number('available_count') ?? (fields.has('credits') ? unspent.length : undefined);
  if (available === undefined) return undefined;
  const count = Math.max(0, Math.floor(available));
  const applicable = fields.boolean('can_reset') === false ? 0 : fields.number('applicable_available_count');
  return {
    available: count,
    ...defined({ applicable: applicable === undefined ? undefined : Math.min(count, Math.max(0, Math.floor(applicable))) }),
    ...(expiries.length > 0 ? { nextExpiry: Math.min(...expiries) } : {}),
  };
}

/** The allowances that a workspace gives. The person's own stands in one of three places: the first that can be read counts. */
function decodeSpend(root: FieldReader, limit: FieldReader | undefined): Pick<UsageSnapshot, 'spend' | 'isSpendReached'> {
  const control = root.object('spend_control');
  const reached = control?.boolean('reached');
  const reachedKind = control?.text('reached_limit_type');
  const places = (kind: SpendKind) => (kind === 'individual' ? [root, limit, control] : [control]);
  const found = spendKinds.flatMap(kind => {
    const amounts = places(kind)
      .map(place => decodeAmounts(detailsOf(place?.object(`${kind}_limit`))))
      .find(each => each !== undefined);
    return amounts ? [{ kind, ...amounts }] : [];
  });
  const spend = found.map((each): SpendLimit => {
    const isEmpty = each.leftPercent === 0;
    const isMeant = reachedKind === undefined ? isEmpty || found.length === 1 : reachedKind === each.kind;
    return { ...each, isReached: reached === undefined ? isEmpty : reached && isMeant };
  });
  const isSpendReached = reached ?? (spend.some(each => each.isReached) ? true : undefined);
  return { spend, ...defined({ isSpendReached }) };
}

/** Those of a group are wrapped. */
function detailsOf(fields: FieldReader | undefined): FieldReader | undefined {
  return fields?.has('details') ? fields.object('details') : fields;
}

function decodeAmounts(fields: FieldReader | undefined): Omit<SpendLimit, 'kind' | 'isReached'> | undefined {
  if (!fields) return undefined;
  const limit = amount(fields, 'limit');
  const remaining = amount(fields, 'remaining');
  const used = amount(fields, 'used') ?? (limit !== undefined && remaining !== undefined ? Math.max(0, limit - remaining) : undefined);
  const leftPercent = fields.isNull('limit') ? undefined : decodeLeft(fields, limit, used);
  if (limit === undefined && used === undefined && leftPercent === undefined) return undefined;
  const resetAt = decodeReset(fields);
  return defined({ limit, used, leftPercent, resetAt: resetAt === 0 ? undefined : resetAt });
}

/** From the amounts, which are exact, before the rounded percentages. */
function decodeLeft(fields: FieldReader, limit: number | undefined, used: number | undefined): number | undefined {
  if (limit !== undefined && used !== undefined) return limit > 0 ? percent(((limit - used) / limit) * 100) : 0;
  const left = fields.number('remaining_percent');
  const gone = fields.number('used_percent');
  if (left !== undefined) return percent(left);
  return gone === undefined ? undefined : percent(100 - gone);
}

function amount(fields: FieldReader, name: string): number | undefined {
  const value = fields.number(name);
  return value === undefined ? undefined : Math.max(0, value);
}
