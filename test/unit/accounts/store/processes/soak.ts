/** The length and the seed of the soak; `npm run test:soak` sets them, and the unit tests run a tenth. */
import { writeSync } from 'node:fs';
import { onTestFailed } from 'vitest';

export const rotations = Number(process.env['SOAK_ROTATIONS'] ?? 100);
export const kills = Number(process.env['SOAK_KILLS'] ?? 50);
export const seed = Number(process.env['SOAK_SEED'] ?? Math.floor(Math.random() * 2 ** 32));

/** The timeout for so many steps in milliseconds, however slow the machine is. */
export function timeFor(steps: number): number {
  return 60_000 + steps * 1_000;
}

/** Prints one figure of the soak, past vitest, which would put a heading over each. */
export function report(line: string): void {
  writeSync(1, `${line}\n`);
}

/** Prints the failure of the running test at once, not when all tests have ended. */
export function reportFailure(): void {
  onTestFailed(({ task }) => {
    for (let error = task.result?.errors?.[0]; error; error = error.cause) report(`failed: ${error.stack ?? error.message}`);
  });
}

export class Dice {
  #state: number;

  constructor(state: number) {
    this.#state = state >>> 0;
  }

  /** A number from 0 up to 1, without 1: mulberry32. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** Whether something of this probability happens. */
  isLucky(probability: number): boolean {
    return this.next() < probability;
  }

  /** A whole number from `from` to `to`, both included. */
  between(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1));
  }

  pick<T>(choices: readonly [T, ...T[]]): T {
    return choices[this.between(0, choices.length - 1)] ?? choices[0];
  }
}
