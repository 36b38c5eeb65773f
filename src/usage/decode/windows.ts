import { defined } from '../../base/defined.ts';
import { day, minute, second } from '../../base/duration.ts';
import type { FieldReader } from './fields.ts';
import type { UsageWindow, WindowKind } from '../snapshot.ts';

const minutes: readonly [WindowKind, number][] = [
  ['5h', 300],
  ['daily', 1_440],
  ['weekly', 10_080],
  ['monthly', 43_200],
  ['annual', 525_600],
];
const tolerance = 0.05;
const longestLength = (100 * 365 * day) / second;
/** How far a reset may lie from a window's length after the reading and the window still count as one that has not begun. */
export const slack = 2 * minute;

/** Which limit a window belongs to, and what read it. */
export type WindowOrigin = Pick<UsageWindow, 'limitId' | 'limitName' | 'reserve' | 'source'>;

/** The windows of one limit: every field whose name ends in `_window`, in no matter which place. Unnamed yet, see `withIds`. */
export function decodeWindows(limit: FieldReader, origin: WindowOrigin): UsageWindow[] {
  const names = limit.names.filter(name => name.endsWith('_window'));
  return shortestFirst(
    names.flatMap(name => {
      const fields = limit.object(name);
      return fields ? decodeWindow(fields, origin) : [];
    }),
  );
}

/** Those of unknown length come last. */
export function shortestFirst(windows: readonly UsageWindow[]): UsageWindow[] {
  return [...windows].sort((a, b) => (a.lengthSeconds ?? longestLength) - (b.lengthSeconds ?? longestLength));
}

/** @returns none where it does not say how much is used */
export function decodeWindow(fields: FieldReader, origin: WindowOrigin): UsageWindow[] {
  const used = fields.number('used_percent');
  if (used === undefined) {
    fields.miss('used_percent');
    return [];
  }
  const lengthSeconds = decodeLength(fields);
  const resetAt = decodeReset(fields);
  const isUntouched =
    used <= 0 &&
    lengthSeconds !== undefined &&
    resetAt !== undefined &&
    Math.abs(resetAt - fields.fetchedAt - lengthSeconds * 1000) <= slack;
  return [
    {
      id: '',
      ...origin,
      kind: kindOf(lengthSeconds),
      used: percent(used),
      ...defined({ lengthSeconds, resetAt: resetAt === 0 ? undefined : resetAt }),
      isActive: resetAt !== 0 && !isUntouched,
    },
  ];
}

/** @returns seconds, 1 and up; `undefined` for less, and where OpenAI reports none */
function decodeLength(fields: FieldReader): number | undefined {
  const length = fields.number('limit_window_seconds', longestLength);
  return length !== undefined && length >= 1 ? length : undefined;
}

/**
 * `reset_after_seconds` drifts with the time that the response took, so it counts only where `reset_at` is missing.
 * @returns milliseconds since the epoch by this machine's clock; 0 where the service says that no window runs
 */
export function decodeReset(fields: FieldReader): number | undefined {
  const at = ['reset_at', 'resets_at', 'resetsAt'].map(name => fields.time(name)).find(time => time !== undefined);
  if (at !== undefined) return at;
  const after = fields.number('reset_after_seconds', longestLength);
  return after !== undefined && after > 0 ? fields.fetchedAt + Math.round(after * 1000) : undefined;
}

export function kindOf(lengthSeconds: number | undefined): WindowKind {
  if (lengthSeconds === undefined) return 'unknown';
  const length = Math.ceil(lengthSeconds / 60);
  return minutes.find(([, usual]) => Math.abs(length - usual) <= usual * tolerance)?.[0] ?? 'other';
}

export function percent(value: number): number {
  return Math.min(100, Math.max(0, value));
}

/** Names windows by limit and length, and counts those that would have one name. */
export function withIds(windows: readonly UsageWindow[]): UsageWindow[] {
  const counts = new Map<string, number>();
  return windows.map(window => {
    const { limitId, kind, lengthSeconds } = window;
    const name = `${limitId}:${kind === 'other' ? `${String(Math.ceil((lengthSeconds ?? 0) / 60))}m` : kind}`;
    const ordinal = (counts.get(name) ?? 0) + 1;
    counts.set(name, ordinal);
    return ordinal === 1 ? { ...window, id: name } : { ...window, id: `${name}(${String(ordinal)})`, ordinal };
  });
}
