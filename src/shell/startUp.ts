import { Disposable } from 'vscode';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';

/**
 * - `prepare`: what others go by is read from the disk
 * - `show`: a person sees the first of it
 * - `idle`: what can wait until the window has opened
 */
type Phase = 'prepare' | 'show' | 'idle';

/** From the first screen on, how long a window takes to open, in milliseconds. */
const idleDelay = 1_000;

/** What happens after the providers are registered, step by step: each room adds its own. With nobody signed in there is no connection. */
export class StartUp {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #steps: { readonly phase: Phase; readonly run: () => unknown }[] = [];

  constructor({ clock, log }: { clock: Clock; log: Log }) {
    this.#clock = clock;
    this.#log = log;
  }

  on(phase: Phase, run: () => unknown): void {
    this.#steps.push({ phase, run });
  }

  /** @returns keeps what has not begun from beginning */
  begin(): Disposable {
    const closing = new AbortController();
    this.#run(closing.signal).catch((error: unknown) => {
      if (!closing.signal.aborted) this.#log.error('start-up failed', error);
    });
    return new Disposable(() => {
      closing.abort();
    });
  }

  async #run(signal: AbortSignal): Promise<void> {
    for (const phase of ['prepare', 'show', 'idle'] as const) {
      if (phase === 'idle') await this.#clock.sleep(idleDelay, signal);
      for (const step of this.#steps) {
        if (signal.aborted) return;
        if (step.phase === phase) await step.run();
      }
    }
  }
}
