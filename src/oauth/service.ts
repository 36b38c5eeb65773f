/**
 * Who is signed in to, as one plain value: a flow takes it and asks nothing else, and an account's record keeps it,
 * so that a changed setting never sends an old token to a new host.
 */
export interface AccountService {
  /** Which dialect reads and writes this service's messages. */
  readonly dialect: 'openai' | 'standard';
  readonly issuer: string;
  readonly clientId: string;
  readonly endpoints: {
    readonly authorization: string;
    readonly token: string;
    readonly revocation?: string;
    /** Where device codes come from; absent: this service has none. */
    readonly deviceAuthorization?: string;
    /** Where the keys are that sign its id_tokens; absent: they are trusted because they came over TLS from the token endpoint. */
    readonly keys?: string;
  };
  readonly scopes: readonly string[];
  /** Extra parameters of the authorization request. */
  readonly authorizationParameters: Readonly<Record<string, string>>;
  readonly redirect: {
    /** A loopback address, never a name: nothing is looked up to decide who may listen. */
    readonly host: '127.0.0.1';
    readonly path: string;
    /** The ports that are registered, in the order to try; empty: any free port will do. */
    readonly ports: readonly number[];
  };
  /** Whether the service takes a `nonce` and returns it in the id_token. */
  readonly nonce: boolean;
  /** Whether the service promises `iss` in its redirect (RFC 9207), so that an absent one is refused. */
  readonly issInCallback: boolean;
  /** The workspaces that may be signed in to, by id; absent: any. */
  readonly allowedWorkspaces?: readonly string[];
  /** Where the plan's usage is told, if anywhere. */
  readonly backendUrl?: string;
}
