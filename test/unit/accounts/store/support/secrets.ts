import type { SealKeyHistory, SecretStore } from '../../../../../src/vault/sealKeys.ts';

/** One store for every window, as on a desktop. */
export class SharedSecrets implements SecretStore {
  readonly entries = new Map<string, string>();

  get(name: string): Promise<string | undefined> {
    return Promise.resolve(this.entries.get(name));
  }

  store(name: string, value: string): Promise<void> {
    this.entries.set(name, value);
    return Promise.resolve();
  }

  delete(name: string): Promise<void> {
    this.entries.delete(name);
    return Promise.resolve();
  }
}

/**
 * One store for every window of a desktop, as VS Code really has it: the others see what one window stores when an event
 * comes, and it is on the disk up to 250 ms after the call has succeeded; a process that dies before loses it.
 */
export class DesktopSecrets {
  /** The entries that were lost with their process. */
  readonly lost = new Set<string>();
  readonly #now: () => number;
  readonly #random: () => number;
  readonly #entries = new Map<string, { value: string; owner: object; seenAt: number; durableAt: number }>();

  constructor(options: { now: () => number; random: () => number }) {
    this.#now = options.now;
    this.#random = options.random;
  }

  /** The store as this process sees it. */
  of(owner: object): SecretStore {
    return {
      get: name => {
        const entry = this.#entries.get(name);
        const isSeen = entry && (entry.owner === owner || entry.seenAt <= this.#now());
        return Promise.resolve(isSeen ? entry.value : undefined);
      },
      store: (name, value) => {
        const now = this.#now();
        this.#entries.set(name, { value, owner, seenAt: now + 100, durableAt: now + 250 * this.#random() });
        return Promise.resolve();
      },
      delete: name => {
        this.#entries.delete(name);
        return Promise.resolve();
      },
    };
  }

  has(name: string): boolean {
    return this.#entries.has(name);
  }

  die(owner: object): void {
    for (const [name, entry] of this.#entries) {
      if (entry.owner !== owner || entry.durableAt <= this.#now()) continue;
      this.#entries.delete(name);
      this.lost.add(name);
    }
  }
}

/** The store of a browser window on a server: its own copy, taken when it opens, and written back whole. */
export class PrivateSecrets implements SecretStore {
  readonly #browser: { map: ReadonlyMap<string, string> };
  readonly #copy: Map<string, string>;

  constructor(browser: { map: ReadonlyMap<string, string> }) {
    this.#browser = browser;
    this.#copy = new Map(browser.map);
  }

  get(name: string): Promise<string | undefined> {
    return Promise.resolve(this.#copy.get(name));
  }

  store(name: string, value: string): Promise<void> {
    this.#copy.set(name, value);
    return this.#writeBack();
  }

  delete(name: string): Promise<void> {
    this.#copy.delete(name);
    return this.#writeBack();
  }

  #writeBack(): Promise<void> {
    this.#browser.map = new Map(this.#copy);
    return Promise.resolve();
  }
}

/** The store of a window that has lost its connection. */
export class SilentSecrets implements SecretStore {
  get(): Promise<never> {
    return new Promise(() => undefined);
  }

  store(): Promise<never> {
    return new Promise(() => undefined);
  }

  delete(): Promise<never> {
    return new Promise(() => undefined);
  }
}

export class BrokenSecrets implements SecretStore {
  get(): Promise<never> {
    return Promise.reject(new Error('the keyring is locked'));
  }

  store(): Promise<never> {
    return Promise.reject(new Error('the keyring is locked'));
  }

  delete(): Promise<never> {
    return Promise.reject(new Error('the keyring is locked'));
  }
}

/** A store that reports success, and has stored nothing. */
export class ForgetfulSecrets implements SecretStore {
  get(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  store(): Promise<void> {
    return Promise.resolve();
  }

  delete(): Promise<void> {
    return Promise.resolve();
  }
}

/** The seal keys that the store of a profile has had. */
export class MemorySealKeyHistory implements SealKeyHistory {
  readonly #ids = new Set<string>();

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  add(id: string): void {
    this.#ids.add(id);
  }

  all(): readonly string[] {
    return [...this.#ids];
  }
}
