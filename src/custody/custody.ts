import { randomUUID } from 'node:crypto';
import { dialectOf } from '../oauth/dialects.ts';
import { asSignInError, SignInError } from '../oauth/errors.ts';
import type { Clock, Log } from '../oauth/host.ts';
import type { Http } from '../oauth/http.ts';
import { revoke } from '../oauth/revocation.ts';
import type { AccountService } from '../oauth/service.ts';
import type { Identity, TokenSet } from '../oauth/tokens.ts';
import { isFresh, isValid, readClaims } from '../oauth/tokens.ts';
import type { Account } from './account.ts';
import { accountId, fromRow, newAccount, toRow } from './account.ts';
import type { Keys, KeyWish } from './keys.ts';
import { accountLabel } from './label.ts';
import type { Locks } from './lock.ts';
import { rotate } from './rotation.ts';
import type { SealKey } from './seal.ts';
import type { Vault, VaultRow } from './vault.ts';

/** What changed since the last look, whoever did it: this window or another. */
export interface AccountsChange {
  readonly added: readonly Account[];
  readonly removed: readonly Account[];
  readonly changed: readonly Account[];
}

export interface CustodyOptions {
  readonly vault: Vault;
  readonly keys: Keys;
  readonly locks: Locks;
  readonly http: Http;
  readonly clock: Clock;
  readonly log: Log;
}

/** How long a caller waits for a refresh; the request itself is never ended by it. */
const callerPatience = 10_000;
/** How long one run waits for the lock before it gives way to the next. */
const lockPatience = 60_000;
/** Between looks at a vault that stays busy, doubled each time. */
const busyPause = 250;
const longestBusyPause = 5_000;

/** Where the tokens lie, and the one place that refreshes, replaces and forgets them. */
export class Custody {
  readonly #options: CustodyOptions;
  readonly #listeners = new Set<(change: AccountsChange) => void>();
  readonly #runs = new Map<string, Promise<Account>>();
  readonly #background = new Set<Promise<unknown>>();
  #accounts = new Map<string, Account>();
  #keys = new Map<string, SealKey>();
  #looking: Promise<void> = Promise.resolve();
  #nextLook: Promise<void> | undefined;
  #hasSeen = false;
  #busyLooks = 0;
  #isWaitingToLook = false;
  #problem: SignInError | undefined;

  constructor(options: CustodyOptions) {
    this.#options = options;
  }

  /** What keeps the vault from being read; memory answers meanwhile. */
  get problem(): SignInError | undefined {
    return this.#problem;
  }

  /** @returns stops listening */
  onDidChange(listener: (change: AccountsChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Every account that is signed in or was ended by the service; never the network. */
  async accounts(): Promise<readonly Account[]> {
    await this.look();
    return [...this.#accounts.values()].sort((a, b) => (a.label < b.label ? -1 : 1));
  }

  /**
   * Makes the key before anybody signs in, so that windows opened later have it, and begins to end what a crash
   * interrupted. Never throws: see `problem`.
   */
  async prepare(): Promise<void> {
    try {
      await this.#options.keys.require('first');
    } catch (error) {
      // A person who signs in is asked what to do about it.
      this.#options.log.warn('no key for new sign-ins yet', { failure: asSignInError(error).code });
    }
    await this.look();
    this.#inBackground(this.#resumeLeaving());
  }

  /**
   * Makes sure that a sign-in can be stored, before a person is sent to one.
   * @throws SignInError `keyMissing` where a person has to be asked first, `secretStoreUnavailable`, what the storage failed with (`isStorageFailure`), `vaultNewer`
   */
  async requireKey(wish: KeyWish): Promise<void> {
    await this.#options.keys.require(wish);
  }

  /**
   * Reads the vault, one look at a time, and tells the listeners what is new. Wishes that come before a look has begun
   * share it. Never throws: see `problem`.
   */
  look(): Promise<void> {
    this.#nextLook ??= this.#looking.then(() => {
      this.#nextLook = undefined;
      return this.#look();
    });
    this.#looking = this.#nextLook;
    return this.#looking;
  }

  /**
   * Stores a sign-in. A known account is replaced in place, and its superseded refresh token is revoked.
   * @param wanted the account that was asked for, by id: another one is refused and given back
   * @throws SignInError `identityInvalid`, `wrongAccount`, `keyMissing`, or what keeps the vault from being written
   */
  async adopt(
    service: AccountService,
    tokens: TokenSet,
    options: { flowId: string; wanted?: string; workspaceName?: string },
  ): Promise<Account> {
    try {
      const identity = requireIdentity(service, tokens, options.workspaceName);
      if (options.wanted !== undefined && options.wanted !== accountId(identity)) throw new SignInError('wrongAccount');
      if (service.allowedWorkspaces && !service.allowedWorkspaces.includes(identity.workspaceId ?? ''))
        throw new SignInError('wrongWorkspace');
      return await this.#store(service, identity, tokens, options);
    } catch (error) {
      this.#inBackground(revoke(service, tokens, { ...this.#options, flowId: options.flowId }));
      throw error;
    }
  }

  /**
   * An account whose access token can be handed out, refreshed first if need be. On a passing fault the token that is
   * still valid will do.
   * @param refused the generation whose access token a service refused, to force one refresh of it
   * @throws SignInError `signedOut`, or what kept a lapsed token from being refreshed
   */
  async usable(hash: string, options: { flowId: string; refused?: number }): Promise<Account> {
    await this.look();
    const account = this.#accounts.get(hash);
    if (!account && this.#problem) throw this.#problem;
    if (!account || account.state === 'ended') throw new SignInError('signedOut');
    const { clock } = this.#options;
    if (account.generation !== options.refused && isFresh(account.tokens, clock.now())) return account;
    try {
      return await this.#wait(this.#rotation(account, options));
    } catch (error) {
      const failure = asSignInError(error);
      const isRefused = account.generation === options.refused;
      if (failure.code !== 'signedOut' && !isRefused && isValid(account.tokens, clock.now())) return account;
      throw failure;
    }
  }

  /**
   * Signs out: gone from every window at once, then revoked, then deleted.
   * @returns whether the service said that the session is revoked
   */
  async disconnect(hash: string, options: { flowId: string }): Promise<boolean> {
    await this.look();
    const account = this.#accounts.get(hash);
    const key = account && this.#keys.get(account.keyId);
    if (!account || !key) return true;
    const leaving = await this.#options.vault.write(transaction => {
      const row = transaction.row(hash);
      const current = row && fromRow(key, row);
      if (!current || current.state === 'leaving') return undefined;
      const next: Account = { ...current, state: 'leaving' };
      return transaction.replace(current, toRow(key, next)) ? next : undefined;
    });
    await this.look();
    return leaving === undefined || this.#leave(leaving, options.flowId);
  }

