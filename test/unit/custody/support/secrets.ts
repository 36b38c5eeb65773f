import type { KeyNotes, SecretStore } from '../../../../src/custody/keys.ts';

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

/** A browser's window on a server: its own copy, taken when it opens, and written back whole. */
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

/** A window that lost its connection. */
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

/** Says that it has stored, and has not. */
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

/** What a profile remembers of the keys that its store has had. */
export class Notes implements KeyNotes {
  readonly #ids = new Set<string>();

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  add(id: string): void {
    this.#ids.add(id);
  }
}
