import type { UsageSnapshot, UsageWindow } from '../../../../src/usage/snapshot.ts';

/** A Monday. */
export const now = Date.parse('2026-11-23T16:00:00Z');
export const minute = 60_000;
export const hour = 60 * minute;
export const day = 24 * hour;

/** An empty reading of this moment. */
export function snapshot(fields: Partial<UsageSnapshot> = {}): UsageSnapshot {
  return { v: 1, fetchedAt: now, windows: [], extra: [], spend: [], partial: [], ...fields };
}

const main = { limitId: 'codex', isActive: true, source: 'usage' } as const;

/** The five-hour window, two hours before its reset. */
export function five(used: number, fields: Partial<UsageWindow> = {}): UsageWindow {
  return { ...main, id: 'codex:5h', kind: '5h', lengthSeconds: 18_000, used, resetAt: now + 2 * hour, ...fields };
}

/** The weekly window, three days before its reset. */
export function week(used: number, fields: Partial<UsageWindow> = {}): UsageWindow {
  return { ...main, id: 'codex:weekly', kind: 'weekly', lengthSeconds: 604_800, used, resetAt: now + 3 * day, ...fields };
}

/** The same window without a reset. */
export function withoutReset(window: UsageWindow): UsageWindow {
  const copy: { -readonly [Field in keyof UsageWindow]: UsageWindow[Field] } = { ...window };
  delete copy.resetAt;
  return copy;
}
