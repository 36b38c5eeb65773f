import type { AppError, ErrorCode } from '../base/errors.ts';
import type { Capabilities } from '../oauth/protocol.ts';
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
  readonly identity: Partial<Identity>;
  /** The host of the service that it is signed in to. */
  readonly host: string;
  readonly capabilities: Capabilities;
}

/** An access token to present, and whose it is. */
export interface Credential {
  readonly account: AccountInfo;
  readonly accessToken: string;
  readonly tokenSetId: TokenSetId;
  /** The error when a service refuses the token even after a refresh. */
  readonly refusedCode: ErrorCode;
}

/** One token set of one sign-in; another sign-in counts from 1 again. */
export interface TokenSetId {
  readonly signInId: string;
  readonly generation: number;
}

export interface CredentialOptions {
  readonly correlationId: string;
  /** The token set whose access token a service refused, to force one refresh of it. */
  readonly refused?: TokenSetId;
}

/** The credential of one of several accounts, or the error that prevented it. */
export type CredentialResult = Credential | AppError;

/** What a service says of an account besides its tokens, and may change. */
export type ProfileUpdate = Pick<Identity, 'plan' | 'email' | 'workspaceName'>;

export function isSameTokenSet({ signInId, generation }: TokenSetId, other: TokenSetId | undefined): boolean {
  return signInId === other?.signInId && generation === other.generation;
}

/** `<user id>/<workspace id>`, or the user id alone. */
export function accountId(identity: Identity): string {
  return identity.workspaceId === undefined ? identity.userId : `${identity.userId}/${identity.workspaceId}`;
}
