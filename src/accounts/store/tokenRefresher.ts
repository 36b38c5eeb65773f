import { asAppError, AppError } from '../../base/errors.ts';
import { isFresh, isValid } from '../../oauth/tokenSet.ts';
import type { StoredAccount, TokenSetId } from '../account.ts';
import { isSameTokenSet } from '../account.ts';
import type { VaultCache } from '../../vault/vaultCache.ts';
import type { RotationParts } from './rotation.ts';
import { rotate } from './rotation.ts';

export interface CredentialOptions {
  readonly correlationId: string;
  /** The generation whose access token a service refused, to force one refresh of it. */
  readonly refused?: TokenSetId;
}

/** One refresh of an account in this window, shared by all its callers, and how far it has come. */
interface Run {
  readonly result: Promise<StoredAccount>;
  readonly progress: RefreshProgress;
}

class RefreshProgress {
  hasLock = false;
  /** What keeps the request from leaving this machine, while it is tried again. */
  readonly requestError = Promise.withResolvers<AppError>();
  lastRequestError: AppError | undefined;

  fail(error: AppError): void {
    this.lastRequestError = error;
    this.requestError.resolve(error);
  }
}

/** How long a caller waits for a refresh; the request itself is never ended by it. */
const callerTimeout = 10_000;
/** How long one run waits for the lock before it gives way to the next. */
const lockTimeout = 60_000;

/** Gives out accounts whose access token can be used, and renews those that need it: at need only, never by a timer. */
export class TokenRefresher {
  readonly #parts: RotationParts & { readonly cache: VaultCache };
  readonly #runs = new Map<string, Run>();
  readonly #closing = new AbortController();
  readonly #renewed: (account: StoredAccount, correlationId: string) => void;
  readonly #listeners = new Set<(account: StoredAccount) => void>();

  /** @param renewed called by the one window that has renewed an account */
  constructor(parts: RotationParts & { readonly cache: VaultCache }, renewed: (account: StoredAccount, correlationId: string) => void) {
    this.#parts = parts;
    this.#renewed = renewed;
  }

  /**
   * Called by the one window that heard from the service that a session is over.
   * @returns stops listening
   */
  onDidExpire(listener: (account: StoredAccount) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * On a passing fault a token that is still valid will do, at once; without one it is waited for until patience ends.
   * @throws AppError `signedOut`, or what kept a lapsed token from being refreshed
   */
  async refreshIfNeeded(account: StoredAccount, options: CredentialOptions): Promise<StoredAccount> {
    const isRefused = isSameTokenSet(account, options.refused);
    const isGood = () => !isRefused && isValid(account.tokens, this.#time());
    if (!isRefused && isFresh(account.tokens, this.#time())) return account;
    try {
      return await this.#unlessGone(await this.#wait(this.#run(account, options), isGood()), options);
    } catch (error) {
      const failure = asAppError(error);
      if (failure.code !== 'signedOut' && isGood()) return await this.#unlessGone(account, options);
      throw failure;
    }
  }

  /** Nothing further is begun. Resolves when what is under way has ended. */
  async close(): Promise<void> {
    this.#closing.abort(new AppError('cancelled'));
    await this.settled();
  }

  async settled(): Promise<void> {
    while (this.#runs.size > 0) await Promise.allSettled([...this.#runs.values()].map(({ result }) => result));
  }

  /**
   * While it was waited for, this window may have seen the account signed out, or in again: memory was read after it.
   * @throws AppError `signedOut`
   */
  async #unlessGone(account: StoredAccount, { correlationId }: CredentialOptions): Promise<StoredAccount> {
    const cache = this.#parts.cache.get(account.hash);
    if (!cache || cache.state === 'expired') throw new AppError('signedOut');
    return cache.signInId === account.signInId ? account : this.refreshIfNeeded(cache, { correlationId });
  }

  #time() {
    return { now: this.#parts.clock.now(), clockOffset: this.#parts.http.clockOffset };
  }

  #run(account: StoredAccount, options: CredentialOptions): Run {
    const running = this.#runs.get(account.hash);
    if (!running) return this.#begin(account, options);
    // It may have begun before the generation that is now refused was there.
    const result = running.result.then(after => (isSameTokenSet(after, options.refused) ? this.#run(after, options).result : after));
    return { ...running, result };
  }

  #begin(account: StoredAccount, options: CredentialOptions): Run {
    const progress = new RefreshProgress();
    const result = this.#rotate(account, options, progress).finally(() => this.#runs.delete(account.hash));
    const run = { result, progress };
    this.#runs.set(account.hash, run);
    return run;
  }

  async #rotate(account: StoredAccount, options: CredentialOptions, progress: RefreshProgress): Promise<StoredAccount> {
    const { cache, clock } = this.#parts;
    const key = cache.keyOf(account);
    if (!key) throw new AppError('keyMissing');
    const done = new AbortController();
    const impatience = new AbortController();
    void clock.sleep(lockTimeout, done.signal).then(
      () => {
        impatience.abort(new AppError('vaultLocked'));
      },
      () => undefined,
    );
    try {
      return await rotate(key, account.hash, {
        ...this.#parts,
        ...options,
        signal: AbortSignal.any([impatience.signal, this.#closing.signal]),
        closing: this.#closing.signal,
        onLocked: () => {
          progress.hasLock = true;
        },
        onRequestError: error => {
          progress.fail(error);
        },
        onExpired: ended => {
          for (const listener of this.#listeners) listener(ended);
        },
        onRenewed: renewed => {
          this.#renewed(renewed, options.correlationId);
        },
      });
    } finally {
      done.abort();
      await cache.sync();
    }
  }

  /** Ends the waiting, not what is waited for. A holder of the lock that is stopped is told apart from a silent service. */
  async #wait({ result, progress }: Run, isHasty: boolean): Promise<StoredAccount> {
    const done = new AbortController();
    const late = this.#parts.clock.sleep(callerTimeout, done.signal).then(() => {
      throw progress.lastRequestError ?? new AppError(progress.hasLock ? 'noAnswer' : 'vaultLocked');
    });
    const trouble = progress.requestError.promise.then(error => {
      throw error;
    });
    for (const promise of [late, trouble, result]) promise.catch(() => undefined);
    try {
      return await Promise.race(isHasty ? [result, late, trouble] : [result, late]);
    } finally {
      done.abort();
    }
  }
}
