/** The usage service for one account. */
import type { Failure } from '../../../src/usage/polling/classifyResponse.ts';
import type { UsageSnapshot, UsageWindow } from '../../../src/usage/snapshot.ts';
import { commonReset, outage, storm, week } from './week.ts';

const minute = 60_000;
const hour = 60 * minute;

const window = { limitId: 'codex', source: 'usage' } as const;

/** An account whose 5-hour window starts with its first use and ends on the hour, the worst case for the service. */
export class SimulatedAccount {
  readonly #random: () => number;
  /** Percent per hour of use. */
  readonly #hourlyUse: number;
  #used = 0;
  #resetAt = 0;
  #lastAt = 0;

  constructor(random: () => number) {
    this.#random = random;
    this.#hourlyUse = 4 + 26 * random() ** 2;
  }

  ask(at: number): UsageSnapshot | Failure {
    if (at >= outage.from && at < outage.to) {
      return this.#random() < 0.5 ? { kind: 'outage', code: 'serviceUnavailable' } : { kind: 'unreachable', code: 'noAnswer' };
    }
    if (at >= storm.from && at < storm.to && this.#random() < 0.9) {
      return { kind: 'tooMany', code: 'serviceUnavailable', wait: this.#random() < 0.5 ? 2 * minute : storm.to - at };
    }
    this.#use(at);
    return { v: 1, fetchedAt: at, plan: 'plus', windows: [this.#fiveHours(at), weekly(at)], extra: [], spend: [], partial: [] };
  }

  #use(at: number): void {
    if (at >= this.#resetAt) {
      this.#used = 0;
      this.#resetAt = Math.ceil((at + 5 * hour) / hour) * hour;
    }
    this.#used = Math.min(100, this.#used + (this.#hourlyUse * Math.min(at - this.#lastAt, 15 * minute)) / hour);
    this.#lastAt = at;
  }

  #fiveHours(at: number): UsageWindow {
    const isActive = this.#used > 0 && this.#resetAt > at;
    return { ...window, id: 'codex:5h', kind: '5h', lengthSeconds: 18_000, used: this.#used, resetAt: this.#resetAt, isActive };
  }
}

function weekly(at: number): UsageWindow {
  const resetAt = at < commonReset ? commonReset : commonReset + week;
  return { ...window, id: 'codex:weekly', kind: 'weekly', lengthSeconds: 604_800, used: 40, resetAt, isActive: true };
}
