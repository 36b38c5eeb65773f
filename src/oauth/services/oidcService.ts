import { defined } from '../../base/defined.ts';
import { AppError } from '../../base/errors.ts';
import { responseError } from '../../base/httpResponse.ts';
import { isRecord, parseJson, readString } from '../../base/json.ts';
import { requireBaseAddress } from '../../base/url.ts';
import type { RequestContext } from '../requestContext.ts';
import type { AccountService } from '../service.ts';
import { requireNamedEndpoint } from './namedEndpoint.ts';

const scopes = ['openid', 'profile', 'email', 'offline_access'];

/**
 * Reads the discovery document (OpenID Connect Discovery 1.0) of an issuer.
 * @throws AppError `settingsIncomplete`, `addressInvalid`, `addressNotSecure`, `endpointNotSecure`, or what kept it from being read
 */
export async function oidcService(
  settings: { issuer: string; clientId: string; backendUrl: string },
  { http, correlationId, signal }: RequestContext,
): Promise<AccountService> {
  if (!settings.issuer || !settings.clientId) throw new AppError('settingsIncomplete');
  const issuer = requireBaseAddress(settings.issuer);
  const response = await http.send(`${issuer}/.well-known/openid-configuration`, {
    method: 'GET',
    purpose: 'discovery',
    correlationId,
    ...defined({ signal }),
  });
  const found = parseJson(response.text);
  if (response.status !== 200 || !isRecord(found)) throw responseError(response, 'signIn', undefined);
  // Every `iss` is compared with the document's own `issuer`, which may end with a slash where the setting does not.
  const named = readString(found['issuer']) ?? '';
  if (named.replace(/\/+$/, '') !== issuer) throw new AppError('issuerMismatch');
  const endpoint = (name: string) => {
    const address = readString(found[name]);
    return address === undefined ? undefined : requireNamedEndpoint(address, issuer);
  };
  const [authorization, token, keys] = [endpoint('authorization_endpoint'), endpoint('token_endpoint'), endpoint('jwks_uri')];
  if (authorization === undefined || token === undefined || keys === undefined) throw new AppError('answerNotUnderstood');
  const revocation = endpoint('revocation_endpoint');
  const deviceAuthorization = endpoint('device_authorization_endpoint');
  return {
    dialect: 'standard',
    issuer: named,
    clientId: settings.clientId,
    endpoints: {
      authorization,
      token,
      keys,
      ...defined({ revocation, deviceAuthorization }),
    },
    scopes,
    authorizationParameters: { prompt: 'consent' },
    redirect: { host: '127.0.0.1', path: '/auth/callback', ports: [] },
    nonce: true,
    issInCallback: found['authorization_response_iss_parameter_supported'] === true,
    ...(settings.backendUrl ? { backendUrl: requireBaseAddress(settings.backendUrl) } : {}),
  };
}
