/** What OpenAI does differently from the RFCs, measured from its own client, and nothing else. */
import type { DeviceCode, DevicePoll } from '../device.ts';
import { refusalErrorCode, readInterval, readLifetime, sendPoll } from '../device.ts';
import type { ServiceProtocol } from '../protocol.ts';
import { AppError } from '../../base/errors.ts';
import type { RequestContext } from '../tokenRequest.ts';
import { statusErrorCode, isHtml } from '../../base/http.ts';
import { parseJson } from '../../base/json.ts';
import type { AccountService } from '../service.ts';
import { requireBaseAddress } from '../../base/url.ts';
import type { TokenSet } from '../tokenSet.ts';
import { readString } from '../../base/json.ts';
import { isRecord } from '../../base/json.ts';

/** The public client of OpenAI's Codex CLI: no secret, and the only one that tells plan and usage. */
export const codexClientId = 'app_EMoamEEZ73f0CkXaXp7hrann';

export const codexDefaults = { issuer: 'https://auth.openai.com', backendUrl: 'https://chatgpt.com/backend-api' } as const;

/**
 * OpenAI's sign-in as its Codex CLI speaks it. The discovery document names other endpoints, for another client.
 * @throws AppError `addressInvalid`, `addressNotSecure`
 */
export function codexService(settings: {
  issuer: string;
  clientId: string;
  backendUrl: string;
  originator: string;
  allowedWorkspaces?: readonly string[];
}): AccountService {
  const issuer = requireBaseAddress(settings.issuer);
  const { allowedWorkspaces = [] } = settings;
  return {
    dialect: 'openai',
    issuer,
    clientId: settings.clientId || codexClientId,
    endpoints: {
      authorization: `${issuer}/oauth/authorize`,
      token: `${issuer}/oauth/token`,
      revocation: `${issuer}/oauth/revoke`,
      deviceAuthorization: `${issuer}/api/accounts/deviceauth/usercode`,
    },
    scopes: ['openid', 'profile', 'email', 'offline_access'],
    authorizationParameters: {
      id_token_add_organizations: 'true',
      codex_cli_simplified_flow: 'true',
      originator: settings.originator,
      ...(allowedWorkspaces.length > 0 ? { allowed_workspace_id: allowedWorkspaces.join(',') } : {}),
    },
    ...(allowedWorkspaces.length > 0 ? { allowedWorkspaces } : {}),
    redirect: { host: '127.0.0.1', path: '/auth/callback', ports: [1455, 1457] },
    nonce: false,
    issInCallback: false,
    backendUrl: requireBaseAddress(settings.backendUrl),
  };
}

export const codex: ServiceProtocol = {
  toStandardResponse(response) {
    const body = parseJson(response.text);
    const headers = { 'content-type': response.headers.get('content-type') ?? '' };
    if (!isRecord(body)) return new Response(response.text, { status: response.status, headers });
    const code = this.readErrorCode(body);
    // `error` is an object here, and `token_type` may be absent or of any case: its own client never looks.
    const standard = response.status === 200 ? { ...body, token_type: 'bearer' } : { ...(code === undefined ? {} : { error: code }) };
    return new Response(JSON.stringify(standard), { status: response.status, headers });
  },

  readErrorCode(body) {
    if (!isRecord(body)) return undefined;
    const { error } = body;
    return (isRecord(error) ? readString(error['code']) : readString(error)) ?? readString(body['code']);
  },

  lacksEntitlement: description => /missing_codex_entitlement/i.test(description ?? ''),

  readIdentity(claims) {
    const auth = isRecord(claims['https://api.openai.com/auth']) ? claims['https://api.openai.com/auth'] : {};
    const profile = isRecord(claims['https://api.openai.com/profile']) ? claims['https://api.openai.com/profile'] : {};
    const userId = readString(auth['chatgpt_user_id']) ?? readString(auth['user_id']) ?? readString(claims['sub']);
    if (userId === undefined) return undefined;
    const workspaceId = readString(auth['chatgpt_account_id']);
    const email = readString(claims['email']) ?? readString(profile['email']);
    const plan = readString(auth['chatgpt_plan_type']);
    return {
      userId,
      ...(workspaceId === undefined ? {} : { workspaceId }),
      ...(email === undefined ? {} : { email }),
      ...(plan === undefined ? {} : { plan }),
      ...(auth['chatgpt_account_is_fedramp'] === true ? { fedramp: true } : {}),
    };
  },

  device: { start: startDevice, poll: pollDevice },

  revocation: (service, refreshToken) => ({
    contentType: 'application/json',
    body: JSON.stringify({ token: refreshToken, token_type_hint: 'refresh_token', client_id: service.clientId }),
  }),
};

