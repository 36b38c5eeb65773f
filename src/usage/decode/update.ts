import { defined } from '../../base/defined.ts';
import { minute } from '../../base/duration.ts';
import type { UsageSnapshot, UsageWindow } from '../snapshot.ts';
import { shortestFirst } from './windows.ts';

/** What the response to a model request says of usage: some windows, never all there is to know. */
export interface UsageUpdate extends Pick<
  UsageSnapshot,
  'fetchedAt' | 'plan' | 'windows' | 'extra' | 'allowed' | 'limitReached' | 'reachedType' | 'credits'
> {
  /** When the main limit that refused the request resets. */
  readonly reachedUntil?: number;
}

/** How much later than an update a reading may come that was stored before it. */
const longestRace = minute;
/** How far apart two reports of one reset may be. */
const sameReset = 5 * minute;

/** A reading with what was learnt since. Only a whole reading makes a window go away, and makes all of it new. */
export function merge(snapshot: UsageSnapshot, update: UsageUpdate): UsageSnapshot {
  const behind = snapshot.fetchedAt - update.fetchedAt;
  // Further behind, the reading was taken before the clock was put back.
  if (behind > 0 && behind <= longestRace) return snapshot;
  const { allowed, limitReached, reachedType, ...rest } = snapshot;
  // What OpenAI said of the main limit before does not hold for its new numbers.
  const hasMain = update.windows.length > 0 || update.allowed !== undefined;
  const limitState = hasMain ? update : { allowed, limitReached, reachedType };
  const isWhole = update.windows.length > 0 && snapshot.windows.every(({ id }) => update.windows.some(window => window.id === id));
  const windows = shortestFirst(mergeWindows(snapshot.windows, update.windows));
  return {
    ...rest,
    windows: windows.map(window => (isReached(window, update.reachedUntil) ? { ...window, used: 100 } : window)),
    extra: mergeWindows(snapshot.extra, update.extra),
    ...defined({
      fetchedAt: isWhole ? update.fetchedAt : undefined,
      plan: update.plan,
      allowed: limitState.allowed,
      limitReached: limitState.limitReached,
      reachedType: limitState.reachedType,
      credits: update.credits && { ...snapshot.credits, ...update.credits },
    }),
  };
}

/** One of unknown length is not put beside those of its limit whose length is known: it is one of them. */
function mergeWindows(old: readonly UsageWindow[], fresh: readonly UsageWindow[]): UsageWindow[] {
  const isKnown = (window: UsageWindow) => old.some(({ id }) => id === window.id);
  const added = fresh.filter(
    window => !isKnown(window) && (window.kind !== 'unknown' || !old.some(({ limitId }) => limitId === window.limitId)),
  );
  const replaced = old.map(window => {
    const newer = fresh.find(({ id }) => id === window.id);
    return newer ? { ...defined({ limitName: window.limitName, reserve: window.reserve }), ...newer } : window;
  });
  return [...replaced, ...added];
}

function isReached({ resetAt }: UsageWindow, until: number | undefined): boolean {
  return resetAt !== undefined && until !== undefined && Math.abs(resetAt - until) <= sameReset;
}
