import { isRecord } from '../../base/json.ts';
import type { ResponseTime } from './fields.ts';
import { FieldReader, decodeContext } from './fields.ts';
import type { Credits, ResetCredits, UsageSnapshot, UsageWindow } from '../snapshot.ts';
import { codeReviewLimit, mainLimit } from '../snapshot.ts';
import { readable } from '../../accounts/planName.ts';
import { decodeSpend } from './spend.ts';
import { decodeWindows, withIds } from './windows.ts';

const mostExtraLimits = 32;

/**
 * Reads what can be read: each field by itself, so that a bad one drops nothing else. Who asked is not in what it returns.
 * @returns `undefined` for what is no usage answer at all
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
    ...(reading.offset === 0 ? {} : { clockOffset: reading.offset }),
    ...(plan === undefined ? {} : { plan }),
    windows: all.slice(0, main.length),
    extra: all.slice(main.length),
    ...(allowed === undefined ? {} : { allowed }),
    ...(limitReached === undefined ? {} : { limitReached }),
    ...(reachedType === undefined ? {} : { reachedType }),
    ...(credits ? { credits } : {}),
    ...decodeSpend(root, limit),
    ...(resetCredits ? { resetCredits } : {}),
    partial: reading.partial,
  };
}

/** The details of saved resets, which a route of their own tells; `undefined` for what is no such answer. */
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
      const origin = { limitId: word ?? limitName ?? 'additional', ...(limitName === undefined ? {} : { limitName }) };
      return limit ? decodeWindows(limit, { ...origin, source: 'usage' }) : [];
    }),
    ...(codeReview ? decodeWindows(codeReview, { limitId: codeReviewLimit, source: 'usage' }) : []),
  ];
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
    ...(balance === undefined ? {} : { balance: Math.max(0, balance) }),
    ...(isOverageReached === undefined ? {} : { isOverageReached }),
    ...(localMessages ? { localMessages } : {}),
    ...(cloudMessages ? { cloudMessages } : {}),
  };
}

/** Their ids are left where they are: whoever has one can spend the reset. */
function decodeSavedResets(fields: FieldReader | undefined): ResetCredits | undefined {
  if (!fields) return undefined;
  const usable = fields.objects('credits').filter(credit => (credit.text('status') ?? 'available') === 'available');
  const expiries = usable.flatMap(credit => credit.time('expires_at') ?? []).filter(time => time > fields.fetchedAt);
  const available = fields.number('available_count') ?? (fields.has('credits') ? usable.length : undefined);
  if (available === undefined) return undefined;
  return { available: Math.max(0, Math.floor(available)), ...(expiries.length > 0 ? { nextExpiry: Math.min(...expiries) } : {}) };
}
