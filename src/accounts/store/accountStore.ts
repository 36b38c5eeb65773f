import { randomUUID } from 'node:crypto';
import { readIdentity } from '../../oauth/services/index.ts';
import { BackgroundTasks } from '../../base/async.ts';
import { defined } from '../../base/defined.ts';
import { asAppError, AppError } from '../../base/errors.ts';
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { Http } from '../../base/http.ts';
import { revoke } from '../../oauth/revoke.ts';
import type { AccountService } from '../../oauth/service.ts';
import type { Identity, TokenSet } from '../../oauth/tokenSet.ts';
import { readWorkspaceName } from '../../backend/workspaceName.ts';
import type { CredentialOptions, ProfileUpdate } from '../account.ts';
import { accountId } from '../account.ts';
import type { AccountRecords, StoredAccount } from './storedAccount.ts';
import { accountRecords, fromRow, headerOf, newAccount, toRow } from './storedAccount.ts';
import type { SealKeys, KeyCreation } from '../../vault/sealKeys.ts';
import type { VaultCache } from '../../vault/vaultCache.ts';
import type { Change } from '../../base/change.ts';
import { accountLabel } from '../accountLabel.ts';
import type { SignOutResult } from './revokeAndDelete.ts';
import { RevokeAndDelete } from './revokeAndDelete.ts';
import type { ProcessLocks } from '../../storage/processLock.ts';
import { TokenRefresher } from './tokenRefresher.ts';
import type { DiskReserve } from '../../storage/diskReserve.ts';
import type { Vault } from '../../vault/vault.ts';

export interface AccountStoreOptions {
  readonly vault: Vault;
  readonly keys: SealKeys;
  readonly cache: VaultCache;
  readonly locks: ProcessLocks;
  readonly reserve: DiskReserve;
  readonly http: Http;
  readonly clock: Clock;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly log: Log;
}

/** Where the tokens lie, and the one place that refreshes, replaces and forgets them. */
export class AccountStore {
  readonly #options: AccountStoreOptions;
  readonly #records: AccountRecords;
  readonly #refresher: TokenRefresher;
  readonly #signOut: RevokeAndDelete;
  readonly #background: BackgroundTasks;

