import type { Clock } from '../base/clock.ts';

/** Milliseconds that one probe may take. */
export const probeTimeout = 5_000;

/** - `failed`: a defect of the probe, or something that it has no word for */
export type ProbeFailure = 'timedOut' | 'failed';

/**
 * Asks one thing within its time, and never throws.
 * @param ask lets go of what it holds when its signal is aborted: when time is up, or with `signal`
 */
export async function probe<T>(clock: Clock, signal: AbortSignal, ask: (signal: AbortSignal) => T | Promise<T>): Promise<T | ProbeFailure> {
  const told = new AbortController();
  const over = new AbortController();
  const late = clock.sleep(probeTimeout, AbortSignal.any([told.signal, signal])).then(
    () => 'timedOut' as const,
    () => 'failed' as const,
  );
  const asked = Promise.resolve()
    .then(() => ask(AbortSignal.any([over.signal, signal])))
    .catch(() => 'failed' as const);
  const outcome = await Promise.race([asked, late]);
  // What was told may be held on to; what was not is let go of.
  told.abort();
  if (outcome === 'timedOut') over.abort();
  return outcome;
}
