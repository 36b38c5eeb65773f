import type { Clock } from '../base/clock.ts';
import { minute } from '../base/duration.ts';

interface UsedUp {
  /** Milliseconds since the epoch, as the other times. */
  readonly at: number;
  readonly until: number;
  /** Whether the service has said until when. */
  readonly isStated: boolean;
}

/** How long the service is not asked where it does not say when the plan resets. */
const usualPause = minute;

/** The accounts whose plan refused a request because it is used up: further requests are refused from memory until its reset. */
export class UsedUpPlans {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #plans = new Map<string, UsedUp>();

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  note(hash: string, until: number | undefined): void {
    const at = this.#clock.now();
    this.#plans.set(hash, { at, until: until ?? at + usualPause, isStated: until !== undefined });
  }

  /** A reading says that the plan takes requests, which counts if it is newer. */
  clear(hash: string, readAt: number): void {
    if (readAt > (this.#plans.get(hash)?.at ?? readAt)) this.#plans.delete(hash);
  }

  /** @returns `undefined` where the service may be asked; else until when it may not be, if that is known */
  find(hash: string): { readonly until?: number } | undefined {
    const plan = this.#plans.get(hash);
    const now = this.#clock.now();
    // A time before the refusal is one of a clock that was put back.
    if (!plan || now >= plan.until || now < plan.at) return undefined;
    return plan.isStated ? { until: plan.until } : {};
  }
}
