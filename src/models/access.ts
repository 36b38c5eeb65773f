/** Which extensions may use the plan's models: VS Code asks nobody for a provider like this one, so this extension does. */
import type { Clock } from '../base/clock.ts';

/** Where the answers are kept; they are no secret. */
export interface AccessMemory {
  get(): readonly AccessEntry[];
  set(entries: readonly AccessEntry[]): Promise<void>;
}

/** What a person decided about an extension. */
export interface AccessEntry {
  /** In lower case, as VS Code names who makes a request. */
  readonly extensionId: string;
  readonly access: 'allowed' | 'never';
  readonly requests: number;
  /** Milliseconds since the epoch. */
  readonly usedAt?: number;
}

export type AccessAnswer = 'allow' | 'notNow' | 'never';

/** Asks the person. @param extensionId `undefined` where VS Code does not say who asks */
export type AskForAccess = (extensionId: string | undefined) => Promise<AccessAnswer>;

/** VS Code's chat and the editor itself: switching models on was the answer for them. */
const editor: readonly string[] = ['github.copilot-chat', 'core'];

export class ModelAccess {
  readonly #memory: AccessMemory;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #ownId: string;
  readonly #ask: AskForAccess;
  /** The question that is open for each extension, shared by all its requests. */
  readonly #questions = new Map<string, Promise<boolean>>();
  /** One question at a time. */
  #last: Promise<unknown> = Promise.resolve();
  /** Those whom the person does not want to decide on now; `''` is whoever VS Code does not name. */
  readonly #notNow = new Set<string>();
  /** Whoever VS Code does not name, for this window. */
  #isUnnamedAllowed = false;

  /** @param options.ownId of this extension */
  constructor(options: { memory: AccessMemory; clock: Pick<Clock, 'now'>; ownId: string; ask: AskForAccess }) {
    this.#memory = options.memory;
    this.#clock = options.clock;
    this.#ownId = options.ownId.toLowerCase();
    this.#ask = options.ask;
  }

  /** Those that were allowed or refused for good. */
  get entries(): readonly AccessEntry[] {
    return this.#memory.get();
  }

  /** Whether this extension may use the models; asks the person where that is not known. */
  async isAllowed(extensionId: string | undefined): Promise<boolean> {
    const id = extensionId?.toLowerCase() ?? '';
    if (id === this.#ownId || editor.includes(id)) return true;
    const known = this.#find(id)?.access;
    if (known !== undefined) return known === 'allowed';
    if (id === '' && this.#isUnnamedAllowed) return true;
    if (this.#notNow.has(id)) return false;
    const open = this.#questions.get(id) ?? this.#question(id);
    this.#questions.set(id, open);
    return open;
  }

  /** Counts a request that was let through. */
  async used(extensionId: string | undefined): Promise<void> {
    const entry = this.#find(extensionId?.toLowerCase() ?? '');
    if (entry) await this.#put({ ...entry, requests: entry.requests + 1, usedAt: this.#clock.now() });
  }

  /** Takes access back: nothing is asked for this extension in this window until `askAgain`. */
  async takeBack(extensionId: string): Promise<void> {
    this.#notNow.add(extensionId);
    await this.#remove(extensionId);
  }

  /** Takes a "never" back: the extension is asked for again at its next request. */
  async allowQuestion(extensionId: string): Promise<void> {
    this.#notNow.delete(extensionId);
    await this.#remove(extensionId);
  }

  /** Everything that a person ever decided. */
  async forget(): Promise<void> {
    this.askAgain();
    await this.#memory.set([]);
  }

  /** Forgets the answers that held for this window only: models were switched off and on, or access was managed. */
  askAgain(): void {
    this.#notNow.clear();
    this.#isUnnamedAllowed = false;
  }

  #question(id: string): Promise<boolean> {
    const decided = this.#last.then(async () => {
      const answer = await this.#ask(id === '' ? undefined : id);
      await this.#keep(id, answer);
      return answer === 'allow';
    });
    this.#last = decided.catch(() => undefined);
    return decided.finally(() => this.#questions.delete(id));
  }

  async #keep(id: string, answer: AccessAnswer): Promise<void> {
    if (id === '') {
      this.#isUnnamedAllowed = answer === 'allow';
      if (answer !== 'allow') this.#notNow.add(id);
    } else if (answer === 'notNow') this.#notNow.add(id);
    else await this.#put({ extensionId: id, access: answer === 'allow' ? 'allowed' : 'never', requests: 0 });
  }

  async #put(entry: AccessEntry): Promise<void> {
    const others = this.entries.filter(({ extensionId }) => extensionId !== entry.extensionId);
    await this.#memory.set([...others, entry]);
  }

  async #remove(extensionId: string): Promise<void> {
    await this.#memory.set(this.entries.filter(entry => entry.extensionId !== extensionId));
  }

  #find(id: string): AccessEntry | undefined {
    return this.entries.find(({ extensionId }) => extensionId === id);
  }
}
