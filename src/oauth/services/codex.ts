/** OpenAI's sign-in as its Codex CLI speaks it, measured from that client: all that differs from the RFCs. */
import { defined } from '../../base/defined.ts';
import { AppError } from '../../base/errors.ts';
import { isHtml, statusErrorCode } from '../../base/http.ts';
import { isRecord, parseJson, readString } from '../../base/json.ts';
import { requireBaseAddress } from '../../base/url.ts';
import type { DeviceCode, DevicePoll } from '../device.ts';
import { readInterval, readLifetime, refusalErrorCode, sendPoll } from '../device.ts';
import type { ServiceProtocol } from '../protocol.ts';
import type { AccountService } from '../service.ts';
import type { RequestContext } from '../requestContext.ts';
import type { TokenSet } from '../tokenSet.ts';

/** The public client of OpenAI's Codex CLI. It has no secret, and it is the only client that can read plan and usage. */
export const codexClientId = 'app_EMoamEEZ73f0CkXaXp7hrann';

export const codexDefaults = { issuer: 'https://auth.openai.com', backendUrl: 'https://chatgpt.com/backend-api' } as const;

/**
 * The discovery document is not used: it names endpoints for other clients.
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
    // OpenAI's `error` is an object, and its `token_type` may be absent or in any case: the Codex CLI does not read it.
    const standard = response.status === 200 ? { ...body, token_type: 'bearer' } : defined({ error: code });
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
    const fedramp = auth['chatgpt_account_is_fedramp'] === true ? true : undefined;
    return { userId, ...defined({ workspaceId, email, plan, fedramp }) };
  },

  capabilities: ({ backendUrl: url }) => (url === undefined ? {} : { usage: { url, page: new URL('/codex/settings/usage', url).href } }),

  device: { start: startDevice, poll: pollDevice },

  revocation: (service, refreshToken) => ({
    contentType: 'application/json',
    body: JSON.stringify({ token: refreshToken, token_type_hint: 'refresh_token', client_id: service.clientId }),
  }),
};

const json = { 'content-type': 'application/json' };
const deviceCodeDisabled = 'deviceCodeDisabled';

/** In place of RFC 8628, 3.1 and 3.2: JSON, an interval in a string, and no `verification_uri`. */
async function startDevice(service: AccountService, { http, clock, correlationId, signal }: RequestContext): Promise<DeviceCode> {
  const response = await http.send(service.endpoints.deviceAuthorization ?? '', {
    method: 'POST',
    headers: json,
    body: JSON.stringify({ client_id: service.clientId }),
    purpose: 'device code',
    correlationId,
    ...defined({ signal }),
  });
  const body = parseJson(response.text);
  if (response.status === 404 && !isHtml(response)) throw new AppError(deviceCodeDisabled);
  if (response.status !== 200) {
    const code = codex.readErrorCode(body);
    const isFinal = response.status < 500 && response.status !== 429 && code !== undefined;
    const isDisabled = isFinal && refusalErrorCode(code, deviceCodeDisabled) === deviceCodeDisabled;
    throw new AppError(isDisabled ? deviceCodeDisabled : statusErrorCode(response));
  }
  const userCode = isRecord(body) ? (readString(body['user_code']) ?? readString(body['usercode'])) : undefined;
  const deviceCode = isRecord(body) ? readString(body['device_auth_id']) : undefined;
  if (!isRecord(body) || userCode === undefined || deviceCode === undefined) throw new AppError(statusErrorCode(response));
  const now = clock.now();
  const expiresAt = Date.parse(readString(body['expires_at']) ?? '') - (response.clockOffset ?? 0);
  return {
    userCode,
    deviceCode,
    verificationUri: `${service.issuer}/codex/device`,
    interval: readInterval(body['interval']),
    expiresAt: now + readLifetime(expiresAt - now),
    requiresOptIn: true,
  };
}

/**
 * In place of RFC 8628, 3.4 and 3.5: 403 or 404 means pending, with a code that says so or without one. An approval is an
 * authorization code to exchange, with a verifier that the service made.
 */
async function pollDevice(service: AccountService, code: DeviceCode, context: RequestContext): Promise<DevicePoll> {
  const body = JSON.stringify({ device_auth_id: code.deviceCode, user_code: code.userCode });
  const response = await sendPoll(`${service.issuer}/api/accounts/deviceauth/token`, { headers: json, body }, context);
  if ('kind' in response) return response;
  const reply = parseJson(response.text);
  if (response.status === 200) return { kind: 'granted', tokens: await exchangeDeviceCode(service, reply, context) };
  const refusal = codex.readErrorCode(reply);
  if (refusal === 'slow_down') return { kind: 'slowDown' };
  const isPending = (response.status === 403 || response.status === 404) && (refusal === undefined || /pending/i.test(refusal));
  if (isPending) return { kind: 'pending' };
  return { kind: 'ended', error: refusal === undefined ? statusErrorCode(response) : refusalErrorCode(refusal, deviceCodeDisabled) };
}

async function exchangeDeviceCode(service: AccountService, reply: unknown, context: RequestContext): Promise<TokenSet> {
  const code = isRecord(reply) ? readString(reply['authorization_code']) : undefined;
  const verifier = isRecord(reply) ? readString(reply['code_verifier']) : undefined;
  if (code === undefined || verifier === undefined) throw new AppError('answerNotUnderstood');
  // Imported here, so that openid-client is loaded when somebody signs in.
  const { requestTokensByGrant } = await import('../tokenRequest.ts');
  const parameters = { code, redirect_uri: `${service.issuer}/deviceauth/callback`, code_verifier: verifier };
  return requestTokensByGrant(service, codex, context, 'authorization_code', parameters);
}
