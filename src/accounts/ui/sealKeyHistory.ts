import type { Memento } from 'vscode';
import type { SealKeyHistory as Notes } from '../../vault/sealKeys.ts';

const entry = 'keysHad';

/**
 * Which keys this profile's secret store has had, in storage that outlives it. Names only: they open nothing. What other
 * windows have noted since this one was opened does not count: its own copy of the store may never have had that key.
 */
export class MementoSealKeyHistory implements Notes {
  readonly #state: Memento;
  readonly #before: readonly string[];

  constructor(state: Memento) {
    this.#state = state;
    this.#before = this.#ids();
  }

  has(id: string): boolean {
    return this.#before.includes(id);
  }

  add(id: string): void {
    if (!this.#ids().includes(id)) void this.#state.update(entry, [...this.#ids(), id]);
  }

  #ids(): readonly string[] {
    return this.#state.get<readonly string[]>(entry, []);
  }
}