  /** Resolves when nothing is under way any more. */
  async settled(): Promise<void> {
    while (this.#runs.size + this.#background.size > 0) await Promise.allSettled([...this.#runs.values(), ...this.#background]);
    await this.#looking;
  }

  async #look(): Promise<void> {
    const before = this.#accounts;
    const problemBefore = this.#problem?.code;
    try {
      // Without memory there is nothing to answer with, so the first look is as patient as a caller.
      const seen = await (this.#hasSeen ? this.#options.vault.read() : this.#options.vault.read(callerPatience));
      if (!seen) this.#lookAgain();
      if (!seen && this.#hasSeen) return;
      if (!seen) throw new SignInError('vaultUnavailable');
      const keys = await this.#options.keys.find(seen.keyIds);
      this.#keys = new Map(keys.map(key => [key.id, key]));
      const opened = seen.rows.flatMap(row => this.#open(row));
      this.#accounts = new Map(opened.filter(({ state }) => state !== 'leaving').map(account => [account.hash, account]));
      this.#hasSeen = true;
      this.#busyLooks = 0;
      this.#problem = undefined;
    } catch (error) {
      this.#problem = asSignInError(error);
      if (this.#problem.code !== problemBefore) this.#options.log.error('the vault cannot be read', error);
    }
    this.#tell(difference(before, this.#accounts), problemBefore !== this.#problem?.code);
  }

  /** What changed while the vault was busy may be told by no further event. */
  #lookAgain(): void {
    if (this.#isWaitingToLook) return;
    this.#isWaitingToLook = true;
    const ms = Math.min(busyPause * 2 ** this.#busyLooks++, longestBusyPause);
    void this.#options.clock.sleep(ms).then(() => {
      this.#isWaitingToLook = false;
      return this.look();
    });
  }

  #open(row: VaultRow): Account[] {
    const key = this.#keys.get(row.keyId);
    const account = key && fromRow(key, row);
    return account ? [account] : [];
  }

  #tell(change: AccountsChange, always: boolean): void {
    if (!always && change.added.length + change.removed.length + change.changed.length === 0) return;
    for (const listener of [...this.#listeners]) {
      try {
        listener(change);
      } catch (error) {
        this.#options.log.error('a listener failed', error);
      }
    }
  }

  async #store(service: AccountService, identity: Identity, tokens: TokenSet, options: { flowId: string }): Promise<Account> {
    const key = await this.#options.keys.require('unused');
    // All keys that are here, so that no account is taken for a new one.
    await this.look();
    this.#keys.set(key.id, key);
    const login = randomUUID();
    const { stored, superseded } = await this.#options.vault.write(transaction => {
      if (!transaction.keyIds().includes(key.id)) throw new SignInError('keyMissing');
      const others = transaction.rows().flatMap(row => this.#open(row));
      const known = others.find(account => account.id === accountId(identity) && account.service.issuer === service.issuer);
      const taken = others.map(({ label }) => label);
      const label = known?.label ?? accountLabel(service, identity, taken);
      // In place, under the key it had: with another key it would be another record.
      const place = (known && this.#keys.get(known.keyId)) ?? key;
      // The name comes from a request of its own, which may have failed this time.
      const account = newAccount(place, login, label, service, { ...knownName(known), ...identity }, tokens);
      transaction.put(toRow(place, account));
      return { stored: account, superseded: known };
    });
    await this.look();
    if (superseded) this.#inBackground(revoke(superseded.service, superseded.tokens, { ...this.#options, flowId: options.flowId }));
    return stored;
  }

  /** All callers of this window share one run per account. */
  #rotation(account: Account, options: { flowId: string; refused?: number }): Promise<Account> {
    const running = this.#runs.get(account.hash);
    if (running) {
      // It may have begun before the generation that is now refused was there.
      return running.then(after => (after.generation === options.refused ? this.#rotation(after, options) : after));
    }
    const key = this.#keys.get(account.keyId);
    if (!key) throw new SignInError('keyMissing');
    const run = this.#rotate(key, account.hash, options).finally(() => this.#runs.delete(account.hash));
    this.#runs.set(account.hash, run);
    return run;
  }

  async #rotate(key: SealKey, hash: string, options: { flowId: string; refused?: number }): Promise<Account> {
    const done = new AbortController();
    const impatience = new AbortController();
    void this.#options.clock.sleep(lockPatience, done.signal).then(
      () => {
        impatience.abort(new SignInError('noAnswer'));
      },
      () => undefined,
    );
    try {
      return await rotate(key, hash, { ...this.#options, ...options, signal: impatience.signal });
    } finally {
      done.abort();
      await this.look();
    }
  }

  /** Ends the waiting, not what is waited for. */
  async #wait(run: Promise<Account>): Promise<Account> {
    const done = new AbortController();
    const late = this.#options.clock.sleep(callerPatience, done.signal).then(() => {
      throw new SignInError('noAnswer');
    });
    late.catch(() => undefined);
    run.catch(() => undefined);
    try {
      return await Promise.race([run, late]);
    } finally {
      done.abort();
    }
  }

  async #leave(account: Account, flowId: string): Promise<boolean> {
    const revoked = await revoke(account.service, account.tokens, { ...this.#options, flowId });
    try {
      await this.#options.vault.write(transaction => transaction.remove(account.hash, account.login));
    } catch (error) {
      // It stays marked, shown by no window, and the next start tries again.
      this.#options.log.error('a signed-out record could not be deleted yet', error, { flow: flowId });
    }
    return revoked;
  }

  /** A window that died while it signed out left the record behind; the session must not outlive it. */
  async #resumeLeaving(): Promise<void> {
    const rows = await this.#options.vault.write(transaction => transaction.rows());
    for (const account of rows.flatMap(row => this.#open(row))) {
      if (account.state !== 'leaving') continue;
      const lock = await this.#options.locks.tryAcquire(account.hash);
      if (!lock) continue;
      try {
        const row = await this.#options.vault.write(transaction => transaction.row(account.hash));
        // Another window may have been faster.
        if (row?.login === account.login) await this.#leave(account, 'resumed');
      } finally {
        lock.release();
      }
    }
  }

  #inBackground(work: Promise<unknown>): void {
    const run = work
      .catch((error: unknown) => {
        this.#options.log.error('background work failed', error);
      })
      .finally(() => this.#background.delete(run));
    this.#background.add(run);
  }
}

function requireIdentity(service: AccountService, tokens: TokenSet, workspaceName: string | undefined): Identity {
  const claims = readClaims(tokens.idToken);
  const identity = claims && dialectOf(service).readIdentity(claims);
  if (!identity) throw new SignInError('identityInvalid');
  return workspaceName === undefined ? identity : { ...identity, workspaceName };
}

function knownName(account: Account | undefined): Pick<Identity, 'workspaceName'> {
  const name = account?.identity.workspaceName;
  return name === undefined ? {} : { workspaceName: name };
}

function difference(before: ReadonlyMap<string, Account>, after: ReadonlyMap<string, Account>): AccountsChange {
  const isSame = (a: Account, b: Account) =>
    a.login === b.login && a.generation === b.generation && (a.state === 'ended') === (b.state === 'ended');
  return {
    added: [...after.values()].filter(({ hash }) => !before.has(hash)),
    removed: [...before.values()].filter(({ hash }) => !after.has(hash)),
    changed: [...after.values()].filter(account => {
      const old = before.get(account.hash);
      return old !== undefined && !isSame(old, account);
    }),
  };
}
