import type { AppError } from '../base/errors.ts';
import type { Capabilities } from '../oauth/protocol.ts';
import type { AccountService } from '../oauth/service.ts';
import { codexDefaults } from '../oauth/services/codexClient.ts';
import type { Identity } from '../oauth/tokenSet.ts';

/** VS Code's authentication provider for ChatGPT accounts. */
export const chatGptProviderId = 'chatgpt-sign-in';

/** An account as every room but its source sees it: without tokens. */
export interface AccountInfo {
  /** The id of the source that keeps it, see `AccountSource`. */
  readonly source: string;
  /** Identifies the account in the databases and to its source, and identifies no person. */
  readonly hash: string;
  /** The id of its VS Code sessions. */
  readonly id: string;
  /** What VS Code keys its grants by: unique, and never changed once given. */
  readonly label: string;
  /** Identifies one sign-in, so that nothing remembered of a session is applied to a later one. */
  readonly signInId: string;
  /** Whether the session has expired: the account keeps its place until it signs in again. */
  readonly isExpired: boolean;
  /** The service does not refresh the session any more: it ends with its access token. */
  readonly isEnding?: true;
  /** The service's code by which it refuses to refresh the session, where this version does not know what it means. */
  readonly refusalCode?: string;
  readonly identity: Partial<Identity>;
  /** The host of the service that it is signed in to. */
  readonly host: string;
  readonly capabilities: Capabilities;
  /** Where its access token or key is presented, without a trailing slash; absent where that is not known. */
  readonly backendUrl?: string;
}

/** An access token to present, and whose it is. */
export interface Credential {
  readonly account: AccountInfo;
  readonly accessToken: string;
  readonly tokenSetId: TokenSetId;
}

/** One token set of one sign-in; another sign-in counts from 1 again. */
export interface TokenSetId {
  readonly signInId: string;
  readonly generation: number;
}

export interface CredentialOptions {
  readonly correlationId: string;
  /** The token set whose access token a service refused, to force one refresh of it; `isExpired` where that is what the service said. */
  readonly refused?: TokenSetId & { readonly isExpired?: boolean };
}

/** The access token that an account has at this moment, without a refresh. */
export interface PresentCredential extends Credential {
  /** Whether the access token has not expired. */
  readonly isValid: boolean;
}

/** What came of a request for a credential. With an error, the credential is the one that the account had before. */
export interface CredentialResult {
  readonly credential: Credential;
  readonly error?: AppError;
}

/** What a service says of an account besides its tokens, and may change. */
export type ProfileUpdate = Pick<Identity, 'plan' | 'email' | 'workspaceName'>;

export function isSameTokenSet({ signInId, generation }: TokenSetId, other: TokenSetId | undefined): boolean {
  return signInId === other?.signInId && generation === other.generation;
}

/**
 * The id of an account's VS Code sessions: the account's own at OpenAI, with the issuer before it anywhere else, since two issuers may
 * give one id to two people.
 */
export function sessionId({ issuer }: Pick<AccountService, 'issuer'>, identity: Identity): string {
  const id = accountId(identity);
  return issuer === codexDefaults.issuer ? id : `${issuer}#${id}`;
}

/** `<user id>/<workspace id>`, or the user id alone. An issuer gives it once. */
export function accountId(identity: Identity): string {
  return identity.workspaceId === undefined ? identity.userId : `${identity.userId}/${identity.workspaceId}`;
}
