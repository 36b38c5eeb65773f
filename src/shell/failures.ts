import type { ErrorCode } from '../base/errors.ts';
import type { Clock } from '../base/clock.ts';

/** What has gone wrong in this window under one code. */
export interface RecordedFailure {
  readonly code: ErrorCode;
  readonly times: number;
  /** When it did so last, in milliseconds since the epoch. */
  readonly at: number;
  /** What the network said with it, the last time that it said anything. Anything may stand in it. */
  readonly said: readonly string[];
}

const networkWord = /^(net::)?[A-Z][A-Z0-9_/]{3,47}$/;

/** Milliseconds within which a failed request and what fails with it are told, one after the other. */
const sameFailure = 1_000;

/** What has gone wrong since this window was opened, by code, kept in memory alone. */
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

  /** @param said what came with it, of which only what looks like a network's word is kept */
  note(code: ErrorCode, said: readonly string[] = []): void {
    const words = said.flatMap(each => each.split(' ')).filter(word => networkWord.test(word));
    const at = this.#clock.now();
    const before = this.#noted.get(code);
    const isSame = before !== undefined && at - before.at < sameFailure;
    this.#noted.delete(code);
    const times = (before?.times ?? 0) + (isSame ? 0 : 1);
    this.#noted.set(code, { code, times, at, said: words.length > 0 ? words : (before?.said ?? []) });
  }
}
