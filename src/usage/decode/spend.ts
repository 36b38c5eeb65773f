import type { FieldReader } from './fields.ts';
import type { SpendKind, SpendLimit, UsageSnapshot } from '../snapshot.ts';
import { spendKinds } from '../snapshot.ts';
import { decodeReset, percent } from './windows.ts';

/** The allowances that a workspace gives. The person's own stands in one of three places: the first that can be read counts. */
export function decodeSpend(root: FieldReader, limit: FieldReader | undefined): Pick<UsageSnapshot, 'spend' | 'isSpendReached'> {
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
  return { spend, ...(isSpendReached === undefined ? {} : { isSpendReached }) };
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
  return {
    ...(limit === undefined ? {} : { limit }),
    ...(used === undefined ? {} : { used }),
    ...(leftPercent === undefined ? {} : { leftPercent }),
    ...(resetAt ? { resetAt } : {}),
  };
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
