import { isRecord, readString } from '../oauth/tokens.ts';

export type WindowKind = '5h' | 'daily' | 'weekly' | 'monthly' | 'annual' | 'other' | 'unknown';

/** A span with a limit and a reset time. */
export interface UsageWindow {
  /** By its length, never by its place in the answer: plans put any window anywhere. */
  readonly kind: WindowKind;
  readonly lengthSeconds?: number;
  /** 0 to 100. */
  readonly used: number;
  /** Milliseconds since the epoch; absent while the window has not begun. */
  readonly resetAt?: number;
}

/** One answer of the service about an account. */
export interface UsageReading {
  /** Milliseconds since the epoch. */
  readonly readAt: number;
  /** The plan in the service's own word. */
  readonly plan?: string;
  /** Shortest first, those of unknown length last. */
  readonly windows: readonly UsageWindow[];
}

const minutes: readonly [WindowKind, number][] = [
  ['5h', 300],
  ['daily', 1_440],
  ['weekly', 10_080],
  ['monthly', 43_200],
  ['annual', 525_600],
];
const tolerance = 0.05;

/**
 * Reads what can be read: each field by itself, so that a bad one drops nothing else.
 * @returns `undefined` for what is no usage answer at all
 */
export function decodeUsage(body: unknown, readAt: number): UsageReading | undefined {
  if (!isRecord(body) || !('plan_type' in body || 'rate_limit' in body)) return undefined;
  const limit = isRecord(body['rate_limit']) ? body['rate_limit'] : {};
  const windows = Object.entries(limit)
    .filter(([name]) => name.endsWith('_window'))
    .flatMap(([, value]) => decodeWindow(value, readAt))
    .sort((a, b) => (a.lengthSeconds ?? Infinity) - (b.lengthSeconds ?? Infinity));
  const plan = readString(body['plan_type']);
  return { readAt, windows, ...(plan === undefined ? {} : { plan }) };
}

function decodeWindow(value: unknown, readAt: number): UsageWindow[] {
  if (!isRecord(value)) return [];
  const used = readNumber(value['used_percent']);
  if (used === undefined) return [];
  const length = readNumber(value['limit_window_seconds']);
  const lengthSeconds = length !== undefined && length > 0 ? length : undefined;
  const resetAt = decodeReset(value, readAt);
  return [
    {
      kind: kindOf(lengthSeconds),
      used: Math.min(100, Math.max(0, used)),
      ...(lengthSeconds === undefined ? {} : { lengthSeconds }),
      ...(resetAt === undefined ? {} : { resetAt }),
    },
  ];
}

function kindOf(lengthSeconds: number | undefined): WindowKind {
  if (lengthSeconds === undefined) return 'unknown';
  const length = Math.ceil(lengthSeconds / 60);
  return minutes.find(([, usual]) => Math.abs(length - usual) <= usual * tolerance)?.[0] ?? 'other';
}

/** `reset_at` in Unix seconds or as a date; 0 where no window has begun; `reset_after_seconds` only where it is absent. */
function decodeReset(window: Readonly<Record<string, unknown>>, readAt: number): number | undefined {
  const at = window['reset_at'];
  const seconds = readNumber(at) ?? (typeof at === 'string' ? Date.parse(at) / 1000 : Number.NaN);
  if (seconds > 0) return seconds * 1000;
  const after = at === undefined || at === null ? readNumber(window['reset_after_seconds']) : undefined;
  return after !== undefined && after > 0 ? readAt + after * 1000 : undefined;
}

function readNumber(value: unknown): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}
