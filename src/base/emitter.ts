import type { Log } from './log.ts';

/** Adds a listener. @returns stops listening */
export type Event<T> = (listener: (value: T) => void) => () => void;

/** `vscode.EventEmitter` for code that does not know `vscode`. A listener that fails keeps no other from being called. */
export class Emitter<T = void> {
  readonly #listeners = new Set<(value: T) => void>();
  readonly #log: Pick<Log, 'error'>;

  constructor(log: Pick<Log, 'error'>) {
    this.#log = log;
  }

  readonly event: Event<T> = listener => {
    // One function that is added twice is two listeners.
    const own = (value: T) => {
      listener(value);
    };
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  };

  fire(value: T): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(value);
      } catch (error) {
        this.#log.error('a listener failed', error);
      }
    }
  }
}
