import { randomUUID } from 'node:crypto';
import { dialectOf } from '../../oauth/services/index.ts';
import { asSignInError, SignInError } from '../../base/errors.ts';
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { Http } from '../../base/http.ts';
import { revoke } from '../../oauth/revoke.ts';
import type { AccountService } from '../../oauth/service.ts';
import type { Identity, TokenSet } from '../../oauth/tokenSet.ts';
import { readClaims } from '../../oauth/tokenSet.ts';
import { readWorkspaceName } from '../../backend/workspaceName.ts';
import type { Account } from '../account.ts';
import { accountId, fromRow, newAccount, toRow } from '../account.ts';
import { ApiKeys } from '../../apiKeys/apiKeys.ts';
import type { Keys, KeyWish } from '../../vault/sealKeys.ts';
import type { AccountsChange } from '../../vault/vaultCache.ts';
import { KnownAccounts } from '../../vault/vaultCache.ts';
import { accountLabel } from '../accountLabel.ts';
import type { Departure } from './revokeAndDelete.ts';
import { Leaving } from './revokeAndDelete.ts';
import type { Locks } from '../../storage/processLock.ts';
import type { UseOptions } from './tokenRefresher.ts';
import { Refreshing } from './tokenRefresher.ts';
import type { Reserve } from '../../storage/diskReserve.ts';
import type { Vault } from '../../vault/vault.ts';

export interface CustodyOptions {
  readonly vault: Vault;
  readonly keys: Keys;
  readonly locks: Locks;
  readonly reserve: Reserve;
  readonly http: Http;
  readonly clock: Clock;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly log: Log;
}

/** What a service tells of an account besides its tokens, and may rename. */
export type Naming = Pick<Identity, 'plan' | 'email' | 'workspaceName'>;

/** Where the tokens lie, and the one place that refreshes, replaces and forgets them. */
export class Custody {
  readonly apiKeys: ApiKeys;
  readonly #options: CustodyOptions;
  readonly #known: KnownAccounts;
  readonly #refreshing: Refreshing;
  readonly #leaving: Leaving;
  readonly #background = new Set<Promise<unknown>>();

