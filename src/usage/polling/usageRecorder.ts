import { BackgroundTasks, Coalescer, withDeadline } from '../../base/async.ts';
import type { Clock } from '../../base/clock.ts';
import { Emitter } from '../../base/emitter.ts';
import type { Log } from '../../base/log.ts';
import type { ProcessLock, ProcessLocks } from '../../storage/processLock.ts';
import type { Alert, AlertMark } from '../alerts.ts';
import { silence } from '../alerts.ts';
import type { AlertEvaluation, AlertRules } from '../alertTracker.ts';
import { AlertTracker } from '../alertTracker.ts';
import type { UsageSample } from '../history.ts';
import { newSamples } from '../newSamples.ts';
import type { UsageSnapshot, UsageWindow } from '../snapshot.ts';
import type { UsageView, ViewRules } from '../usageView.ts';
import { samplesFrom, usageView } from '../usageView.ts';
import type { PollState } from './pollSchedule.ts';
import { lastAskedAt, lockTimeout } from './pollSchedule.ts';
import type { History, StoredUsage, UsageChange, UsageStore } from './usageStore.ts';
import { nothingStored, withChange } from './usageStore.ts';

export interface UsageRecorderOptions {
  readonly store: UsageStore;
  readonly locks: ProcessLocks;
  readonly clock: Clock;
  readonly log: Log;
  /** Read again for each view, so that a changed setting counts at once. */
  readonly rules: () => AlertRules & ViewRules;
}

/** What this window knows of an account's usage: what is stored of it, or what could not be stored. */
export interface UsageRecord {
  readonly hash: string;
  readonly stored: StoredUsage;
}

interface OwnRecord extends UsageRecord {
  stored: StoredUsage;
  /** Of the time that `samplesFrom` names. */
  samples: readonly UsageSample[];
  /** Whether the store failed to take what is known here. */
  isUnsaved: boolean;
}

/** A reading; with `progress` where a request of the schedule brought it. */
export interface Reading {
  readonly snapshot: UsageSnapshot;
  readonly progress?: PollState;
}

/** What all VS Code windows of a computer share: readings, back-off, history and alerts. It notices what the others have stored. */
export class UsageRecorder {
  readonly #options: UsageRecorderOptions;
  readonly #tracker: AlertTracker;
  readonly #records = new Map<string, OwnRecord>();
  readonly #background: BackgroundTasks;
  readonly #reloading = new Coalescer(() => this.#reload());
  readonly #didChange: Emitter;
  readonly #alert: Emitter<{ readonly hash: string; readonly alert: Alert }>;

  constructor(options: UsageRecorderOptions) {
    this.#options = options;
    this.#tracker = new AlertTracker(options.clock, options.rules);
    this.#background = new BackgroundTasks(options.log);
    this.#didChange = new Emitter(options.log);
    this.#alert = new Emitter(options.log);
  }

  /** @returns stops listening */
  onDidChange(listener: () => void): () => void {
    return this.#didChange.event(listener);
  }

  /** An alert is raised in one VS Code window only. @returns stops listening */
  onAlert(listener: (raised: { readonly hash: string; readonly alert: Alert }) => void): () => void {
    return this.#alert.event(listener);
  }

  /** Begins to keep an account's usage. */
  add(hash: string): UsageRecord {
    const record = { hash, stored: nothingStored, samples: [], isUnsaved: false };
    this.#records.set(hash, record);
    return record;
  }

  /** Deletes everything of an account that is gone. */
  forget(hash: string): void {
    this.#records.delete(hash);
    this.#tracker.forget(hash);
    this.#background.add(this.#options.store.forget(hash));
  }

  /** Whether the account is still there, without having been away meanwhile. */
  has(record: UsageRecord): boolean {
    return this.#own(record) !== undefined;
  }

  /** Stops keeping anything; what is stored stays. */
  clear(): void {
    this.#records.clear();
  }

