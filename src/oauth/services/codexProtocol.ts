/** OpenAI's sign-in as its Codex CLI speaks it, measured from that client: all that differs from the RFCs. */
import { defined } from '../../base/defined.ts';
import { isRecord, parseJson, readString } from '../../base/json.ts';
import { readName } from '../../base/plainText.ts';
import type { ServiceProtocol } from '../protocol.ts';
import { codexClientId } from './codexClient.ts';

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

  // The Codex CLI sends neither: it keeps one account. Both are OpenID Connect's own.
  loginParameters: ({ email, mustAsk }) => defined({ login_hint: email, prompt: mustAsk ? 'login' : undefined }),

  lacksEntitlement: description => /missing_codex_entitlement/i.test(description ?? ''),

  readIdentity(claims) {
    const auth = isRecord(claims['https://api.openai.com/auth']) ? claims['https://api.openai.com/auth'] : {};
    const profile = isRecord(claims['https://api.openai.com/profile']) ? claims['https://api.openai.com/profile'] : {};
    const userId = this.readUserId(claims) ?? readString(claims['sub']);
    if (userId === undefined) return undefined;
    const workspaceId = readString(auth['chatgpt_account_id']);
    const email = readName(claims['email']) ?? readName(profile['email']);
    const plan = readName(auth['chatgpt_plan_type']);
    const fedramp = auth['chatgpt_account_is_fedramp'] === true ? true : undefined;
    return { userId, ...defined({ workspaceId, email, plan, fedramp }) };
  },

  readUserId({ 'https://api.openai.com/auth': auth }) {
    return isRecord(auth) ? (readString(auth['chatgpt_user_id']) ?? readString(auth['user_id'])) : undefined;
  },

  foreignClientId: ({ clientId }) => (clientId === codexClientId ? clientId : undefined),

  device: async () => (await import('./codexDevice.ts')).codexDevice,

  // The Codex CLI revokes before a sign-in and never after one (openai/codex pull request 27674): its people lost every session.
  revocation: 'everySession',

  revocationRequest: (service, refreshToken) => ({
    contentType: 'application/json',
    body: JSON.stringify({ token: refreshToken, token_type_hint: 'refresh_token', client_id: service.clientId }),
  }),
};
