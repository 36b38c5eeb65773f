/** Any issuer that speaks the standards, as its discovery document tells. */
import type { DeviceCode, DevicePoll } from '../device.ts';
import { refusalErrorCode, readInterval, readLifetime, sendPoll } from '../device.ts';
import type { ServiceProtocol } from '../protocol.ts';
import { AppError } from '../../base/errors.ts';
import type { RequestContext } from '../tokenRequest.ts';
import type { Http, HttpResponse } from '../../base/http.ts';
import { statusErrorCode } from '../../base/http.ts';
import { parseJson } from '../../base/json.ts';
import type { AccountService } from '../service.ts';
import { requireBaseAddress } from '../../base/url.ts';
import { requireSecureAddress } from '../../base/url.ts';
import { readString } from '../../base/json.ts';
import { isRecord } from '../../base/json.ts';

const scopes = ['openid', 'profile', 'email', 'offline_access'];
const form = { 'content-type': 'application/x-www-form-urlencoded' };
const disabled = 'deviceCodeNotOffered';
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
    ...(signal ? { signal } : {}),
  });
  const found = parseJson(response.text);
  if (response.status !== 200 || !isRecord(found)) throw new AppError(statusErrorCode(response));
  // The document's own word, which every `iss` is compared with; it may end with a slash where the setting does not.
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
      ...(revocation === undefined ? {} : { revocation }),
      ...(deviceAuthorization === undefined ? {} : { deviceAuthorization }),
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
  toStandardResponse,

  readErrorCode: body => (isRecord(body) ? readString(body['error']) : undefined),

  lacksEntitlement: () => false,

  readIdentity(claims) {
    const userId = readString(claims['sub']);
    if (userId === undefined) return undefined;
    const email = readString(claims['email']);
    return { userId, ...(email === undefined ? {} : { email }) };
  },

  device: { start: startDevice, poll: pollDevice },

  revocation: (service, refreshToken) => ({
    contentType: 'application/x-www-form-urlencoded',
    body: new URLSearchParams({ token: refreshToken, token_type_hint: 'refresh_token', client_id: service.clientId }).toString(),
  }),
};

function toStandardResponse({ text, status, headers }: HttpResponse): Response {
  return new Response(text, { status, headers: { 'content-type': headers.get('content-type') ?? '' } });
}

/** RFC 8628 3.1 and 3.2. */
async function startDevice(service: AccountService, { http, clock, correlationId, signal }: RequestContext): Promise<DeviceCode> {
  const response = await http.send(service.endpoints.deviceAuthorization ?? '', {
    method: 'POST',
    headers: form,
    body: new URLSearchParams({ client_id: service.clientId, scope: service.scopes.join(' ') }).toString(),
    purpose: 'device code',
    correlationId,
    ...(signal ? { signal } : {}),
  });
  const body = parseJson(response.text);
  if (response.status !== 200) {
    const refusal = oidc.readErrorCode(body);
    throw new AppError(refusal !== undefined && refusalErrorCode(refusal, disabled) === disabled ? disabled : statusErrorCode(response));
  }
  const userCode = isRecord(body) ? readString(body['user_code']) : undefined;
  const handle = isRecord(body) ? readString(body['device_code']) : undefined;
  const page = isRecord(body) ? readString(body['verification_uri']) : undefined;
  if (!isRecord(body) || userCode === undefined || handle === undefined || page === undefined)
    throw new AppError(statusErrorCode(response));
  requireSecureAddress(page);
  const life = Number(body['expires_in']) * 1000;
  return {
    userCode,
    deviceCode: handle,
    verificationUri: page,
    interval: readInterval(body['interval']),
    expiresAt: clock.now() + readLifetime(life),
    requiresOptIn: false,
  };
}

/** RFC 8628 3.4 and 3.5. */
async function pollDevice(service: AccountService, code: DeviceCode, attempt: RequestContext): Promise<DevicePoll> {
  const parameters = { device_code: code.deviceCode };
  const body = new URLSearchParams({ grant_type: deviceGrant, client_id: service.clientId, ...parameters }).toString();
  const response = await sendPoll(service.endpoints.token, { headers: form, body }, attempt);
  if ('kind' in response) return response;
  if (response.status === 200) {
    // Not at the start: openid-client is loaded when somebody signs in. It checks the answer that is here already.
    const { requestTokensByGrant: requestGrant } = await import('../tokenRequest.ts');
    const send: Http['send'] = (url, request) =>
      url === service.endpoints.token ? Promise.resolve(response) : attempt.http.send(url, request);
    const answered = { ...attempt, http: { send } };
    const tokens = await requestGrant(service, toStandardResponse, answered, deviceGrant, parameters);
    return { kind: 'granted', tokens };
  }
  const refusal = oidc.readErrorCode(parseJson(response.text));
  if (refusal === 'authorization_pending') return { kind: 'pending' };
  if (refusal === 'slow_down') return { kind: 'slowDown' };
  return { kind: 'ended', error: refusal === undefined ? statusErrorCode(response) : refusalErrorCode(refusal, disabled) };
}
