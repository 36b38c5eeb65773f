import { defined } from '../../base/defined.ts';
import { isRecord } from '../../base/json.ts';
import { decodeCredits } from './usage.ts';
import type { DecodeContext, ResponseTime } from './fields.ts';
import { FieldReader, decodeContext } from './fields.ts';
import type { UsageWindow } from '../snapshot.ts';
import { mainLimit } from '../snapshot.ts';
import type { UsageUpdate } from './update.ts';
import { decodeReset, decodeWindow, shortestFirst, withIds } from './windows.ts';

const familyHeader = /^x-([a-z0-9-]+)-(?:primary|secondary)-used-percent$/;
/** Tells of whichever limit the request was counted against. */
const servedFamily = 'codex';
const mainNames = [mainLimit, 'premium'];
/** What came with a model request: the headers of its response, a refusal in its body, or an event of its stream about limits. */
export interface ModelTraffic {
  readonly headers?: Headers;
  readonly body?: unknown;
  readonly event?: unknown;
}

/**
 * The limits that came with a model request. What is said of the request's own limit counts only where the service says which limit
 * that is, or where its windows are as long as those of the main limit.
 * @param known the main limit's windows in the last whole reading
 * @returns `undefined` where nothing is said of usage
 */
export function decodeModelTraffic(
  { headers, body, event }: ModelTraffic,
  at: ResponseTime,
  known: readonly UsageWindow[] = [],
): UsageUpdate | undefined {
  const reading = decodeContext(at);
  const stated = Object.entries({ ...Object.fromEntries(headers ?? []), ...headersOfEvent(event) });
  const texts = Object.fromEntries(stated.filter(([, value]) => value.trim() !== ''));
  const fields = new FieldReader(texts, reading);
  const served = fields.text('x-codex-active-limit') ?? (isMainLimit(texts, reading, known) ? mainLimit : undefined);
  const limits = familiesByLimit(Object.keys(texts), served);
  const decoded = [...limits].flatMap(([limitId, family]) => decodeFamily(family, limitId, texts, reading));
  const main = decoded.filter(({ limitId }) => limitId === mainLimit);
  const all = withIds([...shortestFirst(main), ...decoded.filter(({ limitId }) => limitId !== mainLimit)]);
  const plan = fields.text('x-codex-plan-type');
  const reachedType = main.length > 0 ? fields.text('x-codex-rate-limit-reached-type') : undefined;
  const credits = decodeCredits(
    new FieldReader(
      {
        has_credits: texts['x-codex-credits-has-credits'],
        unlimited: texts['x-codex-credits-unlimited'],
        balance: texts['x-codex-credits-balance'],
      },
      reading,
    ),
  );
  const refusal = served === undefined || limitOf(served) === mainLimit ? decodeRefusal(body, reading) : undefined;
  if (all.length === 0 && plan === undefined && !credits && !refusal) return undefined;
  return {
    fetchedAt: at.fetchedAt,
    windows: all.slice(0, main.length),
    extra: all.slice(main.length),
    ...defined({ plan, reachedType, credits }),
    ...refusal,
  };
}

/** An event about limits, in the words of the headers. */
function headersOfEvent(event: unknown): Record<string, string> {
  if (!isRecord(event)) return {};
  const { rate_limits: limits, credits, plan_type: plan, metered_limit_name: limit } = event;
  const [slots, balance] = [isRecord(limits) ? limits : {}, isRecord(credits) ? credits : {}];
  const windows = ['primary', 'secondary'].flatMap(slot => {
    const fields = slots[slot];
    return isRecord(fields) ? namedAs(`x-codex-${slot}`, fields) : [];
  });
  const entries: (readonly [string, unknown])[] = [
    ...windows,
    ...namedAs('x-codex-credits', balance),
    ['x-codex-plan-type', plan],
    ['x-codex-active-limit', limit],
  ];
  const known = entries.filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value));
  return Object.fromEntries(known.map(([name, value]) => [name, String(value)]));
}

function namedAs(prefix: string, fields: Readonly<Record<string, unknown>>): (readonly [string, unknown])[] {
  return Object.entries(fields).map(([name, value]) => [`${prefix}-${name.replaceAll('_', '-')}`, value]);
}

/** Whether the limit of the request, which the service does not name, is the main one, by how long its windows are. */
function isMainLimit(texts: Readonly<Record<string, string>>, reading: DecodeContext, known: readonly UsageWindow[]): boolean {
  const lengths = (windows: readonly UsageWindow[]) =>
    windows
      .map(({ lengthSeconds = 0 }) => Math.ceil(lengthSeconds / 60))
      .sort((a, b) => a - b)
      .join(' ');
  const windows = decodeFamily(servedFamily, mainLimit, texts, reading);
  return windows.length > 0 && windows.every(({ lengthSeconds }) => lengthSeconds !== undefined) && lengths(windows) === lengths(known);
}

/** Which family of headers belongs to which limit. A limit's own one goes before that of the request. */
function familiesByLimit(names: readonly string[], served: string | undefined): ReadonlyMap<string, string> {
  const families = new Set(names.flatMap(name => familyHeader.exec(name)?.[1] ?? []));
  const limits = new Map<string, string>();
  if (served !== undefined && families.delete(servedFamily)) limits.set(limitOf(served), servedFamily);
  for (const family of families) if (family !== servedFamily) limits.set(limitOf(family), family);
  return limits;
}

function limitOf(name: string): string {
  const word = name.trim().toLowerCase().replaceAll('-', '_');
  return mainNames.includes(word) ? mainLimit : word;
}

function decodeFamily(family: string, limitId: string, texts: Readonly<Record<string, string>>, reading: DecodeContext): UsageWindow[] {
  const limitName = limitId === mainLimit ? undefined : new FieldReader(texts, reading).text(`x-${family}-limit-name`);
  return ['primary', 'secondary'].flatMap(slot => {
    const text = (field: string) => texts[`x-${family}-${slot}-${field}`];
    const minutes = text('window-minutes');
    const record = {
      used_percent: text('used-percent'),
      limit_window_seconds: minutes === undefined ? undefined : Number(minutes) * 60,
      reset_at: text('reset-at'),
      reset_after_seconds: text('reset-after-seconds'),
    };
    return decodeWindow(new FieldReader(record, reading), {
      limitId,
      ...defined({ limitName }),
      source: 'headers',
    }).filter(({ used, lengthSeconds, resetAt }) => used > 0 || lengthSeconds !== undefined || resetAt !== undefined);
  });
}

function decodeRefusal(body: unknown, reading: DecodeContext): Omit<UsageUpdate, 'fetchedAt' | 'windows' | 'extra'> | undefined {
  const error = isRecord(body) ? body['error'] : undefined;
  if (!isRecord(error) || error['type'] !== 'usage_limit_reached') return undefined;
  const plan = new FieldReader(error, reading).text('plan_type');
  const reachedUntil = decodeReset(
    new FieldReader({ reset_at: error['resets_at'], reset_after_seconds: error['resets_in_seconds'] }, reading),
  );
  return {
    allowed: false,
    limitReached: true,
    ...defined({ plan, reachedUntil: reachedUntil === 0 ? undefined : reachedUntil }),
  };
}
