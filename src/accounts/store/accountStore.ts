import { randomUUID } from 'node:crypto';
import { readIdentity } from '../../oauth/services/index.ts';
import { BackgroundTasks } from '../../base/async.ts';
import { defined } from '../../base/defined.ts';
import type { Event } from '../../base/emitter.ts';
import { asAppError, AppError } from '../../base/errors.ts';
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { Http } from '../../base/http.ts';
import { revoke } from '../../oauth/revoke.ts';
import type { AccountService } from '../../oauth/service.ts';
import { isWorkspaceAllowed } from '../../oauth/service.ts';
import type { Identity, TokenSet } from '../../oauth/tokenSet.ts';
import type { CredentialOptions, ProfileUpdate } from '../account.ts';
import { accountId } from '../account.ts';
import type { AccountRecords, StoredAccount } from './storedAccount.ts';
import { accountRecords, fromRow, headerOf, newAccount, toRow } from './storedAccount.ts';
import type { SealKeys } from '../../vault/sealKeys.ts';
import type { VaultCache } from '../../vault/vaultCache.ts';
import type { Change } from '../../base/change.ts';
import { accountLabel } from '../accountLabel.ts';
import type { RevokeAndDelete, SignOutResult } from './revokeAndDelete.ts';
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

/**
 * The accounts that are signed in here, with their tokens: everything that stores, refreshes or deletes a token goes through here.
 * `docs/custody.md` says why no session is lost; `rotation.ts` is the refresh, `tokenRefresher.ts` what callers wait for,
 * `revokeAndDelete.ts` the sign-out, `storedAccount.ts` the record.
 */
export class AccountStore {
  readonly #options: AccountStoreOptions;
  readonly #records: AccountRecords;
  readonly #refresher: TokenRefresher;
  readonly #signOut: () => Promise<RevokeAndDelete>;
  readonly #background: BackgroundTasks;
  readonly onDidChange: Event<Change<StoredAccount>>;
  /** Fires in the one window that heard from the service that a session is over. */
  readonly onDidExpire: Event<StoredAccount>;

