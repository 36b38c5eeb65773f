import { BackgroundTasks } from '../../base/async.ts';
import type { Event } from '../../base/emitter.ts';
import { asAppError, AppError } from '../../base/errors.ts';
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { Http } from '../../base/http.ts';
import type { AccountService } from '../../oauth/service.ts';
import type { TokenSet } from '../../oauth/tokenSet.ts';
import type { AccountInfo, CredentialOptions, ProfileUpdate } from '../account.ts';
import { isValid } from '../../oauth/tokenSet.ts';
import type { SaveOptions } from './saveSignIn.ts';
import type { AccountRecords, StoredAccount } from './storedAccount.ts';
import { accountRecords, fromRow, hasProfile, headerOf, signedOut, toRow, withProfile } from './storedAccount.ts';
import type { SealKeys } from '../../vault/sealKeys.ts';
import type { VaultCache } from '../../vault/vaultCache.ts';
import type { Change } from '../../base/change.ts';
import type { DisconnectAllResult, RevokeAndDelete, SignOutResult } from './revokeAndDelete.ts';
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
  /** The accounts of the same provider that other sources keep. */
  readonly otherAccounts: () => Promise<readonly AccountInfo[]>;
  /** Called in one window where an interrupted sign-out could not be finished: the session may still be active. */
  readonly onSignOutGivenUp: (account: StoredAccount) => void;
  readonly http: Http;
  readonly clock: Clock;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly log: Log;
}

/**
 * The accounts that are signed in here, with their tokens: everything that stores, refreshes or deletes a token goes through here.
 * `docs/custody.md` says why no session is lost; `rotation.ts` is the refresh, `tokenRefresher.ts` what callers wait for,
 * `saveSignIn.ts` a new sign-in, `revokeAndDelete.ts` the sign-out, `giveBack.ts` what becomes of tokens that nobody may use,
 * `storedAccount.ts` the record.
 */
export class AccountStore {
  readonly #options: AccountStoreOptions;
  readonly #records: AccountRecords;
  readonly #refresher: TokenRefresher;
  readonly #signOut: () => Promise<RevokeAndDelete>;
  readonly #background: BackgroundTasks;
  readonly #closing = new AbortController();
  readonly onDidChange: Event<Change<StoredAccount>>;
  /** Fires in the one window that heard from the service that a session is over. */
  readonly onDidExpire: Event<StoredAccount>;

  constructor(options: AccountStoreOptions) {
    this.#options = options;
    this.#background = new BackgroundTasks(options.log);
    this.#records = options.cache.records(accountRecords);
    const parts = { ...options, records: this.#records, closing: this.#closing.signal };
    let signOut: RevokeAndDelete | undefined;
    // Loaded behind the first screen, by `prepare`.
    this.#signOut = async () => {
      const { RevokeAndDelete } = await import('./revokeAndDelete.ts');
      return (signOut ??= new RevokeAndDelete(parts));
    };
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
    this.#background.add(this.finishSignOuts());
    this.#background.add(this.#refresher.load());
  }

  /** Revokes what sign-outs have left, before a new sign-in: a revocation may end sessions that began before it. @throws AppError */
  async finishSignOuts(): Promise<void> {
    await (await this.#signOut()).resume();
  }

  /** Reads the vault and fires `onDidChange` for what is new. Never throws: see `problem`. */
  reload(): Promise<void> {
    return this.#options.cache.sync();
  }

  /**
   * Stores a sign-in. A known account is replaced in place, and its superseded tokens are given back, as those of a refused sign-in are.
   * @param options.wanted the id of the account to sign in: that of another one is refused
   * @throws AppError `identityInvalid`, `wrongAccount`, `alreadySignedIn`, `cancelled`, `keyMissing`, or what keeps the vault from being
   * written
   */
  async saveSignIn(service: AccountService, tokens: TokenSet, options: SaveOptions): Promise<StoredAccount> {
    const { saveSignIn } = await import('./saveSignIn.ts');
    return saveSignIn({ service, tokens }, options, { ...this.#options, records: this.#records, background: this.#background });
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
    if (account.state === 'expired') throw signedOut(account);
    return this.#refresher.refreshIfNeeded(account, options);
  }

  /** Whether the access token has not expired. */
  isValid({ tokens }: StoredAccount): boolean {
    const { clock, http } = this.#options;
    return isValid(tokens, { now: clock.now(), clockOffset: http.clockOffset });
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
        transaction.replace(headerOf(current), toRow(key, withProfile(current, update)));
      });
      await this.reload();
    } catch (error) {
      this.#options.log.error('a new profile could not be stored', error);
    }
  }

  /**
   * Signs out: the account goes from every window at once, is then revoked and then deleted.
   * @throws AppError what keeps the vault from being written
   */
  async disconnect(hash: string, options: { correlationId: string }): Promise<SignOutResult> {
    await this.reload();
    return this.#records.get(hash) ? (await this.#signOut()).one(hash, options.correlationId) : { kind: 'gone' };
  }

  /**
   * Signs everybody out and deletes every record and key, those of other browsers and keyrings too.
   * @throws AppError what keeps the vault from being read or written
   */
  async disconnectAll(options: { correlationId: string }): Promise<DisconnectAllResult> {
    await this.reload();
    if (this.problem) throw this.problem;
    return (await this.#signOut()).all(options.correlationId);
  }

  /** Called when the window closes: nothing new is begun, and what is under way gets what time there is. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#refresher.close();
    await this.settled();
  }

  /** Resolves when nothing is under way any more. */
  async settled(): Promise<void> {
    await this.#refresher.settled();
    await this.#background.settled();
    await this.#options.cache.settled();
  }

  /** The request is loaded when it is first made. */
  async #updateWorkspaceName(account: StoredAccount, correlationId: string): Promise<void> {
    const { readWorkspaceName } = await import('../../backend/workspaceName.ts');
    const workspaceName = await readWorkspaceName(account, { http: this.#options.http, correlationId });
    if (workspaceName !== undefined) await this.updateProfile(account, { workspaceName });
  }
}
