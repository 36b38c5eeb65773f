/** The authorization code grant with PKCE, by openid-client: the request that a browser opens and what comes back from it. */
import * as client from 'openid-client';
import { protocolOf } from './services/index.ts';
import { AppError } from '../base/errors.ts';
import type { RequestContext } from './tokenRequest.ts';
import { configure, requestTokens } from './tokenRequest.ts';
import type { AccountService } from './service.ts';
import type { TokenSet } from './tokenSet.ts';
import { readString } from '../base/json.ts';

/** One attempt's secrets and the address to open. */
export interface AuthorizationRequest {
  readonly url: string;
  readonly redirectUri: string;
  readonly state: string;
  readonly verifier: string;
  readonly nonce?: string;
}

export async function createAuthorizationRequest(service: AccountService, redirectUri: string): Promise<AuthorizationRequest> {
  const state = client.randomState();
  const verifier = client.randomPKCECodeVerifier();
  const nonce = service.nonce ? client.randomNonce() : undefined;
  const url = client.buildAuthorizationUrl(configure(service), {
    redirect_uri: redirectUri,
    scope: service.scopes.join(' '),
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    ...(nonce === undefined ? {} : { nonce }),
    ...service.authorizationParameters,
  });
  // A plus sign does not survive every way to a browser.
  return { url: url.href.replaceAll('+', '%20'), redirectUri, state, verifier, ...(nonce === undefined ? {} : { nonce }) };
}

/**
 * Redeems what the browser brought back.
 * @param callback the whole address that was called, its `state` compared already
 * @throws AppError
 */
export async function exchangeCallbackCode(
  service: AccountService,
  request: AuthorizationRequest,
  callback: URL,
  attempt: RequestContext,
): Promise<TokenSet> {
  requireIssuer(service, callback);
  requireSuccess(service, callback);
  const dialect = protocolOf(service);
  return requestTokens(
    service,
    response => dialect.toStandardResponse(response),
    attempt,
    configuration =>
      client.authorizationCodeGrant(configuration, callback, {
        pkceCodeVerifier: request.verifier,
        expectedState: request.state,
        idTokenExpected: true,
        ...(request.nonce === undefined ? {} : { expectedNonce: request.nonce }),
      }),
  );
}

function requireIssuer(service: AccountService, callback: URL): void {
  const issuer = callback.searchParams.get('iss');
  if (issuer === null ? service.issInCallback : issuer !== service.issuer) throw new AppError('issuerMismatch');
}

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
  throw new AppError(error === 'server_error' || error === 'temporarily_unavailable' ? 'serviceUnavailable' : 'refused');
}
