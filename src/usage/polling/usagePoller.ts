import type { Clock } from '../../base/clock.ts';
import type { PollConditions, PollState } from './pollSchedule.ts';
import { lockTimeout, nextReading, settleAfterSleep, settleAfterStart, sleepTolerance, spaceOut } from './pollSchedule.ts';

/** An account as the schedule sees it. */
export interface PollTarget {
  readonly hash: string;
  readonly progress: PollState;
  /** Whether there is something to read, and no reading in progress. */
  readonly isReadable: boolean;
  /** When this VS Code window last sent a request, or found another one sending. */
  readonly beganAt?: number;
  /** Another VS Code window is reading: when to check the outcome, if no change is noticed before. */
  readonly looksAgainAt?: number;
  /** When a session was last handed out. */
  readonly sessionAt?: number;
}

export interface UsagePollerOptions {
  readonly clock: Clock;
  readonly random: () => number;
  readonly targets: () => readonly PollTarget[];
  /** Begins to read an account. */
  readonly read: (hash: string) => void;
}

interface Due {
  readonly hash: string;
  readonly at: number;
}

/** Decides when this window reads which account, and notices that the computer was asleep. With nothing to read there is no timer. */
export class UsagePoller {
  readonly #options: UsagePollerOptions;
  #conditions: PollConditions;
  /** The clock less the time that this process has lived, both as they were last looked at. */
  #clockOffset: number;
  #timer: { readonly at: number; readonly stop: AbortController } | undefined;

  constructor(options: UsagePollerOptions) {
    this.#options = options;
    const focusedOrNotSince = options.clock.now();
    this.#clockOffset = focusedOrNotSince - options.clock.elapsed();
    this.#conditions = { enabled: false, interval: 'auto', focused: false, focusedOrNotSince, panelVisible: false };
  }

  get conditions(): PollConditions {
    return this.#conditions;
  }

  change(changes: Partial<PollConditions>): void {
    this.#noticeSleep();
    this.#followClock();
    const { focused, focusedOrNotSince } = this.#conditions;
    const isTurned = changes.focused !== undefined && changes.focused !== focused;
    this.#conditions = { ...this.#conditions, focusedOrNotSince: isTurned ? this.#options.clock.now() : focusedOrNotSince, ...changes };
  }

  /** The person did something that shows interest. */
  markActive(): void {
    this.#followClock();
    this.#conditions = { ...this.#conditions, actedAt: this.#options.clock.now() };
  }

  settleAfterStart(): void {
    this.#settleUntil(settleAfterStart(this.#options.clock.now(), this.#options.random));
  }

  settleAfterSleep(): void {
    this.#settleUntil(settleAfterSleep(this.#options.clock.now(), this.#options.random));
  }

  /** When the account is read next, in milliseconds since the epoch; `undefined` where it is not. */
  nextAt(hash: string): number | undefined {
    return this.#plan().find(due => due.hash === hash)?.at;
  }

  /** Sets the timer anew: what decides when to read has changed. */
  arm(): void {
    this.stop();
    const [first] = this.#plan();
    if (!first) return;
    const { clock } = this.#options;
    this.#timer = { at: first.at, stop: new AbortController() };
    clock.sleep(Math.max(0, first.at - clock.now()), this.#timer.stop.signal).then(
      () => {
        this.#tick();
      },
      () => undefined,
    );
  }

  stop(): void {
    this.#timer?.stop.abort();
    this.#timer = undefined;
  }

  #tick(): void {
    this.#noticeSleep();
    const now = this.#options.clock.now();
    for (const { hash, at } of this.#plan()) if (at <= now) this.#options.read(hash);
    this.arm();
  }

  /** A timer that is long overdue has slept: the network is not back yet. */
  #noticeSleep(): void {
    if (this.#timer && this.#options.clock.now() > this.#timer.at + sleepTolerance) this.settleAfterSleep();
  }

  /** The times of this window go back with a clock that is put back, so that they stay as far away as they were. */
  #followClock(): void {
    const { clock } = this.#options;
    const offset = clock.now() - clock.elapsed();
    const back = this.#clockOffset - offset;
    this.#clockOffset = offset;
    if (back <= 0) return;
    const { focusedOrNotSince, actedAt, settlesUntil } = this.#conditions;
    this.#conditions = {
      ...this.#conditions,
      focusedOrNotSince: focusedOrNotSince - back,
      ...(actedAt === undefined ? {} : { actedAt: actedAt - back }),
      ...(settlesUntil === undefined ? {} : { settlesUntil: settlesUntil - back }),
    };
  }

  #settleUntil(settlesUntil: number): void {
    this.#conditions = { ...this.#conditions, settlesUntil };
  }

  /** What is due when, soonest first. */
  #plan(): Due[] {
    this.#followClock();
    const now = this.#options.clock.now();
    const targets = this.#options.targets();
    const dues = targets.flatMap(({ hash, progress, isReadable, looksAgainAt = 0, sessionAt }) => {
      const at = isReadable ? nextReading(progress, this.#conditions, now, sessionAt) : undefined;
      return at === undefined ? [] : [{ hash, at: Math.max(at, looksAgainAt > now + lockTimeout ? 0 : looksAgainAt) }];
    });
    const asked = targets.flatMap(({ beganAt = 0, progress }) => [beganAt, progress.askedAt ?? 0]);
    return spaceOut(dues, targets.length > 1 ? Math.max(...asked.filter(at => at <= now)) : undefined);
  }
}