  constructor(options: AccountStoreOptions) {
    this.#options = options;
    this.#background = new BackgroundTasks(options.log);
    this.#records = options.cache.records(accountRecords);
    const parts = { ...options, records: this.#records };
    // Loaded behind the first screen, by `prepare`.
    this.#signOut = async () => new (await import('./revokeAndDelete.ts')).RevokeAndDelete(parts);
    this.#refresher = new TokenRefresher(parts, (account, correlationId) => {
      this.#background.add(this.#updateWorkspaceName(account, correlationId));
    });
    this.onDidChange = this.#records.onDidChange;
    this.onDidExpire = this.#refresher.onDidExpire;
  }

  /** What keeps the vault from being read; until it can be, the accounts are those that were read last. */
  get problem(): AppError | undefined {
    return this.#options.cache.problem;
  }

  /** Every account whose session is valid or has expired. Makes no request. */
  async accounts(): Promise<readonly StoredAccount[]> {
    await this.reload();
    return this.#records.all;
  }

  /**
   * Makes the encryption key before anybody signs in, so that windows that open later have it, and begins to finish interrupted
   * sign-outs. Never throws: see `problem`.
   */
  async prepare(): Promise<void> {
    try {
      await this.#options.keys.require('ifNone');
    } catch (error) {
      // The next sign-in asks the person what to do about it.
      this.#options.log.warn('no key for new sign-ins yet', { failure: asAppError(error).code });
    }
    await this.reload();
    this.#background.add(this.#signOut().then(signOut => signOut.resume()));
  }

  /** Reads the vault and fires `onDidChange` for what is new. Never throws: see `problem`. */
  reload(): Promise<void> {
    return this.#options.cache.sync();
  }

  /**
   * Stores a sign-in. A known account is replaced in place, and its superseded refresh token is revoked.
   * @param options.wanted the id of the account to sign in: the session of another one is refused and revoked
   * @throws AppError `identityInvalid`, `wrongAccount`, `keyMissing`, or what keeps the vault from being written
   */
  async saveSignIn(service: AccountService, tokens: TokenSet, options: { correlationId: string; wanted?: string }): Promise<StoredAccount> {
    try {
      const identity = readIdentity(service, tokens.idToken);
      if (!identity) throw new AppError('identityInvalid');
      if (options.wanted !== undefined && options.wanted !== accountId(identity)) throw new AppError('wrongAccount');
      if (!isWorkspaceAllowed(service, identity.workspaceId)) throw new AppError('wrongWorkspace');
      const workspaceName = await this.#readWorkspaceName({ service, identity, tokens }, options.correlationId);
      return await this.#store(service, { ...identity, ...defined({ workspaceName }) }, tokens, options);
    } catch (error) {
      this.#background.add(revoke(service, tokens, { ...this.#options, correlationId: options.correlationId }));
      throw error;
    }
  }

  /**
   * An account whose access token does not expire soon, refreshed first where necessary. While the network fails, a token that is
   * still valid will do.
   * @throws AppError `signedOut`, or what kept an expired token from being refreshed
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

  /** Keeps plan, email and workspace name as the service sends them; the label stays. Never throws: nothing depends on it. */
  async updateProfile(account: Pick<StoredAccount, 'hash' | 'signInId'>, update: ProfileUpdate): Promise<void> {
    const known = this.#records.get(account.hash);
    const key = known && this.#options.cache.keyOf(known);
    if (!key || hasProfile(known, update)) return;
    try {
      await this.#options.vault.write(transaction => {
        const row = transaction.row(account.hash);
        const current = row && fromRow(key, row);
        if (current?.signInId !== account.signInId) return;
        transaction.replace(headerOf(current), toRow(key, { ...current, identity: { ...current.identity, ...update } }));
      });
      await this.reload();
    } catch (error) {
      this.#options.log.error('a new profile could not be stored', error);
    }
  }

  /**
   * Signs out: the account goes from every window at once, is then revoked and then deleted.
   * @returns whether the service confirmed that the session is revoked
   * @throws AppError what keeps the vault from being written
   */
  async disconnect(hash: string, options: { correlationId: string }): Promise<boolean> {
    await this.reload();
    return this.#records.get(hash) === undefined || (await this.#signOut()).one(hash, options.correlationId);
  }

  /**
   * Signs everybody out and deletes every record and key, those of other browsers and keyrings too.
   * @throws AppError what keeps the vault from being read or written
   */
  async disconnectAll(options: { correlationId: string }): Promise<SignOutResult> {
    await this.reload();
    if (this.problem) throw this.problem;
    return (await this.#signOut()).all(options.correlationId);
  }

  /** Called when the window closes: nothing new is begun, and what is under way gets what time there is. */
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
    // Loads all keys that this window's secret store has, so that no known account is taken for a new one.
    await this.reload();
    const signInId = randomUUID();
    const { stored, superseded } = await this.#options.vault.write(transaction => {
      if (!transaction.keyIds().includes(key.id)) throw new AppError('keyMissing');
      const others = this.#records.open(transaction.rows());
      const known = others.find(account => account.id === accountId(identity) && account.service.issuer === service.issuer);
      const taken = others.map(({ label }) => label);
      const label = known?.label ?? accountLabel(service, identity, taken);
      // A known account keeps its key: with another key it would be another record.
      const recordKey = (known && this.#options.cache.keyOf(known)) ?? key;
      // The request for the workspace's name may have failed this time.
      const knownName = defined({ workspaceName: known?.identity.workspaceName });
      const account = newAccount(recordKey, signInId, label, service, { ...knownName, ...identity }, tokens);
      transaction.put(toRow(recordKey, account));
      return { stored: account, superseded: known };
    });
    await this.reload();
    if (superseded)
      this.#background.add(revoke(superseded.service, superseded.tokens, { ...this.#options, correlationId: options.correlationId }));
    return stored;
  }

  /** The request is loaded when it is first made. */
  async #readWorkspaceName(
    account: Pick<StoredAccount, 'service' | 'identity' | 'tokens'>,
    correlationId: string,
  ): Promise<string | undefined> {
    const { readWorkspaceName } = await import('../../backend/workspaceName.ts');
    return readWorkspaceName(account, { http: this.#options.http, correlationId });
  }

  async #updateWorkspaceName(account: StoredAccount, correlationId: string): Promise<void> {
    const workspaceName = await this.#readWorkspaceName(account, correlationId);
    if (workspaceName !== undefined) await this.updateProfile(account, { workspaceName });
  }
}

function hasProfile({ identity }: StoredAccount, update: ProfileUpdate): boolean {
  return (Object.keys(update) as (keyof ProfileUpdate)[]).every(name => identity[name] === update[name]);
}
