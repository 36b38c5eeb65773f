/** Any issuer that follows OpenID Connect, by its discovery document. */
import { defined } from '../../base/defined.ts';
import { isRecord, readString } from '../../base/json.ts';
import type { ServiceProtocol } from '../protocol.ts';

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

  foreignClientId: () => undefined,

  device: async () => (await import('./oidcDevice.ts')).oidcDevice,

  revocation: (service, refreshToken) => ({
    contentType: 'application/x-www-form-urlencoded',
    body: new URLSearchParams({ token: refreshToken, token_type_hint: 'refresh_token', client_id: service.clientId }).toString(),
  }),
};
