/** Device codes by RFC 8628, loaded when somebody signs in with one. */
import { defined } from '../../base/defined.ts';
import { second } from '../../base/duration.ts';
import type { Http } from '../../base/http.ts';
import { responseError } from '../../base/httpResponse.ts';
import { isRecord, parseJson, readString } from '../../base/json.ts';
import { readName } from '../../base/plainText.ts';
import type { DeviceCode, DevicePoll } from '../deviceCode.ts';
import { readInterval, readLifetime, deviceCodeError, sendPoll } from '../deviceCode.ts';
import type { DeviceProtocol, ServiceProtocol } from '../protocol.ts';
import type { RequestContext } from '../requestContext.ts';
import type { AccountService } from '../service.ts';
import { requireNamedEndpoint } from './namedEndpoint.ts';

const form = { 'content-type': 'application/x-www-form-urlencoded' };
const deviceCodeNotOffered = 'deviceCodeNotOffered';
const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code';

export const oidcDevice: DeviceProtocol = { start, poll };

/** RFC 8628, 3.1 and 3.2. */
async function start(
  service: AccountService,
  { http, correlationId, signal }: RequestContext,
  protocol: ServiceProtocol,
): Promise<DeviceCode> {
  const response = await http.send(service.endpoints.deviceAuthorization ?? '', {
    method: 'POST',
    headers: form,
    body: new URLSearchParams({ client_id: service.clientId, scope: service.scopes.join(' ') }).toString(),
    purpose: 'device code',
    correlationId,
    ...defined({ signal }),
  });
  const body = parseJson(response.text);
  if (response.status !== 200) throw deviceCodeError(response, protocol.readErrorCode(body), deviceCodeNotOffered);
  const userCode = isRecord(body) ? readName(body['user_code']) : undefined;
  const deviceCode = isRecord(body) ? readString(body['device_code']) : undefined;
  const verificationUri = isRecord(body) ? readString(body['verification_uri']) : undefined;
  if (!isRecord(body) || userCode === undefined || deviceCode === undefined || verificationUri === undefined)
    throw responseError(response, 'deviceCode', undefined);
  const lifetime = Number(body['expires_in']) * second;
  return {
    userCode,
    deviceCode,
    verificationUri: requireNamedEndpoint(verificationUri, service.issuer),
    interval: readInterval(body['interval']),
    lifetime: readLifetime(lifetime),
    requiresOptIn: false,
  };
}

/** RFC 8628, 3.4 and 3.5. */
async function poll(service: AccountService, code: DeviceCode, context: RequestContext, protocol: ServiceProtocol): Promise<DevicePoll> {
  const parameters = { device_code: code.deviceCode };
  const body = new URLSearchParams({ grant_type: deviceGrant, client_id: service.clientId, ...parameters }).toString();
  const response = await sendPoll(service.endpoints.token, { headers: form, body }, context);
  if ('kind' in response) return response;
  if (response.status === 200) {
    // Imported here, so that openid-client is loaded when somebody signs in. It checks the response that is here already.
    const { requestTokensByGrant } = await import('../tokenRequest.ts');
    const send: Http['send'] = (url, request) =>
      url === service.endpoints.token ? Promise.resolve(response) : context.http.send(url, request);
    const tokens = await requestTokensByGrant(service, protocol, { ...context, http: { send } }, deviceGrant, parameters);
    return { kind: 'granted', tokens };
  }
  const refusal = protocol.readErrorCode(parseJson(response.text));
  if (refusal === 'authorization_pending') return { kind: 'pending' };
  if (refusal === 'slow_down') return { kind: 'slowDown' };
  return { kind: 'ended', error: deviceCodeError(response, refusal, deviceCodeNotOffered) };
}
