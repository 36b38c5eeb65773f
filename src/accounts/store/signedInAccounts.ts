import type { Change } from '../../base/change.ts';
import { mapChange } from '../../base/change.ts';
import type { Clock } from '../../base/clock.ts';
import type { AppError } from '../../base/errors.ts';
import { asAppError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { defined } from '../../base/defined.ts';
import type { AccountService } from '../../oauth/service.ts';
import { protocolOf } from '../../oauth/services/index.ts';
import type { AccountInfo, Credential, CredentialOptions, CredentialResult, ProfileUpdate } from '../account.ts';
import { chatGptProviderId } from '../account.ts';
import type { AccountSource } from '../accountSource.ts';
import { refreshRefused } from '../refusedToken.ts';
import type { AccountState } from './accountState.ts';
import type { AccountStore } from './accountStore.ts';
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

/** The accounts that are signed in here, as everybody else sees them: the wall that no refresh token passes. */
export class SignedInAccounts implements AccountSource {
  readonly id = 'chatgpt';
  readonly providerId = chatGptProviderId;
  readonly #store: AccountStore;
  readonly #parts: { readonly clock: Clock; readonly log: Log };

  constructor(store: AccountStore, parts: { readonly clock: Clock; readonly log: Log }) {
    this.#store = store;
    this.#parts = parts;
  }

  get problem(): AppError | undefined {
    return this.#store.problem;
  }

  async accounts(): Promise<readonly AccountInfo[]> {
    return (await this.#store.accounts()).map(account => this.#infoOf(account));
  }

  async credential(hash: string, options: CredentialOptions): Promise<Credential> {
    return this.#credentialOf(await this.#store.credential(hash, options));
  }

  async credentials(id: string | undefined, options: CredentialOptions): Promise<readonly CredentialResult[]> {
    const all = await this.#store.accounts();
    const wanted = id === undefined ? all : all.filter(account => account.id === id);
    return Promise.all(
      wanted.map(account => this.#store.refreshIfNeeded(account, options).then(fresh => this.#credentialOf(fresh), asAppError)),
    );
  }

  async reportRefused(id: string, accessToken: string, correlationId: string): Promise<void> {
    const account = (await this.#store.accounts()).find(each => each.id === id && each.tokens.accessToken === accessToken);
    if (!account) return;
    const refresh = () => this.#store.credential(account.hash, { correlationId, refused: account });
    await refreshRefused(account, refresh, { ...this.#parts, correlationId });
  }

  /** Stores a sign-in that has just succeeded. @throws AppError as `AccountStore.saveSignIn` */
  async saveSignIn(...signIn: Parameters<AccountStore['saveSignIn']>): Promise<AccountInfo> {
    return this.#infoOf(await this.#store.saveSignIn(...signIn));
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

  /** Called in the one window that heard from the service that a session has expired. @returns stops listening */
  onDidExpire(listener: (account: AccountInfo) => void): () => void {
    return this.#store.onDidExpire(account => {
      listener(this.#infoOf(account));
    });
  }

  /** What a diagnosis may say of the accounts, signing out ones left out: no token and no name. */
  async diagnostics(): Promise<readonly AccountDiagnostics[]> {
    return (await this.#store.accounts()).map(({ hash, state, service, identity, generation, tokens, refreshAttempt }) => ({
      hash,
      state,
      dialect: service.dialect,
      issuer: service.issuer,
      hasWorkspace: identity.workspaceId !== undefined,
      hasUsage: protocolOf(service).capabilities(service).usage !== undefined,
      generation,
      unanswered: refreshAttempt?.times ?? 0,
      ...defined({ expiresAt: tokens.expiresAt }),
    }));
  }

  #infoOf({ hash, id, label, signInId, state, identity, service }: StoredAccount): AccountInfo {
    const { host } = new URL(service.issuer);
    const capabilities = protocolOf(service).capabilities(service);
    return { source: this.id, hash, id, label, signInId, isExpired: state === 'expired', identity, host, capabilities };
  }

  #credentialOf(account: StoredAccount): Credential {
    const { signInId, generation, tokens } = account;
    return {
      account: this.#infoOf(account),
      accessToken: tokens.accessToken,
      tokenSetId: { signInId, generation },
      refusedCode: 'signedOut',
    };
  }
}
