/** What a person is waiting for, shown in the status bar. */
export type ActivityKind = 'signingIn' | 'signingOut';

export class SignInActivity {
  readonly #running: ActivityKind[] = [];
  readonly #listeners = new Set<() => void>();

  /** The activity that began last and has not ended. */
  get current(): ActivityKind | undefined {
    return this.#running.at(-1);
  }

  /** @returns stops listening */
  onDidChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** @returns ends it */
  begin(kind: ActivityKind): () => void {
    this.#running.push(kind);
    this.#notify();
    return () => {
      this.#running.splice(this.#running.indexOf(kind), 1);
      this.#notify();
    };
  }

  #notify(): void {
    for (const listener of this.#listeners) listener();
  }
}
