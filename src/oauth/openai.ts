/** What OpenAI does differently from the RFCs, measured from its own client, and nothing else. */
import type { Dialect } from './dialect.ts';
import { parseJson } from './http.ts';
import type { AccountService } from './service.ts';
import { requireSecureAddress } from './service.ts';
import { isRecord, readString } from './tokens.ts';

/** The public client of OpenAI's Codex CLI: no secret, and the only one that tells plan and usage. */
export const codexClientId = 'app_EMoamEEZ73f0CkXaXp7hrann';

export const codexDefaults = { issuer: 'https://auth.openai.com', backendUrl: 'https://chatgpt.com/backend-api' } as const;

/**
 * OpenAI's sign-in as its Codex CLI speaks it. The discovery document names other endpoints, for another client.
 * @throws SignInError `addressInvalid`, `addressNotSecure`
 */
export function codexService(settings: { issuer: string; clientId: string; backendUrl: string; originator: string }): AccountService {
  const issuer = requireSecureAddress(settings.issuer);
  return {
    dialect: 'openai',
    issuer,
    clientId: settings.clientId || codexClientId,
    endpoints: { authorization: `${issuer}/oauth/authorize`, token: `${issuer}/oauth/token`, revocation: `${issuer}/oauth/revoke` },
    scopes: ['openid', 'profile', 'email', 'offline_access'],
    authorizationParameters: {
      id_token_add_organizations: 'true',
      codex_cli_simplified_flow: 'true',
      originator: settings.originator,
    },
    redirect: { host: '127.0.0.1', path: '/auth/callback', ports: [1455, 1457] },
    nonce: false,
    issInCallback: false,
    backendUrl: requireSecureAddress(settings.backendUrl),
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

  revocation: (service, refreshToken) => ({
    contentType: 'application/json',
    body: JSON.stringify({ token: refreshToken, token_type_hint: 'refresh_token', client_id: service.clientId }),
  }),
};
