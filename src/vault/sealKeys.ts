import { AppError } from '../base/errors.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { SealKey } from './seal.ts';
import { createSealKey, sealKeyLength } from './seal.ts';
import type { Vault, VaultTransaction } from './vault.ts';

/** VS Code's SecretStorage, as far as the key needs it. A window that lost its connection never answers. */
export interface SecretStore {
  get(name: string): PromiseLike<string | undefined>;
  store(name: string, value: string): PromiseLike<void>;
  delete(name: string): PromiseLike<void>;
}

/** Remembers, outside of the secret store, which keys it has had: one that loses them keeps secrets in memory only. */
export interface SealKeyHistory {
  has(id: string): boolean;
  add(id: string): void;
}

/**
 * How far making a key may go:
 * - `first`: only where no key has been announced on this machine
 * - `unused`: also in place of announced keys that seal nothing, for a person who signs in
 * - `second`: also beside keys that are in use, for a person who was asked
 */
export type KeyCreation = 'first' | 'unused' | 'second';

const readTimeout = 5_000;
const lateTimeout = 2_000;
const pause = 200;

/**
 * The keys of the seal. Each lies in SecretStorage under a name of its own, is never overwritten, and is announced in the
 * vault before it is stored, so that of two windows that make one, the first to announce wins. A store that lacks an
 * announced key (another browser, another person, a lost keyring) cannot open its records and leaves them alone.
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
   * Those of the announced keys that this window's store has, in the order they were announced.
   * @throws AppError `secretStoreUnavailable` where it does not answer, and none is known from before
   */
  async find(announced: readonly string[]): Promise<SealKey[]> {
    const answers = await Promise.allSettled(announced.map(async id => this.#known.get(id) ?? this.#load(id)));
    const keys = answers.flatMap(answer => (answer.status === 'fulfilled' && answer.value ? [answer.value] : []));
    const failure = answers.find(answer => answer.status === 'rejected');
    if (keys.length === 0 && failure) throw failure.reason;
    return keys;
  }

  /**
   * The key to seal a new record with; made where there is none and `wish` allows it.
   * @throws AppError `keyMissing` where it does not, or `secretStoreVolatile` where the store has had one and lost it,
   * `secretStoreUnavailable`, what keeps the vault from being written
   */
  async require(wish: KeyCreation): Promise<SealKey> {
    for (;;) {
      // A write, because a key must not be made for want of an answer.
      const announced = await this.#vault.write(transaction => transaction.keyIds());
      const [found] = await this.#findLate(announced, wish);
      const key = found ?? (await this.#make(wish, announced));
      if (key) return key;
    }
  }

  /**
   * What the store has of these right now, asked anew, and had when this window was opened. With none to ask for it is asked all
   * the same, so that it is known to answer.
   * @throws AppError `secretStoreUnavailable`
   */
  async status(announced: readonly string[]): Promise<{ readonly isHere: boolean; readonly wasHere: boolean }[]> {
    if (announced.length === 0) await this.#withTimeout(() => this.#secrets.get(entry('')));
    const look = async (id: string) => {
      const secret = await this.#withTimeout(() => this.#secrets.get(entry(id)));
      return { isHere: secret !== undefined, wasHere: this.#history.has(id) };
    };
    return Promise.all(announced.map(look));
  }

  /** Takes keys out of the store, after they were taken out of the vault. What is left behind opens nothing. */
  async forget(ids: readonly string[]): Promise<void> {
    for (const id of ids) this.#known.delete(id);
    await Promise.allSettled(ids.map(id => this.#withTimeout(() => this.#secrets.delete(entry(id)))));
  }

  /** A key that another window has just stored may take a moment to be seen here. */
  async #findLate(announced: readonly string[], wish: KeyCreation): Promise<SealKey[]> {
    const give = this.#clock.now() + (wish === 'unused' && announced.length > 0 ? lateTimeout : 0);
    for (;;) {
      const keys = await this.find(announced);
      if (keys.length > 0 || this.#clock.now() >= give) return keys;
      await this.#clock.sleep(pause);
    }
  }

  /** @returns `undefined` where another window has announced a key since: it was first, and its key may be seen here */
  async #make(wish: KeyCreation, announced: readonly string[]): Promise<SealKey | undefined> {
    const key = createSealKey();
    const isFirst = await this.#vault.write(transaction => {
      const ids = transaction.keyIds();
      if (ids.some(id => !announced.includes(id))) return false;
      const used = usedKeys(transaction);
      const isInUse = ids.some(id => used.has(id));
      if ((ids.length > 0 && wish === 'first') || (isInUse && wish !== 'second')) {
        throw new AppError(ids.some(id => this.#history.has(id)) ? 'secretStoreVolatile' : 'keyMissing');
      }
      // Beside keys in use, one that is not yet used may be somebody's who is signing in.
      if (wish === 'unused') for (const id of ids) transaction.withdrawKey(id);
      transaction.announceKey(key.id, this.#clock.now());
      return true;
    });
    if (!isFirst) return undefined;
    try {
      await this.#withTimeout(() => this.#secrets.store(entry(key.id), key.secret.toString('base64')));
      const stored = await this.#load(key.id);
      if (!stored) throw new AppError('secretStoreUnavailable');
      this.#log.info('a key was made', { key: key.id });
      return stored;
    } catch (error) {
      await this.#vault.write(transaction => {
        // A store that answers late may have kept it, and another window may have used it.
        if (!usedKeys(transaction).has(key.id)) transaction.withdrawKey(key.id);
      });
      throw error;
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

  /** No call of ours waits on the store without an end. */
  async #withTimeout<T>(ask: () => PromiseLike<T>): Promise<T> {
    const done = new AbortController();
    const late = this.#clock.sleep(readTimeout, done.signal).then(() => {
      throw new AppError('secretStoreUnavailable');
    });
    try {
      return await Promise.race([ask(), late]);
    } catch (error) {
      throw error instanceof AppError ? error : new AppError('secretStoreUnavailable', { cause: error });
    } finally {
      late.catch(() => undefined);
      done.abort();
    }
  }
}

function usedKeys(transaction: VaultTransaction): Set<string> {
  return new Set([...transaction.rows(), ...transaction.apiKeys()].map(({ keyId }) => keyId));
}

function entry(id: string): string {
  return `key:${id}`;
}
