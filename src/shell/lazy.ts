import type { Disposable } from 'vscode';

/** A part that is loaded when it is first needed, and disposed of if it was. */
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
