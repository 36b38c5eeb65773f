import { asSignInError, SignInError } from '../../base/errors.ts';
import { isFresh, isValid } from '../../oauth/tokenSet.ts';
import type { Account, Generation } from '../account.ts';
import { isGeneration } from '../account.ts';
import type { KnownAccounts } from '../../vault/vaultCache.ts';
import type { RotationParts } from './rotation.ts';
import { rotate } from './rotation.ts';

export interface UseOptions {
  readonly flowId: string;
  /** The generation whose access token a service refused, to force one refresh of it. */
  readonly refused?: Generation;
}

/** One refresh of an account in this window, shared by all its callers, and how far it has come. */
interface Run {
  readonly result: Promise<Account>;
  readonly progress: Progress;
}

class Progress {
  hasLock = false;
  /** What keeps the request from leaving this machine, while it is tried again. */
  readonly trouble = Promise.withResolvers<SignInError>();
  lastTrouble: SignInError | undefined;

  fail(error: SignInError): void {
    this.lastTrouble = error;
    this.trouble.resolve(error);
  }
}

/** How long a caller waits for a refresh; the request itself is never ended by it. */
const callerPatience = 10_000;
/** How long one run waits for the lock before it gives way to the next. */
const lockPatience = 60_000;

/** Gives out accounts whose access token can be used, and renews those that need it: at need only, never by a timer. */
export class Refreshing {
  readonly #parts: RotationParts & { readonly known: KnownAccounts };
  readonly #runs = new Map<string, Run>();
  readonly #closing = new AbortController();
  readonly #renewed: (account: Account, flowId: string) => void;
  readonly #listeners = new Set<(account: Account) => void>();

  /** @param renewed called by the one window that has renewed an account */
  constructor(parts: RotationParts & { readonly known: KnownAccounts }, renewed: (account: Account, flowId: string) => void) {
    this.#parts = parts;
    this.#renewed = renewed;
  }

  /**
   * Called by the one window that heard from the service that a session is over.
   * @returns stops listening
   */
  onDidEnd(listener: (account: Account) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * On a passing fault a token that is still valid will do, at once; without one it is waited for until patience ends.
   * @throws SignInError `signedOut`, or what kept a lapsed token from being refreshed
   */
  async usable(account: Account, options: UseOptions): Promise<Account> {
    const isRefused = isGeneration(account, options.refused);
    const isGood = () => !isRefused && isValid(account.tokens, this.#time());
    if (!isRefused && isFresh(account.tokens, this.#time())) return account;
    try {
      return await this.#unlessGone(await this.#wait(this.#run(account, options), isGood()), options);
    } catch (error) {
      const failure = asSignInError(error);
      if (failure.code !== 'signedOut' && isGood()) return await this.#unlessGone(account, options);
      throw failure;
    }
  }

  /** Nothing further is begun. Resolves when what is under way has ended. */
  async close(): Promise<void> {
    this.#closing.abort(new SignInError('cancelled'));
    await this.settled();
  }

  async settled(): Promise<void> {
    while (this.#runs.size > 0) await Promise.allSettled([...this.#runs.values()].map(({ result }) => result));
  }

  /**
   * While it was waited for, this window may have seen the account signed out, or in again: memory was read after it.
   * @throws SignInError `signedOut`
   */
  async #unlessGone(account: Account, { flowId }: UseOptions): Promise<Account> {
    const known = this.#parts.known.get(account.hash);
    if (!known || known.state === 'ended') throw new SignInError('signedOut');
    return known.login === account.login ? account : this.usable(known, { flowId });
  }

  #time() {
    return { now: this.#parts.clock.now(), clockOffset: this.#parts.http.clockOffset };
  }

  #run(account: Account, options: UseOptions): Run {
    const running = this.#runs.get(account.hash);
    if (!running) return this.#begin(account, options);
    // It may have begun before the generation that is now refused was there.
    const result = running.result.then(after => (isGeneration(after, options.refused) ? this.#run(after, options).result : after));
    return { ...running, result };
  }

  #begin(account: Account, options: UseOptions): Run {
    const progress = new Progress();
    const result = this.#rotate(account, options, progress).finally(() => this.#runs.delete(account.hash));
    const run = { result, progress };
    this.#runs.set(account.hash, run);
    return run;
  }

  async #rotate(account: Account, options: UseOptions, progress: Progress): Promise<Account> {
    const { known, clock } = this.#parts;
    const key = known.keyOf(account);
    if (!key) throw new SignInError('keyMissing');
    const done = new AbortController();
    const impatience = new AbortController();
    void clock.sleep(lockPatience, done.signal).then(
      () => {
        impatience.abort(new SignInError('vaultLocked'));
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
        onTrouble: error => {
          progress.fail(error);
        },
        onEnded: ended => {
          for (const listener of this.#listeners) listener(ended);
        },
        onRenewed: renewed => {
          this.#renewed(renewed, options.flowId);
        },
      });
    } finally {
      done.abort();
      await known.look();
    }
  }

  /** Ends the waiting, not what is waited for. A holder of the lock that is stopped is told apart from a silent service. */
  async #wait({ result, progress }: Run, isHasty: boolean): Promise<Account> {
    const done = new AbortController();
    const late = this.#parts.clock.sleep(callerPatience, done.signal).then(() => {
      throw progress.lastTrouble ?? new SignInError(progress.hasLock ? 'noAnswer' : 'vaultLocked');
    });
    const trouble = progress.trouble.promise.then(error => {
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
