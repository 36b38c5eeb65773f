import { randomInt } from 'node:crypto';

/** A short name for one attempt, to tell attempts apart in the log; it means nothing and is no secret. */
export function newCorrelationId(): string {
  return randomInt(36 ** 4)
    .toString(36)
    .padStart(4, '0');
}
