import { withDeadline, withTimeout } from '../../base/async.ts';
import { minute, second } from '../../base/duration.ts';
import type { Event } from '../../base/emitter.ts';
import { Emitter } from '../../base/emitter.ts';
import { AppError, asAppError } from '../../base/errors.ts';
import { refusalOf } from '../../base/refusal.ts';
import { isFresh, isValid } from '../../oauth/tokenSet.ts';
import type { VaultCache } from '../../vault/vaultCache.ts';
import type { CredentialOptions } from '../account.ts';
import { isSameTokenSet } from '../account.ts';
import type { AccountRecords, StoredAccount } from './storedAccount.ts';
import { signedOut } from './storedAccount.ts';
import type { RotationParts } from './rotationRequest.ts';

export interface TokenRefresherParts extends RotationParts {
  readonly cache: VaultCache;
  readonly records: AccountRecords;
}

/** One refresh of an account in this window, shared by all its callers, and how far it has come. */
interface Run {
  readonly result: Promise<StoredAccount>;
  readonly progress: RefreshProgress;
}

class RefreshProgress {
  hasLock = false;
  lastRequestError: AppError | undefined;
  readonly #requestError = Promise.withResolvers<never>();

  constructor() {
    this.requestError.catch(() => undefined);
  }

  /** Rejects with the first error that keeps the request from leaving this machine; the run goes on and repeats it. */
  get requestError(): Promise<never> {
    return this.#requestError.promise;
  }

  fail(error: AppError): void {
    this.lastRequestError = error;
    this.#requestError.reject(error);
  }
}

/** How long a caller waits for a refresh. The refresh itself goes on. */
const callerTimeout = 10 * second;
/** How long one run waits for the lock before it fails; the next caller begins another. */
const lockTimeout = minute;

/** Returns accounts whose access token is valid, and refreshes those that need it: when a caller asks, never by a timer. `oauth/tokenSet.ts` says when one does. */
export class TokenRefresher {
  readonly #parts: TokenRefresherParts;
  readonly #runs = new Map<string, Run>();
  readonly #closing = new AbortController();
  readonly #onRefreshed: (account: StoredAccount, correlationId: string) => void;
  readonly #expired: Emitter<StoredAccount>;
  /** Fires in the one window that heard from the service that a session is over. */
  readonly onDidExpire: Event<StoredAccount>;

  /** @param onRefreshed called in the one window that has refreshed an account */
  constructor(parts: TokenRefresherParts, onRefreshed: (account: StoredAccount, correlationId: string) => void) {
    this.#parts = parts;
    this.#onRefreshed = onRefreshed;
    this.#expired = new Emitter(parts.log);
    this.onDidExpire = this.#expired.event;
  }

  /**
   * While the network fails, an access token that is still valid is returned at once; without one the caller waits until its timeout.
   * @throws AppError `signedOut`, `refused` where a refused token cannot be replaced, or what kept an expired one from being refreshed
   */
  async refreshIfNeeded(account: StoredAccount, options: CredentialOptions): Promise<StoredAccount> {
    const isRefused = isSameTokenSet(account, options.refused);
    const isStillValid = () => !isRefused && isValid(account.tokens, this.#time());
    if (!isRefused && isFresh(account.tokens, this.#time())) return account;
    if (account.state === 'accessOnly' && isStillValid()) return account;
    try {
      const after = await this.#unlessGone(await this.#wait(this.#run(account, options), isStillValid()), options);
      if (isSameTokenSet(after, options.refused)) throw new AppError('refused', { refusal: refusalOf('refresh', after.refusalCode) });
      return after;
    } catch (error) {
      const failure = asAppError(error);
      if (failure.code !== 'signedOut' && isStillValid()) return await this.#unlessGone(account, options);
      throw failure;
    }
  }

  /** Loads what a refresh runs, which no start waits for: an update may delete this version's files while the window is open. */
  async load(): Promise<void> {
    await import('./rotation.ts');
  }

  /** Begins nothing any more. Resolves when what is under way has ended. */
  async close(): Promise<void> {
    this.#closing.abort(new AppError('cancelled'));
    await this.settled();
  }

  async settled(): Promise<void> {
    while (this.#runs.size > 0) await Promise.allSettled([...this.#runs.values()].map(({ result }) => result));
  }

  /**
   * While the caller waited, this window may have seen the account signed out, or in again: the cache is newer than the result.
   * @throws AppError `signedOut`
   */
  async #unlessGone(account: StoredAccount, { correlationId }: CredentialOptions): Promise<StoredAccount> {
    const cached = this.#parts.records.get(account.hash);
    if (!cached || cached.state === 'expired') throw signedOut(cached);
    return cached.signInId === account.signInId ? account : this.refreshIfNeeded(cached, { correlationId });
  }

  #time() {
    return { now: this.#parts.clock.now(), clockOffset: this.#parts.http.clockOffset };
  }

  #run(account: StoredAccount, options: CredentialOptions): Run {
    const running = this.#runs.get(account.hash);
    if (!running) return this.#begin(account, options);
    // The run may have begun before the token set that is now refused was there.
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
    const closing = this.#closing.signal;
    const observer = {
      onLocked: () => {
        progress.hasLock = true;
      },
      onRequestError: (error: AppError) => {
        progress.fail(error);
      },
      onExpired: (expired: StoredAccount) => {
        this.#expired.fire(expired);
      },
      onRefreshed: (refreshed: StoredAccount) => {
        this.#onRefreshed(refreshed, options.correlationId);
      },
    };
    try {
      return await withDeadline({ clock, ms: lockTimeout, reason: new AppError('vaultLocked') }, async limit => {
        const { Rotation } = await import('./rotation.ts');
        const request = { ...options, signal: AbortSignal.any([limit, closing]), closing, observer };
        return new Rotation(key, account.hash, this.#parts, request).run();
      });
    } finally {
      await cache.sync();
    }
  }

  /** Ends the caller's wait, never the run. Distinguishes a suspended window that holds the lock from a service that does not respond. */
  #wait({ result, progress }: Run, failFast: boolean): Promise<StoredAccount> {
    const outcome = failFast ? Promise.race([result, progress.requestError]) : result;
    return withTimeout(outcome, { clock: this.#parts.clock, ms: callerTimeout }, () => {
      throw progress.lastRequestError ?? new AppError(progress.hasLock ? 'noAnswer' : 'vaultLocked');
    });
  }
}
