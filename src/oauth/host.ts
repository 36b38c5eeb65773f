/** What the domain folders need from outside, so that a test can hand in its own. */

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after `ms`; rejects with the signal's reason when it is aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      const abort = () => {
        clearTimeout(timer);
        reject(signal?.reason as Error);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', abort);
        resolve();
      }, ms);
      if (signal?.aborted) abort();
      else signal?.addEventListener('abort', abort, { once: true });
    }),
};

/** Fields of a log line. Values are redacted where they are written, see `vscode/log.ts`. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

export interface Log {
  info(step: string, fields?: LogFields): void;
  warn(step: string, fields?: LogFields): void;
  /** `error` is described by its codes and causes; its texts are redacted. */
  error(step: string, error: unknown, fields?: LogFields): void;
}
