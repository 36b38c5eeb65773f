import { randomInt } from 'node:crypto';

/** A short random name that marks the log lines of one attempt; it is no secret. */
export function newCorrelationId(): string {
  return randomInt(36 ** 4)
    .toString(36)
    .padStart(4, '0');
}
