import type { Memento } from 'vscode';
import type { SealKeyHistory } from '../../vault/sealKeys.ts';

const entry = 'keysHad';

/**
 * The ids of the keys that this profile's secret storage has had, kept outside it. Entries that other windows add after this window
 * has opened do not count: this window's copy of the secret storage may never have had those keys.
 */
export class MementoSealKeyHistory implements SealKeyHistory {
  readonly #state: Memento;
  readonly #before: readonly string[];

  constructor(state: Memento) {
    this.#state = state;
    this.#before = this.all();
  }

  has(id: string): boolean {
    return this.#before.includes(id);
  }

  add(id: string): void {
    if (!this.all().includes(id)) void this.#state.update(entry, [...this.all(), id]);
  }

  all(): readonly string[] {
    return this.#state.get<readonly string[]>(entry, []);
  }
}