const json = { 'content-type': 'application/json' };
const disabled = 'deviceCodeDisabled';

/** Two routes of OpenAI's own in place of RFC 8628: JSON, an interval in a string, and no word for the page. */
async function startDevice(service: AccountService, { http, clock, correlationId, signal }: RequestContext): Promise<DeviceCode> {
  const response = await http.send(service.endpoints.deviceAuthorization ?? '', {
    method: 'POST',
    headers: json,
    body: JSON.stringify({ client_id: service.clientId }),
    purpose: 'device code',
    correlationId,
    ...(signal ? { signal } : {}),
  });
  const body = parseJson(response.text);
  if (response.status === 404 && !isHtml(response)) throw new AppError(disabled);
  if (response.status !== 200) {
    const code = codex.readErrorCode(body);
    const isFinal = response.status < 500 && response.status !== 429 && code !== undefined;
    throw new AppError(isFinal && refusalErrorCode(code, disabled) === disabled ? disabled : statusErrorCode(response));
  }
  const userCode = isRecord(body) ? (readString(body['user_code']) ?? readString(body['usercode'])) : undefined;
  const handle = isRecord(body) ? readString(body['device_auth_id']) : undefined;
  if (!isRecord(body) || userCode === undefined || handle === undefined) throw new AppError(statusErrorCode(response));
  const now = clock.now();
  const expiresAt = Date.parse(readString(body['expires_at']) ?? '') - (response.clockOffset ?? 0);
  return {
    userCode,
    deviceCode: handle,
    verificationUri: `${service.issuer}/codex/device`,
    interval: readInterval(body['interval']),
    expiresAt: now + readLifetime(expiresAt - now),
    requiresOptIn: true,
  };
}

/** Pending is 403 or 404, with a code that says so or without one; approval is a code to redeem, with a verifier that the service made. */
async function pollDevice(service: AccountService, code: DeviceCode, attempt: RequestContext): Promise<DevicePoll> {
  const body = JSON.stringify({ device_auth_id: code.deviceCode, user_code: code.userCode });
  const response = await sendPoll(`${service.issuer}/api/accounts/deviceauth/token`, { headers: json, body }, attempt);
  if ('kind' in response) return response;
  const reply = parseJson(response.text);
  if (response.status === 200) return { kind: 'granted', tokens: await exchangeDeviceCode(service, reply, attempt) };
  const refusal = codex.readErrorCode(reply);
  if (refusal === 'slow_down') return { kind: 'slowDown' };
  const isPending = (response.status === 403 || response.status === 404) && (refusal === undefined || /pending/i.test(refusal));
  if (isPending) return { kind: 'pending' };
  return { kind: 'ended', error: refusal === undefined ? statusErrorCode(response) : refusalErrorCode(refusal, disabled) };
}

async function exchangeDeviceCode(service: AccountService, reply: unknown, attempt: RequestContext): Promise<TokenSet> {
  const code = isRecord(reply) ? readString(reply['authorization_code']) : undefined;
  const verifier = isRecord(reply) ? readString(reply['code_verifier']) : undefined;
  if (code === undefined || verifier === undefined) throw new AppError('answerNotUnderstood');
  // Not at the start: openid-client is loaded when somebody signs in.
  const { requestTokensByGrant: requestGrant } = await import('../tokenRequest.ts');
  const parameters = { code, redirect_uri: `${service.issuer}/deviceauth/callback`, code_verifier: verifier };
  return requestGrant(service, response => codex.toStandardResponse(response), attempt, 'authorization_code', parameters);
}
