import type { Clock } from '../../../../../src/base/clock.ts';
import { systemClock } from '../../../../../src/base/clock.ts';

/** The system's clock, ahead by as much as a test sets: for windows that really wait for each other. */
export class MovedClock implements Clock {
  ahead = 0;
  readonly sleep = systemClock.sleep;

  elapsed(): number {
    return systemClock.elapsed() + this.ahead;
  }

  now(): number {
    return Date.now() + this.ahead;
  }
}
