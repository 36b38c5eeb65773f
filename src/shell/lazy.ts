import type { Disposable } from 'vscode';

/** A part that is loaded when it is first needed, and disposed of if it was. */
export class OnDemand<T extends Disposable> implements Disposable {
  readonly #load: () => Promise<T>;
  #part: Promise<T> | undefined;

  constructor(load: () => Promise<T>) {
    this.#load = load;
  }

  get(): Promise<T> {
    return (this.#part ??= this.#load());
  }

  dispose(): void {
    void this.#part?.then(part => {
      part.dispose();
    });
  }
}
