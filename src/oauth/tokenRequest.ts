/** Token requests (RFC 6749, 3.2) by openid-client, which checks the response; what it refuses becomes an `AppError`. */
import * as client from 'openid-client';
import { defined } from '../base/defined.ts';
import { AppError } from '../base/errors.ts';
import type { HttpResponse } from '../base/http.ts';
import { isHtml, responseError } from '../base/httpResponse.ts';
import { parseJson } from '../base/json.ts';
import type { ServiceProtocol } from './protocol.ts';
import type { AccountService } from './service.ts';
import type { TokenSet } from './tokenSet.ts';
import { readTokenResponse } from './tokenResponse.ts';
import type { RequestContext } from './requestContext.ts';

const form = { 'content-type': 'application/x-www-form-urlencoded' };
/** Seconds: wide enough for any wrong clock of this machine. `requestTokens` checks the lifetime by the response's own `Date`. */
const anyClock = 10 * 365 * 24 * 60 * 60;
/** OpenID Connect Core 3.1.3.7 (6): an id_token from the token endpoint need not be verified. An unsigned one is refused all the same. */
const signedBy = ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'];
/** Seconds that an id_token may have expired before it is read. */
const leeway = 60;

type TokenProtocol = Pick<ServiceProtocol, 'toStandardResponse' | 'readErrorCode'>;

/**
 * Makes one token request and checks the id_token that must come with it.
 * @param protocol the service's own; `services/` loads this module, so importing it from there would close a circle
 * @param request makes the grant by openid-client
 * @throws AppError, with openid-client's error as its cause
 */
export async function requestTokens(
  service: AccountService,
  protocol: TokenProtocol,
  context: RequestContext,
  request: (configuration: client.Configuration) => Promise<client.TokenEndpointResponse & client.TokenEndpointResponseHelpers>,
): Promise<TokenSet> {
  let response: HttpResponse | undefined;
  let isVerifying = false;
  const configuration = configure(service);
  const { http, clock, correlationId, signal } = context;
  configuration[client.customFetch] = async (url, init) => {
    const common = { correlationId, ...defined({ signal }) };
    if (url === service.endpoints.keys) {
      const keys = await http.send(url, { ...common, method: 'GET', purpose: 'keys' });
      if (keys.status !== 200 || isHtml(keys)) throw responseError(keys, 'signIn', undefined);
      isVerifying = true;
      return new Response(keys.text, { headers: { 'content-type': 'application/json' } });
    }
    const body = init.body instanceof URLSearchParams ? init.body.toString() : '';
    response = await http.send(url, { ...common, method: 'POST', headers: form, body, purpose: 'exchange code' });
    return protocol.toStandardResponse(response);
  };
  let grant;
  try {
    grant = await request(configuration);
  } catch (error) {
    throw explainTokenError(error, protocol, response, isVerifying);
  }
  const claims = grant.claims();
  const clockOffset = response?.clockOffset;
  const now = clock.now();
  if (!claims) throw new AppError('answerNotUnderstood');
  if (claims.exp + leeway <= (now + (clockOffset ?? 0)) / 1000) throw new AppError('identityInvalid');
  const tokens = readTokenResponse(grant, now, clockOffset);
  if (!tokens) throw new AppError('answerNotUnderstood');
  return tokens;
}

/** Makes the token request of another grant (RFC 6749, 4.5), such as that of a device code. */
export function requestTokensByGrant(
  service: AccountService,
  protocol: TokenProtocol,
  context: RequestContext,
  grantType: string,
  parameters: Record<string, string>,
): Promise<TokenSet> {
  return requestTokens(service, protocol, context, configuration => client.genericGrantRequest(configuration, grantType, parameters));
}

export function configure(service: AccountService): client.Configuration {
  const configuration = new client.Configuration(
    {
      issuer: service.issuer,
      authorization_endpoint: service.endpoints.authorization,
      token_endpoint: service.endpoints.token,
      ...defined({ jwks_uri: service.endpoints.keys }),
      authorization_response_iss_parameter_supported: service.issInCallback,
      id_token_signing_alg_values_supported: signedBy,
    },
    service.clientId,
    { [client.clockTolerance]: anyClock },
    client.None(),
  );
  // `Http` holds the rule: plain http goes to this machine alone.
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- openid-client marks it so to make it stand out
  client.allowInsecureRequests(configuration);
  if (service.endpoints.keys !== undefined) client.enableNonRepudiationChecks(configuration);
  return configuration;
}

function explainTokenError(error: unknown, protocol: TokenProtocol, response: HttpResponse | undefined, isVerifying: boolean): AppError {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) if (at instanceof AppError) return at;
  const options = { cause: withoutText(error) };
  if (response && (response.status !== 200 || isHtml(response))) {
    return responseError(response, 'signIn', protocol.readErrorCode(parseJson(response.text)), options);
  }
  const code = error instanceof client.ClientError ? error.code : undefined;
  const isAboutIdentity = isVerifying || (code?.startsWith('OAUTH_JWT_') ?? false);
  return new AppError(isAboutIdentity ? 'identityInvalid' : 'answerNotUnderstood', options);
}

/** Of openid-client's error only names and codes: message, stack and fields may have what the service sent, tokens included. */
function withoutText(error: unknown): Error | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = 'code' in error && typeof error.code === 'string' && /^[A-Z][A-Z_]+$/.test(error.code) ? error.code : error.name;
  return Object.assign(new Error('by openid-client', { cause: withoutText(error.cause) }), { code });
}
