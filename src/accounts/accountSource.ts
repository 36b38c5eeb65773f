import type { Change } from '../base/change.ts';
import type { AppError } from '../base/errors.ts';
import type { AccountInfo, Credential, CredentialOptions, PresentCredential, ProfileUpdate } from './account.ts';
import type { RefusedTokenOutcome } from './refusedToken.ts';

/**
 * Who keeps accounts of one kind, with their tokens: those signed in here, the Codex CLI's, API keys. Whoever uses accounts asks
 * the registry (`Accounts`), and never which kind one is: what differs between kinds is a member here.
 */
export interface AccountSource {
  /** Of the source, as `AccountInfo.source` names it. */
  readonly id: string;
  /** The VS Code authentication provider whose sessions its accounts are. */
  readonly providerId: string;
  /** Whether a session id is of a form that only this source gives. Absent: of no such form. */
  owns?(id: string): boolean;
  /** The error that prevents reading the accounts; the source serves them from memory meanwhile. */
  readonly problem?: AppError | undefined;
  /** Every account there is; never the network. */
  accounts(): Promise<readonly AccountInfo[]>;
  /**
   * An access token that lasts a while, refreshed first if need be.
   * @throws AppError `signedOut`, or the error that prevented a refresh
   */
  credential(hash: string, options: CredentialOptions): Promise<Credential>;
  /** Every account with the access token that it has; never the network. */
  presentCredentials(): Promise<readonly PresentCredential[]>;
  /**
   * A service refused this access token to another extension: it is refreshed or checked, once. Only a caller that knows the
   * present token has any effect. Never throws.
   * @returns `undefined` where no account has this session id
   */
  reportRefused(id: string, accessToken: string, correlationId: string): Promise<RefusedTokenOutcome | undefined>;
  /** Keeps what the service says an account is called by now; its label stays. Never throws: nothing depends on it. */
  updateProfile(account: Pick<AccountInfo, 'hash' | 'signInId'>, update: ProfileUpdate): Promise<void>;
  /** Reads again what another window or program may have changed. Never throws. */
  reload(): Promise<void>;
  /** @returns stops listening */
  onDidChange(listener: (change: Change<AccountInfo>) => void): () => void;
}

/** Which account a person wants to sign in to; by default any. */
export interface SignInWish {
  /** The account with this session id. */
  readonly wanted?: string;
  /** Any but those that are signed in. */
  readonly another?: boolean;
}

/** What a person does with the accounts of a source. Each shows its own progress, and its failures before it throws them. */
export interface AccountActions {
  /** @throws AppError */
  readonly signIn: (wish: SignInWish) => Promise<AccountInfo>;
  /** @throws AppError */
  readonly signOut: (account: AccountInfo) => Promise<void>;
  /** Asks first. @throws AppError */
  readonly confirmAndSignOut: (account: AccountInfo) => Promise<void>;
  /** Deletes everything of the source from this computer; shows nothing. @throws AppError */
  readonly disconnectAll: (correlationId: string) => Promise<DisconnectResult>;
  /** Says that the session of this account has expired, and offers to sign in again. Absent: signing in here does not help. */
  readonly showExpired?: (account: AccountInfo) => Promise<void>;
}

export interface DisconnectResult {
  readonly revoked: number;
  /** Sessions that the service did not confirm as revoked. */
  readonly unrevoked: number;
  /** What the person should know besides, as a sentence. */
  readonly note?: string;
}
