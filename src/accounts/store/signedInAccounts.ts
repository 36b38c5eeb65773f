import type { Change } from '../../base/change.ts';
import { mapChange } from '../../base/change.ts';
import type { Clock } from '../../base/clock.ts';
import { AppError } from '../../base/errors.ts';
import { hostOf } from '../../base/url.ts';
import type { Log } from '../../base/log.ts';
import { defined } from '../../base/defined.ts';
import type { AccountService } from '../../oauth/service.ts';
import { capabilitiesOf } from '../../oauth/services/capabilities.ts';
import type { AccountInfo, Credential, CredentialOptions, PresentCredential, ProfileUpdate } from '../account.ts';
import { chatGptProviderId } from '../account.ts';
import type { AccountSource } from '../accountSource.ts';
import type { RefusedTokenOutcome } from '../refusedToken.ts';
import type { AccountState } from './accountState.ts';
import type { AccountStore } from './accountStore.ts';
import type { SignOutScope } from './signOutScope.ts';
import type { StoredAccount } from './storedAccount.ts';

export interface AccountDiagnostics {
  readonly hash: string;
  readonly state: AccountState;
  readonly dialect: AccountService['dialect'];
  readonly issuer: string;
  readonly hasWorkspace: boolean;
  readonly hasUsage: boolean;
  readonly generation: number;
  /** How often the refresh token was presented without a response. */
  readonly unanswered: number;
  /** Of the access token, in milliseconds since the epoch, by this computer's clock. */
  readonly expiresAt?: number;
}

export interface SignedInAccountsParts {
  readonly clock: Clock;
  readonly log: Log;
  /** The ids of the workspaces that may be used now, whatever was allowed at the sign-in; empty: any. */
  readonly allowedWorkspaces: () => readonly string[];
}

/** The accounts that are signed in here, as everybody else sees them: the wall that no refresh token passes. */
export class SignedInAccounts implements AccountSource {
  readonly id = 'chatgpt';
  readonly providerId = chatGptProviderId;
  readonly #store: AccountStore;
  readonly #parts: SignedInAccountsParts;

  constructor(store: AccountStore, parts: SignedInAccountsParts) {
    this.#store = store;
    this.#parts = parts;
  }

  get problem(): AppError | undefined {
    return this.#store.problem;
  }

  async accounts(): Promise<readonly AccountInfo[]> {
    return (await this.#store.accounts()).map(account => this.#infoOf(account));
  }

  /** @throws AppError `workspaceNotAllowed`, or as `AccountStore.credential` */
  async credential(hash: string, options: CredentialOptions): Promise<Credential> {
    const allowed = this.#parts.allowedWorkspaces();
    // Without the setting the account is read once, with its credential.
    if (allowed.length > 0) await this.#requireAllowed(hash, allowed);
    return this.#credentialOf(await this.#store.credential(hash, options));
  }

  async presentCredentials(): Promise<readonly PresentCredential[]> {
    const accounts = await this.#store.accounts();
    return accounts.map(account => ({ ...this.#credentialOf(account), isValid: this.#store.isValid(account) }));
  }

  async reportRefused(id: string, accessToken: string, correlationId: string): Promise<RefusedTokenOutcome | undefined> {
    const account = (await this.#store.accounts()).find(each => each.id === id);
    if (!account) return undefined;
    if (account.state === 'expired') return 'over';
    if (account.tokens.accessToken !== accessToken) return 'refreshed';
    // Without a refresh token to replace it, a refused access token is the end of its session.
    const refresh = () => this.#store.credential(account.hash, { correlationId, refused: { ...account, isExpired: true } });
    const { refreshRefused } = await import('../refusedToken.ts');
    return refreshRefused(account, refresh, { ...this.#parts, correlationId });
  }

  /** Stores a sign-in that has just succeeded. @throws AppError as `AccountStore.saveSignIn` */
  async saveSignIn(...signIn: Parameters<AccountStore['saveSignIn']>): Promise<AccountInfo> {
    return this.#infoOf(await this.#store.saveSignIn(...signIn));
  }

  /** What a sign-out of this account ends. */
  async signOutScope(hash: string): Promise<SignOutScope> {
    const accounts = await this.#store.accounts();
    const account = accounts.find(each => each.hash === hash);
    if (!account) return { revocation: 'oneSession', hasForeignClient: false, others: [] };
    const { signOutScopeOf } = await import('./signOutScope.ts');
    return signOutScopeOf(account, accounts);
  }

  /** Before a new sign-in. @throws AppError as `AccountStore.finishSignOuts` */
  finishSignOuts(): Promise<void> {
    return this.#store.finishSignOuts();
  }

  updateProfile(account: Pick<AccountInfo, 'hash' | 'signInId'>, update: ProfileUpdate): Promise<void> {
    return this.#store.updateProfile(account, update);
  }

  reload(): Promise<void> {
    return this.#store.reload();
  }

  onDidChange(listener: (change: Change<AccountInfo>) => void): () => void {
    return this.#store.onDidChange(change => {
      listener(mapChange(change, account => this.#infoOf(account)));
    });
  }

  /** Called in the one window that heard from the service that a session is over. @returns stops listening */
  onDidExpire(listener: (account: AccountInfo) => void): () => void {
    return this.#store.onDidExpire(account => {
      listener(this.#infoOf(account));
    });
  }

  async #requireAllowed(hash: string, allowed: readonly string[]): Promise<void> {
    const account = (await this.#store.accounts()).find(each => each.hash === hash);
    const { workspaceId } = account?.identity ?? {};
    if (workspaceId !== undefined && !allowed.includes(workspaceId)) throw new AppError('workspaceNotAllowed');
  }

  /** What a diagnosis may say of the accounts, signing out ones left out: no token and no name. */
  async diagnostics(): Promise<readonly AccountDiagnostics[]> {
    return (await this.#store.accounts()).map(({ hash, state, service, identity, generation, tokens, refreshAttempt }) => ({
      hash,
      state,
      dialect: service.dialect,
      issuer: service.issuer,
      hasWorkspace: identity.workspaceId !== undefined,
      hasUsage: capabilitiesOf(service).usage !== undefined,
      generation,
      unanswered: refreshAttempt?.times ?? 0,
      ...defined({ expiresAt: tokens.expiresAt }),
    }));
  }

  #infoOf({ hash, id, label, signInId, state, identity, service, refusalCode }: StoredAccount): AccountInfo {
    const host = hostOf(service.issuer);
    const capabilities = capabilitiesOf(service);
    const isExpired = state === 'expired';
    const { backendUrl } = service;
    return {
      ...{ source: this.id, hash, id, label, signInId, isExpired, identity, host, capabilities },
      ...(state === 'accessOnly' ? { isEnding: true } : {}),
      ...defined({ backendUrl, refusalCode }),
    };
  }

  #credentialOf(account: StoredAccount): Credential {
    const { signInId, generation, tokens } = account;
    return {
      account: this.#infoOf(account),
      accessToken: tokens.accessToken,
      tokenSetId: { signInId, generation },
    };
  }
}
