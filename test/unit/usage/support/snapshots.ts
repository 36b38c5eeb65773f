import { day, hour } from '../../../../src/base/duration.ts';
import type { UsageSnapshot, UsageWindow } from '../../../../src/usage/snapshot.ts';
import type { UsageSettings } from '../../../../src/usage/ui/settings.ts';
import type { UsageState, UsageView } from '../../../../src/usage/usageView.ts';
import { usageView } from '../../../../src/usage/usageView.ts';

export { day, hour, minute } from '../../../../src/base/duration.ts';

/** A Monday. */
export const now = Date.parse('2026-11-23T16:00:00Z');

/** An empty reading of this moment. */
export function snapshot(fields: Partial<UsageSnapshot> = {}): UsageSnapshot {
  return { v: 1, fetchedAt: now, windows: [], extra: [], spend: [], partial: [], ...fields };
}

/** What is known of an account's usage, with the last reading as OpenAI reported it. */
export interface KnownUsage extends Omit<UsageState, 'view'>, Partial<Pick<UsageView, 'snapshot' | 'samples'>> {}

/** The state that the usage service has for it, in the time zone UTC. */
export function usageState({ snapshot, samples = [], ...known }: KnownUsage, { alerts, interval }: UsageSettings, at: number): UsageState {
  return snapshot ? { ...known, view: usageView({ snapshot, samples }, { ...alerts, interval, timeZone: 'UTC' }, at) } : known;
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
