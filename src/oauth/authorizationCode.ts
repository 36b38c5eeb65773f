/** The authorization code grant with PKCE (RFC 6749, 4.1; RFC 7636), by openid-client. */
import * as client from 'openid-client';
import { defined } from '../base/defined.ts';
import { AppError } from '../base/errors.ts';
import { refusalOf } from '../base/refusal.ts';
import { readString } from '../base/json.ts';
import type { LoginWish } from './protocol.ts';
import type { AccountService } from './service.ts';
import { protocolOf } from './services/index.ts';
import type { RequestContext } from './requestContext.ts';
import { configure, requestTokens } from './tokenRequest.ts';
import type { TokenSet } from './tokenSet.ts';

/** The URL to open in the browser, and the secrets that its redirect is checked with. */
export interface AuthorizationRequest {
  readonly url: string;
  readonly redirectUri: string;
  readonly state: string;
  readonly verifier: string;
  readonly nonce?: string;
}

export async function createAuthorizationRequest(
  service: AccountService,
  redirectUri: string,
  wish: LoginWish = {},
): Promise<AuthorizationRequest> {
  const state = client.randomState();
  const verifier = client.randomPKCECodeVerifier();
  const nonce = service.nonce ? client.randomNonce() : undefined;
  const url = client.buildAuthorizationUrl(configure(service), {
    redirect_uri: redirectUri,
    scope: service.scopes.join(' '),
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    ...defined({ nonce }),
    ...service.authorizationParameters,
    ...protocolOf(service).loginParameters(wish),
  });
  // Some programs that open a URL turn a plus sign into a space.
  return { url: url.href.replaceAll('+', '%20'), redirectUri, state, verifier, ...defined({ nonce }) };
}

/**
 * Exchanges the code that the browser brought back.
 * @param callback the URL that the browser called, whose `state` has been compared
 * @throws AppError
 */
export async function exchangeCallbackCode(
  service: AccountService,
  request: AuthorizationRequest,
  callback: URL,
  context: RequestContext,
): Promise<TokenSet> {
  requireIssuer(service, callback);
  requireSuccess(service, callback);
  return requestTokens(service, protocolOf(service), context, configuration =>
    client.authorizationCodeGrant(configuration, callback, {
      pkceCodeVerifier: request.verifier,
      expectedState: request.state,
      idTokenExpected: true,
      ...defined({ expectedNonce: request.nonce }),
    }),
  );
}

/** RFC 9207, 2.4. */
function requireIssuer(service: AccountService, callback: URL): void {
  const issuer = callback.searchParams.get('iss');
  if (issuer === null ? service.issInCallback : issuer !== service.issuer) throw new AppError('issuerMismatch');
}

/** RFC 6749, 4.1.2.1. */
function requireSuccess(service: AccountService, callback: URL): void {
  const error = callback.searchParams.get('error');
  if (error === null) {
    if (!readString(callback.searchParams.get('code'))) throw new AppError('callbackIncomplete');
    return;
  }
  if (error === 'access_denied') {
    const description = callback.searchParams.get('error_description') ?? undefined;
    throw new AppError(protocolOf(service).lacksEntitlement(description) ? 'noEntitlement' : 'denied');
  }
  const isPassing = error === 'server_error' || error === 'temporarily_unavailable';
  throw new AppError(isPassing ? 'serviceUnavailable' : 'refused', { refusal: refusalOf('signIn', error) });
}
