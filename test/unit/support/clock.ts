import type { Clock } from '../../../src/base/clock.ts';

interface Sleeper {
  readonly ms: number;
  readonly wakeAt: number;
  readonly wake: () => void;
}

/** A clock that stands still until it is advanced. */
export class ManualClock implements Clock {
  #now: number;
  #elapsed = 0;
  readonly #sleepers = new Set<Sleeper>();
  readonly #watchers = new Set<() => void>();

  constructor(now = Date.parse('2026-11-23T16:00:00Z')) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  elapsed(): number {
    return this.#elapsed;
  }

  /** How long each of those who sleep wanted to, in milliseconds. */
  get sleeping(): number[] {
    return [...this.#sleepers].map(({ ms }) => ms);
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const leave = () => {
        this.#sleepers.delete(sleeper);
        signal?.removeEventListener('abort', abort);
      };
      const abort = () => {
        leave();
        reject(signal?.reason as Error);
      };
      const wake = () => {
        leave();
        resolve();
      };
      const sleeper = { ms, wakeAt: this.#elapsed + ms, wake };
      this.#sleepers.add(sleeper);
      signal?.addEventListener('abort', abort, { once: true });
      for (const watcher of [...this.#watchers]) watcher();
    });
  }

  /** Wakes, in the order of their times, those whose time has come by then. What they do next happens after this returns. */
  advance(ms: number): void {
    const until = this.#elapsed + ms;
    for (let next = this.#due(until); next; next = this.#due(until)) {
      this.#pass(Math.max(0, next.wakeAt - this.#elapsed));
      next.wake();
    }
    this.#pass(until - this.#elapsed);
  }

  /** The process is stopped for that long: it passes, and nobody wakes in time. */
  stop(ms: number): void {
    this.#pass(ms);
  }

  /** Sets the time, as a person or a time server does. No span is longer for it, and nobody wakes. */
  set(now: number): void {
    this.#now = now;
  }

  /** Resolves once something sleeps, for exactly `ms` if given. */
  async untilSleeping(ms?: number): Promise<void> {
    const isSleeping = () => this.sleeping.some(each => ms === undefined || each === ms);
    if (isSleeping()) return;
    await new Promise<void>(resolve => {
      const check = () => {
        if (!isSleeping()) return;
        this.#watchers.delete(check);
        resolve();
      };
      this.#watchers.add(check);
    });
  }

  #pass(ms: number): void {
    this.#now += ms;
    this.#elapsed += ms;
  }

  #due(until: number): Sleeper | undefined {
    return [...this.#sleepers].filter(({ wakeAt }) => wakeAt <= until).sort((a, b) => a.wakeAt - b.wakeAt)[0];
  }
}
