/** Token requests by openid-client: it sends what the RFCs say, checks what comes back, and our errors say what was wrong. */
import * as client from 'openid-client';
import { SignInError } from './errors.ts';
import type { Clock } from './host.ts';
import type { Http, HttpAnswer } from './http.ts';
import { explainStatus, isPage } from './http.ts';
import type { AccountService } from './service.ts';
import { readTokens } from './tokenAnswer.ts';
import type { TokenSet } from './tokens.ts';

/** What one attempt asks with. */
export interface Attempt {
  readonly http: Http;
  readonly clock: Clock;
  /** Names this attempt in the log. */
  readonly flowId: string;
  readonly signal?: AbortSignal;
}

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
 * @throws SignInError, with openid-client's own error as its cause
 */
export async function requestTokens(
  service: AccountService,
  toStandardAnswer: (answer: HttpAnswer) => Response,
  attempt: Attempt,
  request: (configuration: client.Configuration) => Promise<client.TokenEndpointResponse & client.TokenEndpointResponseHelpers>,
): Promise<TokenSet> {
  let answer: HttpAnswer | undefined;
  const configuration = configure(service);
  configuration[client.customFetch] = async (url, init) => {
    answer = await attempt.http.send(url, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: init.body instanceof URLSearchParams ? init.body.toString() : '',
      purpose: 'redeem code',
      flowId: attempt.flowId,
      ...(attempt.signal ? { signal: attempt.signal } : {}),
    });
    return toStandardAnswer(answer);
  };
  let grant;
  try {
    grant = await request(configuration);
  } catch (error) {
    throw explainGrantFailure(error, answer);
  }
  const claims = grant.claims();
  const clockOffset = answer?.clockOffset ?? 0;
  const now = attempt.clock.now();
  if (!claims) throw new SignInError('answerNotUnderstood');
  if (claims.exp + leeway <= (now + clockOffset) / 1000) throw new SignInError('identityInvalid');
  const tokens = readTokens(grant, now, clockOffset);
  if (!tokens) throw new SignInError('answerNotUnderstood');
  return tokens;
}

export function configure(service: AccountService): client.Configuration {
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

function explainGrantFailure(error: unknown, answer: HttpAnswer | undefined): SignInError {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) if (at instanceof SignInError) return at;
  if (answer && (answer.status !== 200 || isPage(answer))) return new SignInError(explainStatus(answer), { cause: error });
  const code = error instanceof client.ClientError ? error.code : undefined;
  const aboutIdentity = code?.startsWith('OAUTH_JWT_') ?? false;
  return new SignInError(aboutIdentity ? 'identityInvalid' : 'answerNotUnderstood', { cause: error });
}
