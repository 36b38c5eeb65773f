import type { Disposable } from 'vscode';

/** A value that is loaded on first use, and disposed of only if it was loaded. */
export class Lazy<T extends Disposable> implements Disposable {
  readonly #load: () => Promise<T>;
  #value: Promise<T> | undefined;

  constructor(load: () => Promise<T>) {
    this.#load = load;
  }

  get(): Promise<T> {
    return (this.#value ??= this.#load());
  }

  dispose(): void {
    void this.#value?.then(part => {
      part.dispose();
    });
  }
}
