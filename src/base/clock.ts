export interface Clock {
  /** Milliseconds since the epoch. A person or a time server may set it forward or back, so no span is measured with it. */
  now(): number;
  /** Milliseconds since some moment in the life of this process. Nobody sets it: for spans and deadlines. */
  elapsed(): number;
  /** Resolves after `ms`, at most `longestSleep`; rejects with the signal's reason when it is aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The longest that a timer takes, 24.8 days: a longer one would fire at once. */
export const longestSleep = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => Math.round(performance.now()),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      const abort = () => {
        clearTimeout(timer);
        reject(signal?.reason as Error);
      };
      const timer = setTimeout(
        () => {
          signal?.removeEventListener('abort', abort);
          resolve();
        },
        Math.min(ms, longestSleep),
      );
      if (signal?.aborted) abort();
      else signal?.addEventListener('abort', abort, { once: true });
    }),
};
