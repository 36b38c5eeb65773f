import type { Disposable } from 'vscode';
import { loadOnce } from '../base/async.ts';

/** A value that is loaded on first use, and disposed of only if it was loaded. */
export class Lazy<T extends Disposable> implements Disposable {
  readonly get: () => Promise<T>;
  #value: T | undefined;
  #isDisposed = false;

  constructor(load: () => Promise<T>) {
    this.get = loadOnce(async () => {
      this.#value = await load();
      if (this.#isDisposed) this.#value.dispose();
      return this.#value;
    });
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#value?.dispose();
  }
}
