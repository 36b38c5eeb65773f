/**
 * The OAuth room: how a person signs in. Start with the flows, `browserFlow.ts` and `deviceFlow.ts`: each takes the service that this
 * file describes and ends in a `tokenSet.ts`, which `refresh.ts` and `revoke.ts` take. `services/` has one file for each service.
 */

/** The words that records keep for the protocol of a service, see `services/`. */
export const dialects = ['openai', 'standard'] as const;

/**
 * The service that a person signs in to, as a plain value. A flow needs nothing else, and an account's record keeps it, so that a
 * changed setting never sends an old token to a new host.
 */
export interface AccountService {
  /** Which protocol of `services/` this service speaks. The names are stored in accounts' records. */
  readonly dialect: (typeof dialects)[number];
  readonly issuer: string;
  readonly clientId: string;
  readonly endpoints: {
    readonly authorization: string;
    readonly token: string;
    readonly revocation?: string;
    /** Absent where the service has no device codes. */
    readonly deviceAuthorization?: string;
    /** The keys that verify id_tokens; absent: an id_token is trusted because it came over TLS from the token endpoint. */
    readonly keys?: string;
  };
  readonly scopes: readonly string[];
  /** More parameters of the authorization request. */
  readonly authorizationParameters: Readonly<Record<string, string>>;
  readonly redirect: {
    /** RFC 8252, 8.3: an address, because a name may resolve to another one. */
    readonly host: '127.0.0.1';
    readonly path: string;
    /** The registered ports, in the order to try; empty: any free port (RFC 8252, 7.3). */
    readonly ports: readonly number[];
  };
  /** Whether the service returns a `nonce` in the id_token. */
  readonly nonce: boolean;
  /** Whether the service promises `iss` in its redirect (RFC 9207), so that a redirect without it is refused. */
  readonly issInCallback: boolean;
  /** The ids of the workspaces that a person may sign in to; absent: any. */
  readonly allowedWorkspaces?: readonly string[];
  /** Where plan usage can be read; absent: nowhere. */
  readonly backendUrl?: string;
}

export function isWorkspaceAllowed({ allowedWorkspaces }: AccountService, workspaceId: string | undefined): boolean {
  return allowedWorkspaces === undefined || allowedWorkspaces.includes(workspaceId ?? '');
}
