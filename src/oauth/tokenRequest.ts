/** Token requests by openid-client: it sends what the RFCs say, checks what comes back, and our errors say what was wrong. */
import * as client from 'openid-client';
import { AppError } from '../base/errors.ts';
import type { Clock } from '../base/clock.ts';
import type { Http, HttpResponse } from '../base/http.ts';
import { statusErrorCode, isHtml } from '../base/http.ts';
import type { AccountService } from './service.ts';
import { readTokenResponse } from './tokenAnswer.ts';
import type { TokenSet } from './tokenSet.ts';

/** What one attempt asks with. */
export interface RequestContext {
  readonly http: Pick<Http, 'send'>;
  readonly clock: Clock;
  /** Names this attempt in the log. */
  readonly correlationId: string;
  readonly signal?: AbortSignal;
}

const form = { 'content-type': 'application/x-www-form-urlencoded' };
/** Bounds the lifetime check of openid-client to sanity: the exact one is made against the answer's own `Date`. */
const anyClock = 10 * 365 * 24 * 60 * 60;
/** An id_token that came straight from the token endpoint need not be verified, but an unsigned one is refused. */
const signedBy = ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'];
/** Seconds that an id_token may be past its end: the time between issuing and reading it. */
const leeway = 60;

/**
 * Makes one token request and checks the id_token that must come with it.
 * @param toStandardAnswer makes a token answer of the service what an RFC 6749 client expects
 * @param request the grant, by openid-client
 * @throws AppError, with openid-client's own words as its cause
 */
export async function requestTokens(
  service: AccountService,
  toStandardAnswer: (response: HttpResponse) => Response,
  attempt: RequestContext,
  request: (configuration: client.Configuration) => Promise<client.TokenEndpointResponse & client.TokenEndpointResponseHelpers>,
): Promise<TokenSet> {
  let response: HttpResponse | undefined;
  let isVerifying = false;
  const configuration = configure(service);
  const { http, correlationId, signal } = attempt;
  configuration[client.customFetch] = async (url, init) => {
    const common = { correlationId, ...(signal ? { signal } : {}) };
    if (url === service.endpoints.keys) {
      const keys = await http.send(url, { ...common, method: 'GET', purpose: 'keys' });
      if (keys.status !== 200 || isHtml(keys)) throw new AppError(statusErrorCode(keys));
      isVerifying = true;
      return new Response(keys.text, { headers: { 'content-type': 'application/json' } });
    }
    const body = init.body instanceof URLSearchParams ? init.body.toString() : '';
    response = await http.send(url, { ...common, method: 'POST', headers: form, body, purpose: 'redeem code' });
    return toStandardAnswer(response);
  };
  let grant;
  try {
    grant = await request(configuration);
  } catch (error) {
    throw explainTokenError(error, response, isVerifying);
  }
  const claims = grant.claims();
  const clockOffset = response?.clockOffset;
  const now = attempt.clock.now();
  if (!claims) throw new AppError('answerNotUnderstood');
  if (claims.exp + leeway <= (now + (clockOffset ?? 0)) / 1000) throw new AppError('identityInvalid');
  const tokens = readTokenResponse(grant, now, clockOffset);
  if (!tokens) throw new AppError('answerNotUnderstood');
  return tokens;
}

/** Redeems what another grant than the authorization code's own brought, as its parameters say. */
export function requestTokensByGrant(
  service: AccountService,
  toStandardAnswer: (response: HttpResponse) => Response,
  attempt: RequestContext,
  grantType: string,
  parameters: Record<string, string>,
): Promise<TokenSet> {
  return requestTokens(service, toStandardAnswer, attempt, configuration =>
    client.genericGrantRequest(configuration, grantType, parameters),
  );
}

export function configure(service: AccountService): client.Configuration {
  const configuration = new client.Configuration(
    {
      issuer: service.issuer,
      authorization_endpoint: service.endpoints.authorization,
      token_endpoint: service.endpoints.token,
      ...(service.endpoints.keys === undefined ? {} : { jwks_uri: service.endpoints.keys }),
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
  if (service.endpoints.keys !== undefined) client.enableNonRepudiationChecks(configuration);
  return configuration;
}

function explainTokenError(error: unknown, response: HttpResponse | undefined, isVerifying: boolean): AppError {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) if (at instanceof AppError) return at;
  const options = { cause: inWords(error) };
  if (response && (response.status !== 200 || isHtml(response))) return new AppError(statusErrorCode(response), options);
  const code = error instanceof client.ClientError ? error.code : undefined;
  const isAboutIdentity = isVerifying || (code?.startsWith('OAUTH_JWT_') ?? false);
  return new AppError(isAboutIdentity ? 'identityInvalid' : 'answerNotUnderstood', options);
}

/** What openid-client said, without the answer that it keeps beside: there are tokens in it, and a parser's words quote it. */
function inWords(error: unknown): Error | undefined {
  if (!(error instanceof Error) || error instanceof SyntaxError) return undefined;
  const words = new Error(error.message, { cause: inWords(error.cause) });
  return Object.assign(words, { stack: error.stack }, 'code' in error && typeof error.code === 'string' ? { code: error.code } : {});
}
