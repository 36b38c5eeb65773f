import { withTimeout } from '../base/async.ts';
import type { Clock } from '../base/clock.ts';
import { second } from '../base/duration.ts';
import { AppError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { KeyCreation } from './makeSealKey.ts';
import type { SealKey } from './seal.ts';
import { sealKeyLength } from './seal.ts';
import type { Vault } from './vault.ts';
import { usedKeys } from './vault.ts';

/** The part of VS Code's SecretStorage that is used here. In a window that lost its connection its promises never settle. */
export interface SecretStore {
  get(name: string): PromiseLike<string | undefined>;
  store(name: string, value: string): PromiseLike<void>;
  delete(name: string): PromiseLike<void>;
}

/** The ids of the keys that the secret store has had, kept outside it: a store that loses its keys keeps secrets in memory only. */
export interface SealKeyHistory {
  has(id: string): boolean;
  add(id: string): void;
  /** Every id that was ever added, by any window. */
  all(): readonly string[];
}

const storeTimeout = 5 * second;
/** How long the store may take to show a key that another window has just stored. */
const lateTimeout = 2 * second;
const pause = 200;

/**
 * The keys that records are sealed with. Each lies in SecretStorage under a name of its own, is never overwritten, and is announced
 * in the vault before it is stored: of two windows that make a key, the first to announce it wins. A store that lacks an announced
 * key (another browser, another person, a lost keyring) cannot open the records of that key and leaves them alone.
 */
export class SealKeys {
  readonly #secrets: SecretStore;
  readonly #vault: Vault;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #history: SealKeyHistory;
  readonly #known = new Map<string, SealKey>();

  constructor(options: { secrets: SecretStore; history: SealKeyHistory; vault: Vault; clock: Clock; log: Log }) {
    this.#secrets = options.secrets;
    this.#history = options.history;
    this.#vault = options.vault;
    this.#clock = options.clock;
    this.#log = options.log;
  }

  /**
   * The announced keys that this window's store has, in the order they were announced.
   * @throws AppError `secretStoreUnavailable` where the store does not reply, and this window knows none of the keys from before
   */
  async find(announced: readonly string[]): Promise<SealKey[]> {
    const results = await Promise.allSettled(announced.map(async id => this.#known.get(id) ?? this.#load(id)));
    const keys = results.flatMap(result => (result.status === 'fulfilled' && result.value ? [result.value] : []));
    const failure = results.find(result => result.status === 'rejected');
    if (keys.length === 0 && failure) throw failure.reason;
    return keys;
  }

  /**
   * The key to seal a new record with; made where there is none and `creation` allows it.
   * @throws AppError `keyMissing` where it does not, `secretStoreVolatile` where the store has had a key and lost it,
   * `secretStoreUnavailable`, or what keeps the vault from being written
   */
  async require(creation: KeyCreation): Promise<SealKey> {
    for (;;) {
      // A write, because a busy vault, which a read may skip, is no reason to make a key.
      const announced = await this.#vault.write(transaction => transaction.keyIds());
      const [found] = await this.#findLate(announced, creation);
      if (found) return found;
      const { makeSealKey } = await import('./makeSealKey.ts');
      const made = await makeSealKey(creation, announced, {
        ...{ vault: this.#vault, clock: this.#clock, log: this.#log },
        wasHere: id => this.#history.has(id),
        store: ({ id, secret }) => this.#withTimeout(() => this.#secrets.store(entry(id), secret.toString('base64'))),
        load: id => this.#load(id),
      });
      if (made) return made;
    }
  }

  /** Whether records are here, and this window's store has the key of none of them: the key that it has may be too new. */
  async opensNone(): Promise<boolean> {
    const used = await this.#vault.write(usedKeys);
    return used.size > 0 && (await this.find([...used])).length === 0;
  }

  /**
   * Whether the store has each of these keys now, and whether it had it when this window was opened. It is asked also where there are no
   * keys, so that the caller learns whether it replies.
   * @throws AppError `secretStoreUnavailable`
   */
  async status(announced: readonly string[]): Promise<{ readonly isHere: boolean; readonly wasHere: boolean }[]> {
    if (announced.length === 0) await this.#withTimeout(() => this.#secrets.get(entry('')));
    const status = async (id: string) => {
      const secret = await this.#withTimeout(() => this.#secrets.get(entry(id)));
      return { isHere: secret !== undefined, wasHere: this.#history.has(id) };
    };
    return Promise.all(announced.map(status));
  }

  /** Deletes these keys from the store, and every other that it has ever had. A key that stays opens nothing. */
  async forgetAll(announced: readonly string[]): Promise<void> {
    this.#known.clear();
    const ids = new Set([...announced, ...this.#history.all()]);
    await Promise.allSettled([...ids].map(id => this.#withTimeout(() => this.#secrets.delete(entry(id)))));
  }

  async #findLate(announced: readonly string[], creation: KeyCreation): Promise<SealKey[]> {
    const deadline = this.#clock.elapsed() + (creation === 'ifUnused' && announced.length > 0 ? lateTimeout : 0);
    for (;;) {
      const keys = await this.find(announced);
      if (keys.length > 0 || this.#clock.elapsed() >= deadline) return keys;
      await this.#clock.sleep(pause);
    }
  }

  async #load(id: string): Promise<SealKey | undefined> {
    const secret = Buffer.from((await this.#withTimeout(() => this.#secrets.get(entry(id)))) ?? '', 'base64');
    if (secret.length !== sealKeyLength) return undefined;
    const key = { id, secret };
    this.#known.set(id, key);
    if (!this.#history.has(id)) this.#history.add(id);
    return key;
  }

  async #withTimeout<T>(ask: () => PromiseLike<T>): Promise<T> {
    try {
      return await withTimeout(ask(), { clock: this.#clock, ms: storeTimeout }, () => {
        throw new AppError('secretStoreUnavailable');
      });
    } catch (error) {
      throw error instanceof AppError ? error : new AppError('secretStoreUnavailable', { cause: error });
    }
  }
}

function entry(id: string): string {
  return `key:${id}`;
}
