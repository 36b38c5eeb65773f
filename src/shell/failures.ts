import type { ErrorCode } from '../base/errors.ts';
import type { Clock } from '../base/clock.ts';

/** The failures of this window with one code. */
export interface RecordedFailure {
  readonly code: ErrorCode;
  readonly times: number;
  /** When the last one happened, in milliseconds since the epoch. */
  readonly at: number;
  /** The network's error names of the last one that had any. They are not from a fixed list. */
  readonly said: readonly string[];
}

const networkWord = /^(net::)?[A-Z][A-Z0-9_/]{3,47}$/;

/** Milliseconds within which the log reports a failed request and what fails with it. */
const sameFailure = 1_000;

/** The failures since this window was opened, by code, in memory only. */
export class Failures {
  readonly #clock: Clock;
  readonly #noted = new Map<ErrorCode, RecordedFailure>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The newest first. */
  get all(): readonly RecordedFailure[] {
    return [...this.#noted.values()].reverse();
  }

  /** @param said texts of the failure: only words in the form of a network's error name are kept */
  note(code: ErrorCode, said: readonly string[] = []): void {
    const words = said.flatMap(each => each.split(' ')).filter(word => networkWord.test(word));
    const at = this.#clock.now();
    const before = this.#noted.get(code);
    const isSame = before !== undefined && Math.abs(at - before.at) < sameFailure;
    this.#noted.delete(code);
    const times = (before?.times ?? 0) + (isSame ? 0 : 1);
    this.#noted.set(code, { code, times, at, said: words.length > 0 ? words : (before?.said ?? []) });
  }
}
