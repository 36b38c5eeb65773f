/** Any issuer that follows OpenID Connect, by its discovery document. */
import { defined } from '../../base/defined.ts';
import { isRecord, readString } from '../../base/json.ts';
import { readName } from '../../base/plainText.ts';
import type { ServiceProtocol } from '../protocol.ts';

export const oidc: ServiceProtocol = {
  toStandardResponse: ({ text, status, headers }) =>
    new Response(text, { status, headers: { 'content-type': headers.get('content-type') ?? '' } }),

  readErrorCode: body => (isRecord(body) ? readString(body['error']) : undefined),

  // A refresh token may depend on the consent that every request asks for (OpenID Connect Core, 11).
  loginParameters: ({ email, mustAsk }) => defined({ login_hint: email, prompt: mustAsk ? 'login consent' : undefined }),

  lacksEntitlement: () => false,

  readIdentity(claims) {
    const userId = readString(claims['sub']);
    if (userId === undefined) return undefined;
    const email = readName(claims['email']);
    return { userId, ...defined({ email }) };
  },

  readUserId: () => undefined,

  foreignClientId: () => undefined,

  device: async () => (await import('./oidcDevice.ts')).oidcDevice,

  revocation: 'oneSession',

  revocationRequest: (service, refreshToken) => ({
    contentType: 'application/x-www-form-urlencoded',
    body: new URLSearchParams({ token: refreshToken, token_type_hint: 'refresh_token', client_id: service.clientId }).toString(),
  }),
};
