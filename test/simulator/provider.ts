/** The certified OpenID provider, configured as closely to the real service as possible. */

import Provider, { errors, type Configuration, type KoaContextWithOIDC } from 'oidc-provider';
import type { Application } from './approval.ts';
import { approveAutomatically } from './automatic.ts';
import { nowSeconds } from './clock.ts';
import { commonConfiguration, followGrants, memberOf, renderError } from './common.ts';
import { apiAudience, clientId, knownScopes, redirectUris } from './contract.ts';
import type { State } from './state.ts';
import { accessTokenClaims } from './tokens.ts';

const shortestState = 8;

export const codex: Application = { id: clientId, name: 'Codex with ChatGPT', audience: apiAudience };

export function makeProvider(state: State): Provider {
  return followGrants(new Provider(state.issuer, configuration(state)), state);
}

function configuration(state: State): Configuration {
  return {
    ...commonConfiguration(state, ''),
    clients: [
      {
        client_id: clientId,
        token_endpoint_auth_method: 'none',
        application_type: 'web',
        redirect_uris: redirectUris,
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
      },
    ],
    routes: { authorization: '/oauth/authorize', token: '/oauth/token', revocation: '/oauth/revoke', jwks: '/.well-known/jwks.json' },
    scopes: knownScopes,
    claims: { openid: ['sub'] },
    features: {
      devInteractions: { enabled: false },
      revocation: { enabled: true },
      rpInitiatedLogout: { enabled: false },
      userinfo: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => apiAudience,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({ scope: knownScopes.join(' '), accessTokenFormat: 'jwt', jwt: { sign: { alg: 'RS256' } } }),
      },
    },
    formats: {
      customizers: {
        jwt: (_ctx, token, parts) => {
          const session = state.sessions.ofGrant('grantId' in token ? token.grantId : undefined);
          if (!session) throw new Error('an access token without a session');
          const issuedAt = nowSeconds();
          const expiresAt = issuedAt + state.settings.accessTokenSeconds;
          parts.header = { typ: 'JWT' };
          parts.payload = { ...accessTokenClaims(session, { issuer: state.issuer, issuedAt, expiresAt, scope: token.scope ?? '' }) };
        },
      },
    },
    findAccount: (_ctx, accountId) => memberOf(state, accountId) && { accountId, claims: () => ({ sub: accountId }) },
    extraParams: {
      id_token_add_organizations: null,
      originator: null,
      allowed_workspace_id: null,
      codex_cli_simplified_flow: async ctx => {
        checkRequest(ctx);
        await approveAutomatically(ctx, codex, state);
      },
    },
    renderError: renderError('authorize_hydra_'),
  };
}

function checkRequest(ctx: KoaContextWithOIDC): void {
  const requested = typeof ctx.query['scope'] === 'string' ? ctx.query['scope'].split(' ') : [];
  const unknown = requested.find(scope => !knownScopes.includes(scope));
  if (unknown !== undefined) throw new errors.InvalidScope('The requested scope is invalid, unknown, or malformed.', unknown);
  if (typeof ctx.query['state'] !== 'string' || ctx.query['state'].length < shortestState) {
    throw new errors.CustomOIDCProviderError(
      'invalid_state',
      'The state is missing or does not have enough characters and is therefore considered too weak.',
    );
  }
  // oidc-provider grants offline_access only with prompt=consent; the real service does not require that.
  Object.assign(ctx.oidc.params ?? {}, { scope: requested.join(' ') });
}
