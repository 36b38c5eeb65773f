/** The authorization code grant with PKCE, by openid-client: the request that a browser opens and what comes back from it. */
import * as client from 'openid-client';
import { dialectOf } from './dialects.ts';
import { SignInError } from './errors.ts';
import type { Clock } from './host.ts';
import type { Http, HttpAnswer } from './http.ts';
import { explainStatus } from './http.ts';
import type { AccountService } from './service.ts';
import { readTokens } from './tokenAnswer.ts';
import type { TokenSet } from './tokens.ts';
import { readString } from './tokens.ts';

/** One attempt's secrets and the address to open. */
export interface AuthorizationRequest {
  readonly url: string;
  readonly redirectUri: string;
  readonly state: string;
  readonly verifier: string;
  readonly nonce?: string;
}

/** Bounds the lifetime check of openid-client to sanity: the exact one is made against the answer's own `Date`. */
const anyClock = 10 * 365 * 24 * 60 * 60;
/** An id_token that came straight from the token endpoint need not be verified, but an unsigned one is refused. */
const signedBy = ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'];
/** Seconds that an id_token may be past its end: the time between issuing and reading it. */
const leeway = 60;

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
  options: { http: Http; clock: Clock; flowId: string; signal?: AbortSignal },
): Promise<TokenSet> {
  requireIssuer(service, callback);
  requireSuccess(service, callback);
  let answer: HttpAnswer | undefined;
  const configuration = configure(service);
  configuration[client.customFetch] = async (url, init) => {
    answer = await options.http.send(url, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: init.body instanceof URLSearchParams ? init.body.toString() : '',
      purpose: 'redeem code',
      flowId: options.flowId,
      ...(options.signal ? { signal: options.signal } : {}),
    });
    return dialectOf(service).toStandardAnswer(answer);
  };
  let grant;
  try {
    grant = await client.authorizationCodeGrant(configuration, callback, {
      pkceCodeVerifier: request.verifier,
      expectedState: request.state,
      idTokenExpected: true,
      ...(request.nonce === undefined ? {} : { expectedNonce: request.nonce }),
    });
  } catch (error) {
    throw explainGrantFailure(error, answer);
  }
  const clockOffset = answer?.clockOffset ?? 0;
  const expires = grant.claims()?.exp ?? 0;
  if (expires + leeway <= (options.clock.now() + clockOffset) / 1000) throw new SignInError('identityInvalid');
  return readTokens(grant, options.clock.now(), clockOffset) ?? fail('answerNotUnderstood');
}

function configure(service: AccountService): client.Configuration {
  const configuration = new client.Configuration(
    {
      issuer: service.issuer,
      authorization_endpoint: service.endpoints.authorization,
      token_endpoint: service.endpoints.token,
      authorization_response_iss_parameter_supported: service.issInCallback,
      id_token_signing_alg_values_supported: signedBy,
    },
    service.clientId,
    { [client.clockTolerance]: anyClock },
    client.None(),
  );
  // `Http` holds the rule: plain http goes to this machine alone.
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- marked so to catch the eye
  client.allowInsecureRequests(configuration);
  return configuration;
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

function explainGrantFailure(error: unknown, answer: HttpAnswer | undefined): SignInError {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) if (at instanceof SignInError) return at;
  if (answer && answer.status !== 200) return new SignInError(explainStatus(answer), { cause: error });
  const code = error instanceof client.ClientError ? error.code : undefined;
  const aboutIdentity = code?.startsWith('OAUTH_JWT_') ?? false;
  return new SignInError(aboutIdentity ? 'identityInvalid' : 'answerNotUnderstood', { cause: error });
}

function fail(code: 'answerNotUnderstood'): never {
  throw new SignInError(code);
}