  constructor(options: AccountStoreOptions) {
    this.#options = options;
    this.#background = new BackgroundTasks(options.log);
    this.#records = options.cache.records(accountRecords);
    const parts = { ...options, records: this.#records };
    this.#signOut = new RevokeAndDelete(parts);
    this.#refresher = new TokenRefresher(parts, (account, correlationId) => {
      this.#background.add(this.#updateWorkspaceName(account, correlationId));
    });
  }

  /** What keeps the vault from being read; memory answers meanwhile. */
  get problem(): AppError | undefined {
    return this.#options.cache.problem;
  }

  /** @returns stops listening */
  onDidChange(listener: (change: Change<StoredAccount>) => void): () => void {
    return this.#records.onDidChange(listener);
  }

  /**
   * Called by the one window that heard from the service that a session is over.
   * @returns stops listening
   */
  onDidExpire(listener: (account: StoredAccount) => void): () => void {
    return this.#refresher.onDidExpire(listener);
  }

  /** Every account that is signed in or was ended by the service; never the network. */
  async accounts(): Promise<readonly StoredAccount[]> {
    await this.reload();
    return this.#records.all;
  }

  /** Whether the folder lies where no lock can be relied on, so that only compare-and-set guards the tokens. */
  hasUnreliableLocks(): Promise<boolean> {
    return this.#options.locks.areUnreliable();
  }

  /**
   * Makes the key before anybody signs in, so that windows opened later have it, and begins to end what a crash
   * interrupted. Never throws: see `problem`.
   */
  async prepare(): Promise<void> {
    try {
      await this.#options.keys.require('ifNone');
    } catch (error) {
      // A person who signs in is asked what to do about it.
      this.#options.log.warn('no key for new sign-ins yet', { failure: asAppError(error).code });
    }
    await this.reload();
    this.#background.add(this.#signOut.resume());
  }

  /**
   * Makes sure that a sign-in can be stored, before a person is sent to one.
   * @throws AppError `keyMissing` or `secretStoreVolatile` where a person has to be asked first, `secretStoreUnavailable`,
   * what the storage failed with (`isStorageFailure`), `vaultNewer`, `extensionOutdated`
   */
  async requireSealKey(creation: KeyCreation): Promise<void> {
    await this.#options.keys.require(creation);
  }

  /**
   * Reads the vault, one look at a time, and tells the listeners what is new. Wishes that come before a look has begun
   * share it. Never throws: see `problem`.
   */
  reload(): Promise<void> {
    return this.#options.cache.sync();
  }

  /**
   * Stores a sign-in. A known account is replaced in place, and its superseded refresh token is revoked.
   * @param wanted the account that was asked for, by id: another one is refused and given back
   * @throws AppError `identityInvalid`, `wrongAccount`, `keyMissing`, or what keeps the vault from being written
   */
  async saveSignIn(service: AccountService, tokens: TokenSet, options: { correlationId: string; wanted?: string }): Promise<StoredAccount> {
    try {
      const identity = readIdentity(service, tokens.idToken);
      if (!identity) throw new AppError('identityInvalid');
      if (options.wanted !== undefined && options.wanted !== accountId(identity)) throw new AppError('wrongAccount');
      if (service.allowedWorkspaces && !service.allowedWorkspaces.includes(identity.workspaceId ?? ''))
        throw new AppError('wrongWorkspace');
      const workspaceName = await readWorkspaceName(
        { service, identity, tokens },
        { http: this.#options.http, correlationId: options.correlationId },
      );
      return await this.#store(service, { ...identity, ...defined({ workspaceName }) }, tokens, options);
    } catch (error) {
      this.#background.add(revoke(service, tokens, { ...this.#options, correlationId: options.correlationId }));
      throw error;
    }
  }

  /**
   * An account whose access token can be handed out, refreshed first if need be. On a passing fault the token that is
   * still valid will do.
   * @throws AppError `signedOut`, or what kept a lapsed token from being refreshed
   */
  async credential(hash: string, options: CredentialOptions): Promise<StoredAccount> {
    await this.reload();
    const account = this.#records.get(hash);
    if (!account && this.problem) throw this.problem;
    if (!account) throw new AppError('signedOut');
    return this.refreshIfNeeded(account, options);
  }

  /**
   * The same of an account that was just read.
   * @throws AppError as `credential`
   */
  async refreshIfNeeded(account: StoredAccount, options: CredentialOptions): Promise<StoredAccount> {
    if (account.state === 'expired') throw new AppError('signedOut');
    return this.#refresher.refreshIfNeeded(account, options);
  }

  /** Keeps what a service says an account is called by now; its label stays what it was. Never throws: nothing depends on it. */
  async updateProfile(account: Pick<StoredAccount, 'hash' | 'signInId'>, naming: ProfileUpdate): Promise<void> {
    const cache = this.#records.get(account.hash);
    const key = cache && this.#options.cache.keyOf(cache);
    if (!key || hasProfile(cache, naming)) return;
    try {
      await this.#options.vault.write(transaction => {
        const row = transaction.row(account.hash);
        const current = row && fromRow(key, row);
        if (current?.signInId !== account.signInId) return;
        transaction.replace(headerOf(current), toRow(key, { ...current, identity: { ...current.identity, ...naming } }));
      });
      await this.reload();
    } catch (error) {
      this.#options.log.error('a new name could not be stored', error);
    }
  }

  /**
   * Signs out: gone from every window at once, then revoked, then deleted.
   * @returns whether the service said that the session is revoked
   * @throws AppError what keeps the vault from being written
   */
  async disconnect(hash: string, options: { correlationId: string }): Promise<boolean> {
    await this.reload();
    return this.#records.get(hash) === undefined || this.#signOut.one(hash, options.correlationId);
  }

  /**
   * Signs everybody out and deletes every record and key, those of other browsers and keyrings too.
   * @throws AppError what keeps the vault from being read or written
   */
  async disconnectAll(options: { correlationId: string }): Promise<SignOutResult> {
    await this.reload();
    if (this.problem) throw this.problem;
    return this.#signOut.all(options.correlationId);
  }

  /** The window closes: nothing is begun any more, and what is under way gets what time there is. */
  async close(): Promise<void> {
    await this.#refresher.close();
    await this.settled();
  }

  /** Resolves when nothing is under way any more. */
  async settled(): Promise<void> {
    await this.#refresher.settled();
    await this.#background.settled();
    await this.#options.cache.settled();
  }

  async #store(service: AccountService, identity: Identity, tokens: TokenSet, options: { correlationId: string }): Promise<StoredAccount> {
    const key = await this.#options.keys.require('ifUnused');
    // All keys that are here, so that no account is taken for a new one.
    await this.reload();
    const signInId = randomUUID();
    const { stored, superseded } = await this.#options.vault.write(transaction => {
      if (!transaction.keyIds().includes(key.id)) throw new AppError('keyMissing');
      const others = this.#records.open(transaction.rows());
      const cache = others.find(account => account.id === accountId(identity) && account.service.issuer === service.issuer);
      const taken = others.map(({ label }) => label);
      const label = cache?.label ?? accountLabel(service, identity, taken);
      // In place, under the key it had: with another key it would be another record.
      const place = (cache && this.#options.cache.keyOf(cache)) ?? key;
      // The name comes from a request of its own, which may have failed this time.
      const account = newAccount(place, signInId, label, service, { ...knownWorkspaceName(cache), ...identity }, tokens);
      transaction.put(toRow(place, account));
      return { stored: account, superseded: cache };
    });
    await this.reload();
    if (superseded)
      this.#background.add(revoke(superseded.service, superseded.tokens, { ...this.#options, correlationId: options.correlationId }));
    return stored;
  }

  async #updateWorkspaceName(account: StoredAccount, correlationId: string): Promise<void> {
    const workspaceName = await readWorkspaceName(account, { http: this.#options.http, correlationId });
    if (workspaceName !== undefined) await this.updateProfile(account, { workspaceName });
  }
}

function knownWorkspaceName(account: StoredAccount | undefined): Pick<Identity, 'workspaceName'> {
  const name = account?.identity.workspaceName;
  return name === undefined ? {} : { workspaceName: name };
}

function hasProfile({ identity }: StoredAccount, naming: ProfileUpdate): boolean {
  return (Object.keys(naming) as (keyof ProfileUpdate)[]).every(name => identity[name] === naming[name]);
}
