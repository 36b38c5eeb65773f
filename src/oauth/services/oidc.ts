/** Any issuer that follows OpenID Connect, by its discovery document. */
import { defined } from '../../base/defined.ts';
import { second } from '../../base/duration.ts';
import { AppError } from '../../base/errors.ts';
import type { Http } from '../../base/http.ts';
import { statusErrorCode } from '../../base/http.ts';
import { isRecord, parseJson, readString } from '../../base/json.ts';
import { requireBaseAddress, requireSecureAddress } from '../../base/url.ts';
import type { DeviceCode, DevicePoll } from '../device.ts';
import { readInterval, readLifetime, refusalErrorCode, sendPoll } from '../device.ts';
import type { ServiceProtocol } from '../protocol.ts';
import type { AccountService } from '../service.ts';
import type { RequestContext } from '../requestContext.ts';

const scopes = ['openid', 'profile', 'email', 'offline_access'];
const form = { 'content-type': 'application/x-www-form-urlencoded' };
const deviceCodeNotOffered = 'deviceCodeNotOffered';
const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code';

/**
 * Reads the discovery document (OpenID Connect Discovery 1.0) of an issuer.
 * @throws AppError `settingsIncomplete`, `addressInvalid`, `addressNotSecure`, or what kept it from being read
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
  if (response.status !== 200 || !isRecord(found)) throw new AppError(statusErrorCode(response));
  // Every `iss` is compared with the document's own `issuer`, which may end with a slash where the setting does not.
  const named = readString(found['issuer']) ?? '';
  if (named.replace(/\/+$/, '') !== issuer) throw new AppError('issuerMismatch');
  const endpoint = (name: string) => {
    const address = readString(found[name]);
    return address === undefined ? undefined : requireSecureAddress(address);
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

export const oidc: ServiceProtocol = {
  toStandardResponse: ({ text, status, headers }) =>
    new Response(text, { status, headers: { 'content-type': headers.get('content-type') ?? '' } }),

  readErrorCode: body => (isRecord(body) ? readString(body['error']) : undefined),

  lacksEntitlement: () => false,

  readIdentity(claims) {
    const userId = readString(claims['sub']);
    if (userId === undefined) return undefined;
    const email = readString(claims['email']);
    return { userId, ...defined({ email }) };
  },

  capabilities: ({ backendUrl: url }) => (url === undefined ? {} : { usage: { url } }),

  device: { start: startDevice, poll: pollDevice },

  revocation: (service, refreshToken) => ({
    contentType: 'application/x-www-form-urlencoded',
    body: new URLSearchParams({ token: refreshToken, token_type_hint: 'refresh_token', client_id: service.clientId }).toString(),
  }),
};

/** RFC 8628, 3.1 and 3.2. */
async function startDevice(service: AccountService, { http, clock, correlationId, signal }: RequestContext): Promise<DeviceCode> {
  const response = await http.send(service.endpoints.deviceAuthorization ?? '', {
    method: 'POST',
    headers: form,
    body: new URLSearchParams({ client_id: service.clientId, scope: service.scopes.join(' ') }).toString(),
    purpose: 'device code',
    correlationId,
    ...defined({ signal }),
  });
  const body = parseJson(response.text);
  if (response.status !== 200) {
    const refusal = oidc.readErrorCode(body);
    const isDisabled = refusal !== undefined && refusalErrorCode(refusal, deviceCodeNotOffered) === deviceCodeNotOffered;
    throw new AppError(isDisabled ? deviceCodeNotOffered : statusErrorCode(response));
  }
  const userCode = isRecord(body) ? readString(body['user_code']) : undefined;
  const deviceCode = isRecord(body) ? readString(body['device_code']) : undefined;
  const verificationUri = isRecord(body) ? readString(body['verification_uri']) : undefined;
  if (!isRecord(body) || userCode === undefined || deviceCode === undefined || verificationUri === undefined)
    throw new AppError(statusErrorCode(response));
  requireSecureAddress(verificationUri);
  const lifetime = Number(body['expires_in']) * second;
  return {
    userCode,
    deviceCode,
    verificationUri,
    interval: readInterval(body['interval']),
    expiresAt: clock.now() + readLifetime(lifetime),
    requiresOptIn: false,
  };
}

/** RFC 8628, 3.4 and 3.5. */
async function pollDevice(service: AccountService, code: DeviceCode, context: RequestContext): Promise<DevicePoll> {
  const parameters = { device_code: code.deviceCode };
  const body = new URLSearchParams({ grant_type: deviceGrant, client_id: service.clientId, ...parameters }).toString();
  const response = await sendPoll(service.endpoints.token, { headers: form, body }, context);
  if ('kind' in response) return response;
  if (response.status === 200) {
    // Imported here, so that openid-client is loaded when somebody signs in. It checks the response that is here already.
    const { requestTokensByGrant } = await import('../tokenRequest.ts');
    const send: Http['send'] = (url, request) =>
      url === service.endpoints.token ? Promise.resolve(response) : context.http.send(url, request);
    const tokens = await requestTokensByGrant(service, oidc, { ...context, http: { send } }, deviceGrant, parameters);
    return { kind: 'granted', tokens };
  }
  const refusal = oidc.readErrorCode(parseJson(response.text));
  if (refusal === 'authorization_pending') return { kind: 'pending' };
  if (refusal === 'slow_down') return { kind: 'slowDown' };
  return { kind: 'ended', error: refusal === undefined ? statusErrorCode(response) : refusalErrorCode(refusal, deviceCodeNotOffered) };
}
