/** The authorization code grant with PKCE, by openid-client: the request that a browser opens and what comes back from it. */
import * as client from 'openid-client';
import { dialectOf } from './services/index.ts';
import { SignInError } from '../base/errors.ts';
import type { Attempt } from './tokenRequest.ts';
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
 * @throws SignInError
 */
export async function redeemCallback(
  service: AccountService,
  request: AuthorizationRequest,
  callback: URL,
  attempt: Attempt,
): Promise<TokenSet> {
  requireIssuer(service, callback);
  requireSuccess(service, callback);
  const dialect = dialectOf(service);
  return requestTokens(
    service,
    answer => dialect.toStandardAnswer(answer),
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
  if (issuer === null ? service.issInCallback : issuer !== service.issuer) throw new SignInError('issuerMismatch');
}

function requireSuccess(service: AccountService, callback: URL): void {
  const error = callback.searchParams.get('error');
  if (error === null) {
    if (!readString(callback.searchParams.get('code'))) throw new SignInError('callbackIncomplete');
    return;
  }
  if (error === 'access_denied') {
    const description = callback.searchParams.get('error_description') ?? undefined;
    throw new SignInError(dialectOf(service).lacksEntitlement(description) ? 'noEntitlement' : 'denied');
  }
  throw new SignInError(error === 'server_error' || error === 'temporarily_unavailable' ? 'serviceUnavailable' : 'refused');
}
