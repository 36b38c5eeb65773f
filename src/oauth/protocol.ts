import type { HttpResponse } from '../base/http.ts';
import type { DeviceCode, DevicePoll } from './deviceCode.ts';
import type { RequestContext } from './requestContext.ts';
import type { AccountService } from './service.ts';
import type { Claims } from './claims.ts';
import type { Identity } from './tokenSet.ts';

/** What an account of a service can do besides signing in. Each service states its own, so that nobody asks which one it is. */
export interface Capabilities {
  readonly usage?: UsageEndpoint;
  readonly models?: ModelsEndpoint;
}

/** Where the service says how much of the plan is used. */
export interface UsageEndpoint {
  /** The back end's, without a trailing slash. */
  readonly url: string;
  /** The page that shows a person the same. */
  readonly page?: string;
}

/** Where the service takes model requests that the plan pays for. */
export interface ModelsEndpoint {
  /** The back end's, without a trailing slash. */
  readonly url: string;
}

/** Who has to sign in, as far as an authorization request can say it. */
export interface LoginWish {
  /** The email of the account to sign in to; absent: any account. */
  readonly email?: string;
  /** Whether the service has to ask who signs in, even where the browser is signed in to it. */
  readonly mustAsk?: boolean;
}

/** How a service issues device codes: by RFC 8628, or in its own way. */
export interface DeviceProtocol {
  /** @throws AppError */
  start(service: AccountService, context: RequestContext, protocol: ServiceProtocol): Promise<DeviceCode>;
  /** @throws AppError `cancelled`, or what kept the granted tokens from being read */
  poll(service: AccountService, code: DeviceCode, context: RequestContext, protocol: ServiceProtocol): Promise<DevicePoll>;
}

/** What differs between services: where the RFCs leave a choice, and where OpenAI differs from the RFCs. */
export interface ServiceProtocol {
  /** A token response as an RFC 6749 client expects it. */
  toStandardResponse(response: HttpResponse): Response;
  /** The code of an error response, in the service's own word; `undefined` where none can be read. */
  readErrorCode(body: unknown): string | undefined;
  /** The parameters of an authorization request that say whose sign-in is wanted (OpenID Connect Core, 3.1.2.1). */
  loginParameters(wish: LoginWish): Readonly<Record<string, string>>;
  /** Whether `access_denied` means that the account may not use this service at all. */
  lacksEntitlement(errorDescription: string | undefined): boolean;
  /** Who signed in; `undefined` without an id of the user. */
  readIdentity(idToken: Claims): Identity | undefined;
  /** The service's own id of the user, which an id_token may have beside `sub`. */
  readUserId(idToken: Claims): string | undefined;
  /** The service's client id where it is that of another program, which the sign-in panel says once. */
  foreignClientId(service: AccountService): string | undefined;
  /** Loaded when somebody signs in with a device code. */
  readonly device: () => Promise<DeviceProtocol>;
  /** Whether revoking one refresh token ends every session of its person at this client, or that token's alone (RFC 7009, 2.1). */
  readonly revocation: 'everySession' | 'oneSession';
  /** Content type and body of a revocation request (RFC 7009, 2.1). */
  revocationRequest(service: AccountService, refreshToken: string): { contentType: string; body: string };
}
