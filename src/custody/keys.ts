import { SignInError } from '../oauth/errors.ts';
import type { Clock, Log } from '../oauth/host.ts';
import type { SealKey } from './seal.ts';
import { createSealKey, sealKeyLength } from './seal.ts';
import type { Vault } from './vault.ts';

/** VS Code's SecretStorage, as far as the key needs it. A window that lost its connection never answers. */
export interface SecretStore {
  get(name: string): PromiseLike<string | undefined>;
  store(name: string, value: string): PromiseLike<void>;
}

/**
 * How far making a key may go:
 * - `first`: only where no key has been announced on this machine
 * - `unused`: also in place of announced keys that seal nothing, for a person who signs in
 * - `second`: also beside keys that are in use, for a person who was asked
 */
export type KeyWish = 'first' | 'unused' | 'second';

const answerLimit = 5_000;
const lateLimit = 2_000;
const pause = 200;

/**
 * The keys of the seal. Each lies in SecretStorage under a name of its own, is never overwritten, and is announced in the
 * vault before it is stored, so that of two windows that make one, the first to announce wins. A store that lacks an
 * announced key (another browser, another person, a lost keyring) cannot open its records and leaves them alone.
 */
export class Keys {
  readonly #secrets: SecretStore;
  readonly #vault: Vault;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #known = new Map<string, SealKey>();

  constructor(options: { secrets: SecretStore; vault: Vault; clock: Clock; log: Log }) {
    this.#secrets = options.secrets;
    this.#vault = options.vault;
    this.#clock = options.clock;
    this.#log = options.log;
  }

  /**
   * Those of the announced keys that this window's store has, in the order they were announced.
   * @throws SignInError `secretStoreUnavailable`
   */
  async find(announced: readonly string[]): Promise<SealKey[]> {
    const keys: SealKey[] = [];
    for (const id of announced) {
      const key = this.#known.get(id) ?? (await this.#load(id));
      if (key) keys.push(key);
    }
    return keys;
  }

  /**
   * The key to seal a new record with; made where there is none and `wish` allows it.
   * @throws SignInError `keyMissing` where it does not, `secretStoreUnavailable`
   */
  async require(wish: KeyWish): Promise<SealKey> {
    const announced = (await this.#vault.read())?.keyIds ?? [];
    const [found] = announced.length > 0 ? await this.#findLate(announced, wish) : [];
    return found ?? this.#make(wish);
  }

  /** A key that another window has just stored may take a moment to be seen here. */
  async #findLate(announced: readonly string[], wish: KeyWish): Promise<SealKey[]> {
    const give = this.#clock.now() + (wish === 'second' ? 0 : lateLimit);
    for (;;) {
      const keys = await this.find(announced);
      if (keys.length > 0 || this.#clock.now() >= give) return keys;
      await this.#clock.sleep(pause);
    }
  }

  async #make(wish: KeyWish): Promise<SealKey> {
    const key = createSealKey();
    const announced = await this.#vault.write(transaction => {
      const ids = transaction.keyIds();
      const used = new Set(transaction.rows().map(row => row.keyId));
      if (ids.length > 0 && wish === 'first') return false;
      if (ids.some(id => used.has(id)) && wish !== 'second') return false;
      for (const id of ids) if (!used.has(id)) transaction.withdrawKey(id);
      transaction.announceKey(key.id, this.#clock.now());
      return true;
    });
    if (!announced) throw new SignInError('keyMissing');
    try {
      await this.#limited(this.#secrets.store(entry(key.id), key.secret.toString('base64')));
      const stored = await this.#load(key.id);
      if (!stored) throw new SignInError('secretStoreUnavailable');
      this.#log.info('a key was made', { key: key.id });
      return stored;
    } catch (error) {
      await this.#vault.write(transaction => {
        transaction.withdrawKey(key.id);
      });
      throw error instanceof SignInError ? error : new SignInError('secretStoreUnavailable', { cause: error });
    }
  }

  async #load(id: string): Promise<SealKey | undefined> {
    const secret = Buffer.from((await this.#limited(this.#secrets.get(entry(id)))) ?? '', 'base64');
    if (secret.length !== sealKeyLength) return undefined;
    const key = { id, secret };
    this.#known.set(id, key);
    return key;
  }

  async #limited<T>(answer: PromiseLike<T>): Promise<T> {
    const done = new AbortController();
    const late = this.#clock.sleep(answerLimit, done.signal).then(() => {
      throw new SignInError('secretStoreUnavailable');
    });
    try {
      return await Promise.race([answer, late]);
    } finally {
      done.abort();
      late.catch(() => undefined);
    }
  }
}

function entry(id: string): string {
  return `key:${id}`;
}
