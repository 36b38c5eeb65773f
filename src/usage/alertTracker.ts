import type { Clock } from '../base/clock.ts';
import type { Alert, AlertMark, AlertSwitches } from './alerts.ts';
import { alertsOf } from './alerts.ts';
import type { Thresholds } from './limitStatus.ts';
import type { UsageSnapshot } from './snapshot.ts';
import type { UsageView } from './usageView.ts';

/** What decides which alerts a person gets. */
export interface AlertRules {
  readonly switches: AlertSwitches;
  readonly thresholds: Thresholds;
}

/** What a reading means to this VS Code window. */
export interface AlertEvaluation {
  readonly alerts: readonly Alert[];
  /** In place of those that all windows share. */
  readonly marks: readonly AlertMark[];
  /** Whether there is anything new in them. */
  readonly isNews: boolean;
  readonly seen: Seen;
}

interface Seen {
  readonly snapshot: UsageSnapshot;
  /** What held already when this window opened: no news to it, but perhaps to one that was open before. */
  readonly primed: readonly AlertMark[];
}

/** Compares each reading with the last one that this VS Code window knew, whichever window took them, and says what is news. */
export class AlertTracker {
  readonly #clock: Clock;
  /** As `Clock.elapsed` counts. */
  readonly #openedAt: number;
  readonly #rules: () => AlertRules;
  readonly #seen = new Map<string, Seen>();

  /** What was read before this is made is no news. */
  constructor(clock: Clock, rules: () => AlertRules) {
    this.#clock = clock;
    this.#openedAt = clock.elapsed();
    this.#rules = rules;
  }

  /** Another time is another reading: an earlier one was taken after the clock was put back. */
  isNew(hash: string, { fetchedAt }: UsageSnapshot): boolean {
    const seen = this.#seen.get(hash);
    const age = this.#clock.elapsed() - this.#openedAt;
    return seen ? fetchedAt !== seen.snapshot.fetchedAt : fetchedAt >= this.#clock.now() - age;
  }

  /**
   * @param view at the time of the reading
   * @param shared the marks that all windows share
   */
  evaluate(hash: string, { snapshot, samples, forecasts }: UsageView, shared: readonly AlertMark[]): AlertEvaluation {
    const before = this.#seen.get(hash);
    const primed = before?.primed ?? [];
    const known = [...shared, ...primed];
    const { alerts, marks } = alertsOf({ ...this.#rules(), before: before?.snapshot, after: snapshot, samples, marks: known, forecasts });
    const fresh = marks.filter(mark => !known.includes(mark));
    if (!before) return { alerts: [], marks: shared, isNews: false, seen: { snapshot, primed: fresh } };
    return {
      alerts,
      marks: marks.filter(mark => !primed.includes(mark)),
      isNews: fresh.length > 0,
      seen: { snapshot, primed: primed.filter(mark => marks.includes(mark)) },
    };
  }

  /** Remembers that an evaluation was acted upon. */
  keep(hash: string, { seen }: AlertEvaluation): void {
    this.#seen.set(hash, seen);
  }

  forget(hash: string): void {
    this.#seen.delete(hash);
  }
}
