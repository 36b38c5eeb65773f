/**
 * What a window gives until it is given anew. Alerts, forecast, even pace and chart all learn here where one allowance ends and the next
 * begins. The reset that OpenAI names is no identity: it moves while nothing is given back, and stays although everything was.
 */
import { defined } from '../base/defined.ts';
import { minute } from '../base/duration.ts';
import type { UsageSample } from './history.ts';
import { isSameCycle, sampleOf } from './history.ts';
import type { UsageWindow } from './snapshot.ts';

export type Reading = Pick<UsageSample, 'at' | 'used' | 'resetAt' | 'lengthSeconds'>;

export interface Allowance {
  /** Oldest first; never empty. */
  readonly readings: readonly Reading[];
  /** When the last reading of the allowance before it was; absent where none is known. */
  readonly previousAt?: number;
  /** When it was given: at its reset, or at the first reading that shows it. Absent where the allowance before it is not known. */
  readonly beganAt?: number;
  /** False while one reading alone says that something was given back: some are taken back by the next one. */
  readonly isSure: boolean;
}

/** Percentage points: what a correction of the service's own count does not reach. */
const leastGivenBack = 5;
/** The same where the reset has moved as well. */
const leastWithOtherReset = 2;
/** Readings that are nearer to each other than this do not confirm each other. */
const confirming = minute;
/** A reset may lie a little after the first reading that follows it: the clocks differ. */
const early = 2 * minute;
/** Up to this much is reported of a window that nobody has used: its reset still moves. */
const hardlyUsed = 1;
const sameStart = 5 * minute;

/** @param readings of one window, oldest first */
export function allowancesOf(readings: readonly Reading[]): Allowance[] {
  const over: Allowance[] = [];
  let present: Growing | undefined;
  for (const reading of readings) {
    const next = present?.add(reading);
    if (next && present) over.push(present.allowance);
    present = next ?? present ?? new Growing([reading]);
  }
  return present ? [...over, present.allowance, ...present.doubtful] : over;
}

/**
 * The allowance that a window is in at a reading. A later reading may know better, see `isSure`.
 * @param samples of this window, oldest first
 */
export function presentAllowance(window: UsageWindow, at: number, samples: readonly Reading[]): Allowance {
  const present = sampleOf(window, at);
  // One that is later was taken before the clock was put back.
  const [last = { readings: [present], isSure: true }] = allowancesOf([...samples.filter(sample => sample.at < at), present]).slice(-1);
  return last;
}

/** When an allowance began to run, and what was used of it then; `undefined` where OpenAI does not say when it is over. */
export function startOf({ readings, previousAt }: Allowance): { readonly at: number; readonly used: number } | undefined {
  const begun = Math.max(
    0,
    readings.findLastIndex(({ used }) => used <= hardlyUsed),
  );
  const dated = readings.slice(begun).find(({ resetAt }) => resetAt !== undefined);
  if (dated?.resetAt === undefined || dated.lengthSeconds === undefined) return undefined;
  const at = dated.resetAt - dated.lengthSeconds * 1000;
  const [first] = readings;
  // It cannot have begun before the one before it was over: then its reset has stayed where it was.
  return first && previousAt !== undefined && at < previousAt - sameStart ? first : { at, used: 0 };
}

/** An allowance while its readings are gone through. */
class Growing {
  readonly #readings: Reading[];
  readonly #began: Pick<Allowance, 'previousAt' | 'beganAt'>;
  /** The most that was used of it. */
  #peak: number;
  #resetAt: number | undefined;
  /** Readings by which something was given back, as long as they may be mistaken. */
  #lower: Reading[] = [];

  constructor(readings: Reading[], began: Pick<Allowance, 'previousAt' | 'beganAt'> = {}) {
    this.#readings = readings;
    this.#began = began;
    this.#peak = Math.max(...readings.map(({ used }) => used));
    this.#resetAt = readings.findLast(({ resetAt }) => resetAt !== undefined)?.resetAt;
  }

  get allowance(): Allowance {
    return { readings: this.#readings, ...this.#began, isSure: true };
  }

  get doubtful(): Allowance[] {
    const [first] = this.#lower;
    return first ? [{ readings: this.#lower, previousAt: this.#lastAt(first), beganAt: first.at, isSure: false }] : [];
  }

  /** @returns the next allowance, where this one is over */
  add(reading: Reading): Growing | undefined {
    const resetAt = this.#resetAt;
    if (resetAt !== undefined && resetAt - early <= reading.at && this.#isReset(reading)) {
      this.#readings.push(...this.#lower);
      const previousAt = this.#lastAt(reading);
      return new Growing([reading], { previousAt, beganAt: resetAt > previousAt && resetAt < reading.at ? resetAt : reading.at });
    }
    if (this.#isGivenBack(reading)) {
      this.#lower.push(reading);
      const [first = reading] = this.#lower;
      if (reading.at - first.at < confirming) return undefined;
      return new Growing(this.#lower, { previousAt: this.#lastAt(first), beganAt: first.at });
    }
    this.#readings.push(...this.#lower, reading);
    this.#lower = [];
    this.#peak = Math.max(this.#peak, reading.used);
    this.#resetAt = reading.resetAt ?? resetAt;
    return undefined;
  }

  /** Whether a reading after the reset shows that it has taken place. */
  #isReset(reading: Reading): boolean {
    return this.#hasOtherReset(reading) || this.#peak - reading.used >= leastGivenBack || (reading.used === 0 && this.#peak > 0);
  }

  #isGivenBack(reading: Reading): boolean {
    return this.#peak - reading.used >= (this.#hasOtherReset(reading) ? leastWithOtherReset : leastGivenBack);
  }

  #hasOtherReset(reading: Reading): boolean {
    return !isSameCycle(defined({ resetAt: this.#resetAt }), reading);
  }

  #lastAt(before: Reading): number {
    return this.#readings.at(-1)?.at ?? before.at;
  }
}
