/** OpenAI's device codes, loaded when somebody signs in with one. */
import { defined } from '../../base/defined.ts';
import { AppError } from '../../base/errors.ts';
import { refusalOf } from '../../base/refusal.ts';
import { isHtml, responseError } from '../../base/httpResponse.ts';
import { isRecord, parseJson, readString } from '../../base/json.ts';
import { readName } from '../../base/plainText.ts';
import type { DeviceCode, DevicePoll } from '../deviceCode.ts';
import { readInterval, readLifetime, deviceCodeError, sendPoll } from '../deviceCode.ts';
import type { DeviceProtocol, ServiceProtocol } from '../protocol.ts';
import type { RequestContext } from '../requestContext.ts';
import type { AccountService } from '../service.ts';
import type { TokenSet } from '../tokenSet.ts';

export const codexDevice: DeviceProtocol = { start, poll };

const json = { 'content-type': 'application/json' };
const deviceCodeDisabled = 'deviceCodeDisabled';

/** In place of RFC 8628, 3.1 and 3.2: JSON, an interval in a string, and no `verification_uri`. */
async function start(
  service: AccountService,
  { http, clock, correlationId, signal }: RequestContext,
  protocol: ServiceProtocol,
): Promise<DeviceCode> {
  const response = await http.send(service.endpoints.deviceAuthorization ?? '', {
    method: 'POST',
    headers: json,
    body: JSON.stringify({ client_id: service.clientId }),
    purpose: 'device code',
    correlationId,
    ...defined({ signal }),
  });
  const body = parseJson(response.text);
  const code = protocol.readErrorCode(body);
  if (response.status === 404 && !isHtml(response)) throw new AppError(deviceCodeDisabled, { refusal: refusalOf('deviceCode', code) });
  if (response.status !== 200) throw deviceCodeError(response, code, deviceCodeDisabled);
  const userCode = isRecord(body) ? (readName(body['user_code']) ?? readName(body['usercode'])) : undefined;
  const deviceCode = isRecord(body) ? readString(body['device_auth_id']) : undefined;
  if (!isRecord(body) || userCode === undefined || deviceCode === undefined) throw responseError(response, 'deviceCode', undefined);
  const now = clock.now();
  const expiresAt = Date.parse(readString(body['expires_at']) ?? '') - (response.clockOffset ?? 0);
  return {
    userCode,
    deviceCode,
    verificationUri: `${service.issuer}/codex/device`,
    interval: readInterval(body['interval']),
    lifetime: readLifetime(expiresAt - now),
    requiresOptIn: true,
  };
}

/**
 * In place of RFC 8628, 3.4 and 3.5: 403 or 404 means pending, with a code that says so or without one. An approval is an
 * authorization code to exchange, with a verifier that the service made.
 */
async function poll(service: AccountService, code: DeviceCode, context: RequestContext, protocol: ServiceProtocol): Promise<DevicePoll> {
  const body = JSON.stringify({ device_auth_id: code.deviceCode, user_code: code.userCode });
  const response = await sendPoll(`${service.issuer}/api/accounts/deviceauth/token`, { headers: json, body }, context);
  if ('kind' in response) return response;
  const reply = parseJson(response.text);
  if (response.status === 200) return { kind: 'granted', tokens: await exchangeDeviceCode(service, reply, context, protocol) };
  const refusal = protocol.readErrorCode(reply);
  if (refusal === 'slow_down') return { kind: 'slowDown' };
  const isPending = (response.status === 403 || response.status === 404) && (refusal === undefined || /pending/i.test(refusal));
  return isPending ? { kind: 'pending' } : { kind: 'ended', error: deviceCodeError(response, refusal, deviceCodeDisabled) };
}

async function exchangeDeviceCode(
  service: AccountService,
  reply: unknown,
  context: RequestContext,
  protocol: ServiceProtocol,
): Promise<TokenSet> {
  const code = isRecord(reply) ? readString(reply['authorization_code']) : undefined;
  const verifier = isRecord(reply) ? readString(reply['code_verifier']) : undefined;
  if (code === undefined || verifier === undefined) throw new AppError('answerNotUnderstood');
  // Imported here, so that openid-client is loaded when somebody signs in.
  const { requestTokensByGrant } = await import('../tokenRequest.ts');
  const parameters = { code, redirect_uri: `${service.issuer}/deviceauth/callback`, code_verifier: verifier };
  return requestTokensByGrant(service, protocol, context, 'authorization_code', parameters);
}
