import type { Memento } from 'vscode';
import type { KeyNotes as Notes } from '../custody/keys.ts';

const entry = 'keysHad';

/** Which keys this profile's secret store has had, in storage that outlives it. Names only: they open nothing. */
export class KeyNotes implements Notes {
  readonly #state: Memento;

  constructor(state: Memento) {
    this.#state = state;
  }

  has(id: string): boolean {
    return this.#ids().includes(id);
  }

  add(id: string): void {
    void this.#state.update(entry, [...this.#ids(), id]);
  }

  #ids(): readonly string[] {
    return this.#state.get<readonly string[]>(entry, []);
  }
}
