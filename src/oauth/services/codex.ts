/** What OpenAI does differently from the RFCs, measured from its own client, and nothing else. */
import type { DeviceCode, DevicePoll } from '../device.ts';
import { explainRefusal, readInterval, readLife, sendPoll } from '../device.ts';
import type { Dialect } from '../protocol.ts';
import { SignInError } from '../../base/errors.ts';
import type { Attempt } from '../tokenRequest.ts';
import { explainStatus, isPage } from '../../base/http.ts';
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
 * @throws SignInError `addressInvalid`, `addressNotSecure`
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

export const openAi: Dialect = {
  toStandardAnswer(answer) {
    const body = parseJson(answer.text);
    const headers = { 'content-type': answer.headers.get('content-type') ?? '' };
    if (!isRecord(body)) return new Response(answer.text, { status: answer.status, headers });
    const code = this.readErrorCode(body);
    // `error` is an object here, and `token_type` may be absent or of any case: its own client never looks.
    const standard = answer.status === 200 ? { ...body, token_type: 'bearer' } : { ...(code === undefined ? {} : { error: code }) };
    return new Response(JSON.stringify(standard), { status: answer.status, headers });
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
async function startDevice(service: AccountService, { http, clock, flowId, signal }: Attempt): Promise<DeviceCode> {
  const answer = await http.send(service.endpoints.deviceAuthorization ?? '', {
    method: 'POST',
    headers: json,
    body: JSON.stringify({ client_id: service.clientId }),
    purpose: 'device code',
    flowId,
    ...(signal ? { signal } : {}),
  });
  const body = parseJson(answer.text);
  if (answer.status === 404 && !isPage(answer)) throw new SignInError(disabled);
  if (answer.status !== 200) {
    const code = openAi.readErrorCode(body);
    const isFinal = answer.status < 500 && answer.status !== 429 && code !== undefined;
    throw new SignInError(isFinal && explainRefusal(code, disabled) === disabled ? disabled : explainStatus(answer));
  }
  const userCode = isRecord(body) ? (readString(body['user_code']) ?? readString(body['usercode'])) : undefined;
  const handle = isRecord(body) ? readString(body['device_auth_id']) : undefined;
  if (!isRecord(body) || userCode === undefined || handle === undefined) throw new SignInError(explainStatus(answer));
  const now = clock.now();
  const expiresAt = Date.parse(readString(body['expires_at']) ?? '') - (answer.clockOffset ?? 0);
  return {
    userCode,
    handle,
    page: `${service.issuer}/codex/device`,
    interval: readInterval(body['interval']),
    expiresAt: now + readLife(expiresAt - now),
    hasSwitch: true,
  };
}

/** Pending is 403 or 404, with a code that says so or without one; approval is a code to redeem, with a verifier that the service made. */
async function pollDevice(service: AccountService, code: DeviceCode, attempt: Attempt): Promise<DevicePoll> {
  const body = JSON.stringify({ device_auth_id: code.handle, user_code: code.userCode });
  const answer = await sendPoll(`${service.issuer}/api/accounts/deviceauth/token`, { headers: json, body }, attempt);
  if ('kind' in answer) return answer;
  const reply = parseJson(answer.text);
  if (answer.status === 200) return { kind: 'granted', tokens: await redeemDevice(service, reply, attempt) };
  const refusal = openAi.readErrorCode(reply);
  if (refusal === 'slow_down') return { kind: 'slowDown' };
  const isPending = (answer.status === 403 || answer.status === 404) && (refusal === undefined || /pending/i.test(refusal));
  if (isPending) return { kind: 'pending' };
  return { kind: 'ended', error: refusal === undefined ? explainStatus(answer) : explainRefusal(refusal, disabled) };
}

async function redeemDevice(service: AccountService, reply: unknown, attempt: Attempt): Promise<TokenSet> {
  const code = isRecord(reply) ? readString(reply['authorization_code']) : undefined;
  const verifier = isRecord(reply) ? readString(reply['code_verifier']) : undefined;
  if (code === undefined || verifier === undefined) throw new SignInError('answerNotUnderstood');
  // Not at the start: openid-client is loaded when somebody signs in.
  const { requestGrant } = await import('../tokenRequest.ts');
  const parameters = { code, redirect_uri: `${service.issuer}/deviceauth/callback`, code_verifier: verifier };
  return requestGrant(service, answer => openAi.toStandardAnswer(answer), attempt, 'authorization_code', parameters);
}
