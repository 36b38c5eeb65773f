/** What is under way, for the status bar to say. */
export type ActivityKind = 'signingIn' | 'signingOut';

export class SignInActivity {
  readonly #running: ActivityKind[] = [];
  readonly #listeners = new Set<() => void>();

  /** What began last and has not ended. */
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
    this.#tell();
    return () => {
      this.#running.splice(this.#running.indexOf(kind), 1);
      this.#tell();
    };
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
