import { day, minute } from '../base/duration.ts';
import type { Forecast } from './forecast.ts';
import { forecast, isFromFuture } from './forecast.ts';
import type { UsageSample } from './history.ts';
import { historyLength } from './history.ts';
import type { LimitStatus, Thresholds } from './limitStatus.ts';
import { limitStatus } from './limitStatus.ts';
import type { FailureState } from './polling/backoff.ts';
import type { Interval } from './polling/pollSchedule.ts';
import type { UsageSnapshot } from './snapshot.ts';
import type { WorkWeek } from './workWeek.ts';

/** A reading and all that follows from it at one moment: status bar, tooltip, panel and alerts take it from here alone. */
export interface UsageView {
  readonly snapshot: UsageSnapshot;
  /** Of the time before the reading that its allowances may reach back to, oldest first. */
  readonly samples: readonly UsageSample[];
  readonly status: LimitStatus;
  /** Of all windows, by id. */
  readonly forecasts: ReadonlyMap<string, Forecast>;
  /** Whether the reading is too old to be shown as what is left now. */
  readonly isStale: boolean;
}

/** What is known of an account's usage. */
export interface UsageState {
  /** The last reading, whichever VS Code window took it; a failed attempt leaves it where it is. */
  readonly view?: UsageView;
  /** Why the last attempt brought nothing. */
  readonly failure?: FailureState;
  readonly isReading: boolean;
  /** When this VS Code window would read next, in milliseconds since the epoch; absent where it would not. */
  readonly nextAt?: number;
}

/** The settings that a view depends on. */
export interface ViewRules extends WorkWeek {
  readonly thresholds: Thresholds;
  readonly interval: Interval;
}

const staleAfter = 15 * minute;
/** An interval that the person chose varies by a tenth, and a response takes its time. */
const lateness = 1.2;

/** From when on the history of a reading's windows says which allowance they are in: an allowance may outlast its first reset. */
export function samplesFrom({ fetchedAt, windows, extra }: UsageSnapshot): number {
  const longest = Math.max(day, ...[...windows, ...extra].map(({ lengthSeconds = 0 }) => 2 * lengthSeconds * 1000));
  return fetchedAt - Math.min(longest, historyLength);
}

/** @param now milliseconds since the epoch */
export function usageView({ snapshot, samples }: Pick<UsageView, 'snapshot' | 'samples'>, rules: ViewRules, now: number): UsageView {
  const { fetchedAt, windows, extra } = snapshot;
  const forecasts = [...windows, ...extra].map(window => {
    const own = samples.filter(({ windowId }) => windowId === window.id);
    return [window.id, forecast(window, { ...rules, fetchedAt, now, samples: own })] as const;
  });
  return {
    snapshot,
    samples,
    status: limitStatus(snapshot, now, rules.thresholds),
    forecasts: new Map(forecasts),
    isStale: isFromFuture(fetchedAt, now) || now - fetchedAt >= staleFrom(rules.interval),
  };
}

function staleFrom(interval: Interval): number {
  return typeof interval === 'number' ? Math.max(staleAfter, interval * minute * lateness) : staleAfter;
}