  constructor(options: CustodyOptions) {
    this.#options = options;
    this.#known = new KnownAccounts(options);
    const parts = { ...options, known: this.#known };
    this.apiKeys = new ApiKeys(parts);
    this.#leaving = new Leaving(parts);
    this.#refreshing = new Refreshing(parts, (account, flowId) => {
      this.#inBackground(this.#renameWorkspace(account, flowId));
    });
  }

  /** What keeps the vault from being read; memory answers meanwhile. */
  get problem(): SignInError | undefined {
    return this.#known.problem;
  }

  /** @returns stops listening */
  onDidChange(listener: (change: AccountsChange) => void): () => void {
    return this.#known.onDidChange(listener);
  }

  /**
   * Called by the one window that heard from the service that a session is over.
   * @returns stops listening
   */
  onDidEnd(listener: (account: Account) => void): () => void {
    return this.#refreshing.onDidEnd(listener);
  }

  /** Every account that is signed in or was ended by the service; never the network. */
  async accounts(): Promise<readonly Account[]> {
    await this.look();
    return this.#known.accounts;
  }

  /** Whether the folder lies where no lock can be relied on, so that only compare-and-set guards the tokens. */
  locksMayLie(): Promise<boolean> {
    return this.#options.locks.mayLie();
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
    this.#inBackground(this.#leaving.resume());
  }

  /**
   * Makes sure that a sign-in can be stored, before a person is sent to one.
   * @throws SignInError `keyMissing` or `secretStoreVolatile` where a person has to be asked first, `secretStoreUnavailable`,
   * what the storage failed with (`isStorageFailure`), `vaultNewer`, `extensionOutdated`
   */
  async requireKey(wish: KeyWish): Promise<void> {
    await this.#options.keys.require(wish);
  }

  /**
   * Reads the vault, one look at a time, and tells the listeners what is new. Wishes that come before a look has begun
   * share it. Never throws: see `problem`.
   */
  look(): Promise<void> {
    return this.#known.look();
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
   * @throws SignInError `signedOut`, or what kept a lapsed token from being refreshed
   */
  async usable(hash: string, options: UseOptions): Promise<Account> {
    await this.look();
    const account = this.#known.get(hash);
    if (!account && this.problem) throw this.problem;
    if (!account || account.state === 'ended') throw new SignInError('signedOut');
    return this.#refreshing.usable(account, options);
  }

  /** Keeps what a service says an account is called by now; its label stays what it was. Never throws: nothing depends on it. */
  async rename(account: Pick<Account, 'hash' | 'login'>, naming: Naming): Promise<void> {
    const known = this.#known.get(account.hash);
    const key = known && this.#known.keyOf(known);
    if (!key || isNamed(known, naming)) return;
    try {
      await this.#options.vault.write(transaction => {
        const row = transaction.row(account.hash);
        const current = row && fromRow(key, row);
        if (current?.login !== account.login) return;
        transaction.replace(current, toRow(key, { ...current, identity: { ...current.identity, ...naming } }));
      });
      await this.look();
    } catch (error) {
      this.#options.log.error('a new name could not be stored', error);
    }
  }

  /**
   * Signs out: gone from every window at once, then revoked, then deleted.
   * @returns whether the service said that the session is revoked
   * @throws SignInError what keeps the vault from being written
   */
  async disconnect(hash: string, options: { flowId: string }): Promise<boolean> {
    await this.look();
    return this.#known.get(hash) === undefined || this.#leaving.one(hash, options.flowId);
  }

  /**
   * Signs everybody out and deletes every record and key, those of other browsers and keyrings too.
   * @throws SignInError what keeps the vault from being read or written
   */
  async disconnectAll(options: { flowId: string }): Promise<Departure> {
    await this.look();
    if (this.problem) throw this.problem;
    return this.#leaving.all(options.flowId);
  }

  /** The window closes: nothing is begun any more, and what is under way gets what time there is. */
  async close(): Promise<void> {
    await this.#refreshing.close();
    await this.settled();
  }

  /** Resolves when nothing is under way any more. */
  async settled(): Promise<void> {
    await this.#refreshing.settled();
    while (this.#background.size > 0) await Promise.allSettled(this.#background);
    await this.#known.settled();
  }

  async #store(service: AccountService, identity: Identity, tokens: TokenSet, options: { flowId: string }): Promise<Account> {
    const key = await this.#options.keys.require('unused');
    // All keys that are here, so that no account is taken for a new one.
    await this.look();
    const login = randomUUID();
    const { stored, superseded } = await this.#options.vault.write(transaction => {
      if (!transaction.keyIds().includes(key.id)) throw new SignInError('keyMissing');
      const others = this.#known.open(transaction.rows());
      const known = others.find(account => account.id === accountId(identity) && account.service.issuer === service.issuer);
      const taken = others.map(({ label }) => label);
      const label = known?.label ?? accountLabel(service, identity, taken);
      // In place, under the key it had: with another key it would be another record.
      const place = (known && this.#known.keyOf(known)) ?? key;
      // The name comes from a request of its own, which may have failed this time.
      const account = newAccount(place, login, label, service, { ...knownName(known), ...identity }, tokens);
      transaction.put(toRow(place, account));
      return { stored: account, superseded: known };
    });
    await this.look();
    if (superseded) this.#inBackground(revoke(superseded.service, superseded.tokens, { ...this.#options, flowId: options.flowId }));
    return stored;
  }

  async #renameWorkspace(account: Account, flowId: string): Promise<void> {
    const workspaceName = await readWorkspaceName(account.service, account.tokens, { http: this.#options.http, flowId });
    if (workspaceName !== undefined) await this.rename(account, { workspaceName });
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

function isNamed({ identity }: Account, naming: Naming): boolean {
  return (Object.keys(naming) as (keyof Naming)[]).every(name => identity[name] === naming[name]);
}
