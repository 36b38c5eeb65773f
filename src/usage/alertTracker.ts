import type { Alert, AlertMark, AlertSwitches } from './alerts.ts';
import { alertsOf } from './alerts.ts';
import { forecast } from './forecast.ts';
import type { UsageSnapshot } from './snapshot.ts';
import type { UsageSample } from './history.ts';
import type { Thresholds } from './limitStatus.ts';

/** What decides which alerts a person gets. */
export interface AlertRules {
  readonly switches: AlertSwitches;
  readonly thresholds: Thresholds;
  /** Days from Monday on, 1 to 7. */
  readonly workDays: number;
}

/** What a window makes of a reading. */
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

/** How far back a pace is measured. */
export const paceLength = 60 * 60_000;

/** Compares each reading with the one before that this window has seen, whoever took them, and says what is news. */
export class AlertTracker {
  readonly #openedAt: number;
  readonly #rules: () => AlertRules;
  readonly #seen = new Map<string, Seen>();

  /** @param openedAt what was read before that is no news: milliseconds since the epoch */
  constructor(openedAt: number, rules: () => AlertRules) {
    this.#openedAt = openedAt;
    this.#rules = rules;
  }

  isNew(hash: string, { fetchedAt }: UsageSnapshot): boolean {
    return fetchedAt >= this.#openedAt && fetchedAt > (this.#seen.get(hash)?.snapshot.fetchedAt ?? 0);
  }

  /**
   * @param shared the marks that all windows share
   * @param samples of the account, from `paceLength` before the reading on
   */
  evaluate(hash: string, snapshot: UsageSnapshot, shared: readonly AlertMark[], samples: readonly UsageSample[]): AlertEvaluation {
    const { workDays, ...rules } = this.#rules();
    const before = this.#seen.get(hash);
    const primed = before?.primed ?? [];
    const known = [...shared, ...primed];
    const { fetchedAt } = snapshot;
    const forecasts = snapshot.windows.map(window => {
      const own = samples.filter(({ windowId }) => windowId === window.id);
      return [window.id, forecast(window, { fetchedAt, now: fetchedAt, workDays, samples: own })] as const;
    });
    const { alerts, marks } = alertsOf({
      ...rules,
      before: before?.snapshot,
      after: snapshot,
      marks: known,
      forecasts: new Map(forecasts),
    });
    const fresh = marks.filter(mark => !known.includes(mark));
    if (!before) return { alerts: [], marks: shared, isNews: false, seen: { snapshot, primed: fresh } };
    return {
      alerts,
      marks: marks.filter(mark => !primed.includes(mark)),
      isNews: fresh.length > 0,
      seen: { snapshot, primed: primed.filter(mark => marks.includes(mark)) },
    };
  }

  /** What was judged is dealt with. */
  keep(hash: string, { seen }: AlertEvaluation): void {
    this.#seen.set(hash, seen);
  }

  forget(hash: string): void {
    this.#seen.delete(hash);
  }
}
