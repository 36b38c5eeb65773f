import { Disposable } from 'vscode';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';

/**
 * - `prepare`: reads what the other phases need from the disk
 * - `show`: shows the first of it to the person
 * - `idle`: runs what can wait until the window has opened
 */
type Phase = 'prepare' | 'show' | 'idle';

/** Milliseconds that VS Code takes to open a window after its first screen. */
const idleDelay = 1_000;

/** Runs each room's start-up steps after the providers are registered. No step connects to a service while nobody is signed in. */
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

  /** @returns cancels the steps that have not begun */
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
