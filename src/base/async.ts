import type { Clock } from './clock.ts';
import type { Log } from './log.ts';

type Sleeper = Pick<Clock, 'sleep'>;

/**
 * What `work` comes to, or what `late` returns or throws once `ms` have passed. Only the waiting ends then: the work goes on,
 * and nobody hears what becomes of it.
 */
export async function withTimeout<T, L = never>(
  work: PromiseLike<T>,
  timeout: { clock: Sleeper; ms: number },
  late: () => L,
): Promise<T | Awaited<L>> {
  const done = new AbortController();
  const timer = timeout.clock.sleep(timeout.ms, done.signal).then(late);
  // Rejects once the work is faster.
  timer.catch(() => undefined);
  try {
    return await Promise.race([work, timer]);
  } finally {
    done.abort();
  }
}

/** Runs `work` with a signal that is aborted with `reason` once `ms` have passed; what that ends is up to the work. */
export async function withDeadline<T>(
  deadline: { clock: Sleeper; ms: number; reason?: Error },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const done = new AbortController();
  const limit = new AbortController();
  void deadline.clock.sleep(deadline.ms, done.signal).then(
    () => {
      limit.abort(deadline.reason);
    },
    () => undefined,
  );
  try {
    return await work(limit.signal);
  } finally {
    done.abort();
  }
}

/**
 * What `work` comes to, unless `signal` is aborted first. Only the waiting ends then, as in `withTimeout`.
 * @throws the signal's reason
 */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = () => {
    aborted.reject(signal.reason as Error);
  };
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort, { once: true });
  // Nobody waits for either once the other is settled.
  for (const promise of [work, aborted.promise]) promise.catch(() => undefined);
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** Loads a value at its first use, for all callers; a load that failed is tried again by the next one. */
export function loadOnce<T>(load: () => Promise<T>): () => Promise<T> {
  let value: Promise<T> | undefined;
  return () =>
    (value ??= load().catch((error: unknown) => {
      value = undefined;
      throw error;
    }));
}

/** Runs one thing again and again, never twice at a time. Requests that come before the next run has begun share that run. */
export class Coalescer<T = void> {
  readonly #work: () => Promise<T>;
  #running: Promise<unknown> = Promise.resolve();
  #next: Promise<T> | undefined;

  constructor(work: () => Promise<T>) {
    this.#work = work;
  }

  run(): Promise<T> {
    const begin = () => {
      this.#next = undefined;
      return this.#work();
    };
    this.#next ??= this.#running.then(begin, begin);
    this.#running = this.#next;
    return this.#next;
  }

  /** Resolves when the runs that have been requested are over. */
  async settled(): Promise<void> {
    await Promise.allSettled([this.#running]);
  }
}

/** Work that nobody waits for, until the window closes. */
export class BackgroundTasks {
  readonly #running = new Set<Promise<unknown>>();
  readonly #log: Pick<Log, 'error'>;

  constructor(log: Pick<Log, 'error'>) {
    this.#log = log;
  }

  add(work: Promise<unknown>): void {
    const task = work
      .catch((error: unknown) => {
        this.#log.error('background work failed', error);
      })
      .finally(() => this.#running.delete(task));
    this.#running.add(task);
  }

  /** Resolves when nothing is under way any more. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
  }
}