  /** @returns `undefined` where nothing was read */
  view(hash: string, now: number): UsageView | undefined {
    const record = this.#records.get(hash);
    const { snapshot } = record?.stored ?? {};
    return record && snapshot && usageView({ snapshot, samples: record.samples }, this.#options.rules(), now);
  }

  /**
   * Keeps other windows from reading the account meanwhile.
   * @returns `undefined` where another window keeps this one from it: a person waits for that, the schedule does not
   */
  async lock({ hash }: UsageRecord, trigger: 'user' | 'schedule'): Promise<ProcessLock | undefined> {
    const { locks, clock } = this.#options;
    const name = `usage-${hash}`;
    if (trigger === 'schedule') return locks.tryAcquire(name);
    return withDeadline({ clock, ms: lockTimeout }, async limit => {
      try {
        return await locks.acquire(name, limit);
      } catch (error) {
        if (limit.aborted) return undefined;
        throw error;
      }
    });
  }

  /** Reads what other VS Code windows have stored; calls before the read has begun share it. Never throws. */
  reload(): Promise<void> {
    return this.#reloading.run();
  }

  /**
   * Stores a change. What cannot be stored is remembered. Never throws.
   * @param samples of the time before a new reading, known once the change is made
   */
  async record(
    of: UsageRecord,
    change: (stored: StoredUsage, history: History) => UsageChange,
    samples?: () => readonly UsageSample[],
  ): Promise<void> {
    const record = this.#own(of);
    if (!record) return;
    try {
      record.stored = await this.#options.store.update(record.hash, change);
      record.isUnsaved = false;
    } catch (error) {
      this.#options.log.error('usage was not stored', error);
      record.stored = withChange(record.stored, change(record.stored, { since: () => [...record.samples] }));
      record.isUnsaved = true;
    }
    record.samples = samples?.() ?? record.samples;
    this.#didChange.fire();
  }

  /** Stores a reading with what follows from it: history and alerts. Never throws. */
  async recordReading(of: UsageRecord, read: (stored: StoredUsage) => Reading): Promise<void> {
    const { hash } = of;
    let evaluation: AlertEvaluation | undefined;
    let samples: readonly UsageSample[] = [];
    await this.record(
      of,
      (stored, history) => {
        const reading = read(stored);
        const { snapshot } = reading;
        samples = history.since(samplesFrom(snapshot)).filter(({ at }) => at <= snapshot.fetchedAt);
        evaluation = this.#evaluate(hash, { snapshot, samples }, stored.marks);
        return { ...reading, marks: evaluation.marks, samples: newSamples(snapshot, samples) };
      },
      () => samples,
    );
    if (!evaluation || !this.#own(of)) return;
    this.#tracker.keep(hash, evaluation);
    for (const alert of evaluation.alerts) this.#alert.fire({ hash, alert });
  }

  /** Remembers how far the readings have come, and stores nothing. */
  remember(of: UsageRecord, progress: PollState): void {
    const record = this.#own(of);
    if (!record) return;
    record.stored = { ...record.stored, progress };
    record.isUnsaved = true;
  }

  /** Raises no alert for a window any more until it begins anew: the person has muted it. Never throws. */
  async mute(hash: string, window: UsageWindow): Promise<void> {
    const record = this.#records.get(hash);
    if (record) await this.record(record, ({ marks }) => ({ marks: [...marks, ...silence(window, this.#options.clock.now())] }));
  }

  /**
   * The samples of an account, oldest first; `undefined` where the file stayed busy.
   * @throws AppError what the storage failed with
   */
  history(hash: string): Promise<readonly UsageSample[] | undefined> {
    return this.#options.store.history(hash);
  }

  /** Resolves when nothing is under way any more. */
  async settled(): Promise<void> {
    await this.#background.settled();
    await this.#reloading.settled();
  }

  #own(record: UsageRecord): OwnRecord | undefined {
    const own = this.#records.get(record.hash);
    return own === record ? own : undefined;
  }

  async #reload(): Promise<void> {
    if (this.#records.size === 0) return;
    try {
      const stored = await this.#options.store.read();
      if (!stored) return;
      for (const [hash, record] of this.#records) this.#adopt(record, stored.get(hash) ?? nothingStored);
    } catch (error) {
      this.#options.log.error('stored usage cannot be read', error);
    }
  }

  #adopt(record: OwnRecord, stored: StoredUsage): void {
    const now = this.#options.clock.now();
    const isNewer = lastAskedAt(stored.progress, now) > lastAskedAt(record.stored.progress, now);
    if (record.isUnsaved ? !isNewer : stored.revision === record.stored.revision) return;
    record.stored = stored;
    record.isUnsaved = false;
    if (stored.snapshot) this.#background.add(this.#notice(record, stored.snapshot));
    this.#didChange.fire();
  }

  /** What another VS Code window has read may be news to this one, if that opened later. */
  async #notice(record: OwnRecord, snapshot: UsageSnapshot): Promise<void> {
    const { hash } = record;
    const samples = (await this.#options.store.history(hash, samplesFrom(snapshot))) ?? [];
    if (record.stored.snapshot !== snapshot) return;
    record.samples = samples;
    if (samples.length > 0) this.#didChange.fire();
    if (!this.#tracker.isNew(hash, snapshot)) return;
    const evaluation = this.#evaluate(hash, { snapshot, samples }, record.stored.marks);
    // Whoever marks it first raises it.
    if (evaluation.isNews) await this.recordReading(record, () => ({ snapshot }));
    else this.#tracker.keep(hash, evaluation);
  }

  #evaluate(hash: string, reading: Pick<UsageView, 'snapshot' | 'samples'>, marks: readonly AlertMark[]): AlertEvaluation {
    return this.#tracker.evaluate(hash, usageView(reading, this.#options.rules(), reading.snapshot.fetchedAt), marks);
  }
}
