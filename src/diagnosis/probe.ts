import { untilAborted, withTimeout } from '../base/async.ts';
import type { Clock } from '../base/clock.ts';
import { second } from '../base/duration.ts';

export const probeTimeout = 5 * second;

/** - `failed`: a defect of the probe, or something that it has no word for */
export type ProbeFailure = 'timedOut' | 'failed';

/**
 * Asks one thing within its time, and never throws.
 * @param ask frees what it holds when its signal is aborted: when time is up, or with `signal`
 */
export async function probe<T>(clock: Clock, signal: AbortSignal, ask: (signal: AbortSignal) => T | Promise<T>): Promise<T | ProbeFailure> {
  const over = new AbortController();
  const asked = Promise.resolve().then(() => ask(AbortSignal.any([over.signal, signal])));
  const outcome = untilAborted(asked, signal).catch(() => 'failed' as const);
  return withTimeout(outcome, { clock, ms: probeTimeout }, () => {
    over.abort();
    return 'timedOut' as const;
  });
}
