/** The certified OpenID provider, configured as close to the real service as it goes. */

import { setTimeout as sleep } from 'node:timers/promises';
import Provider, { errors, interactionPolicy, type Configuration, type KoaContextWithOIDC } from 'oidc-provider';
import { accountIdOf, approve, readRequest, refusal } from './approval.ts';
import { nowSeconds } from './clock.ts';
import { apiAudience, clientId, knownScopes, redirectUris } from './contract.ts';
import { errorPage } from './pages.ts';
import type { Member } from './people.ts';
import { signInPath } from './signin.ts';
import type { State } from './state.ts';
import { makeStore } from './store.ts';
import { accessTokenClaims } from './tokens.ts';

const shortestState = 8;
const day = 86_400;

export function makeProvider(state: State): Provider {
  const provider = new Provider(state.issuer, configuration(state));
  provider.on('grant.revoked', (ctx, grantId) => {
    const session = state.sessions.ofGrant(grantId);
    if (session) session.ended ??= ctx.oidc.route === 'revocation' ? 'revoked' : 'replayed';
  });
  provider.on('server_error', (_ctx, error) => {
    console.error(error);
  });
  return provider;
}

function configuration(state: State): Configuration {
  return {
    adapter: makeStore(),
    jwks: { keys: [state.keys.privateJwk] },
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
    clientAuthMethods: ['none'],
    clientBasedCORS: () => false,
    clockTolerance: 0,
    conformIdTokenClaims: false,
    routes: { authorization: '/oauth/authorize', token: '/oauth/token', revocation: '/oauth/revoke', jwks: '/.well-known/jwks.json' },
    scopes: knownScopes,
    claims: { openid: ['sub'] },
    pkce: { required: () => true },
    rotateRefreshToken: true,
    issueRefreshToken: (_ctx, _client, source) => source.scopes.has('offline_access'),
    expiresWithSession: () => false,
    ttl: {
      AccessToken: () => state.settings.accessTokenSeconds,
      AuthorizationCode: 600,
      Grant: 3650 * day,
      IdToken: () => state.settings.idTokenSeconds,
      Interaction: 3600,
      RefreshToken: () => state.settings.refreshTokenSeconds,
      Session: 14 * day,
    },
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
    findAccount: (_ctx, accountId) => {
      const member = memberOf(state, accountId);
      return member && { accountId, claims: () => ({ sub: accountId }) };
    },
    loadExistingGrant: ctx => {
      const grantId = ctx.oidc.result?.consent?.grantId;
      return grantId === undefined ? undefined : ctx.oidc.provider.Grant.find(grantId);
    },
    interactions: { policy: policy(), url: (_ctx, interaction) => signInPath(interaction.uid) },
    extraParams: {
      id_token_add_organizations: null,
      originator: null,
      allowed_workspace_id: null,
      codex_cli_simplified_flow: async ctx => {
        checkAsTheServiceDoes(ctx);
        await approveAutomatically(ctx, state);
      },
    },
    renderError: (ctx, out) => {
      ctx.type = 'html';
      ctx.body = errorPage(`authorize_hydra_${out.error}`, out.error_description ?? 'The request could not be understood.');
    },
  };
}

function memberOf(state: State, accountId: string): Member | undefined {
  const [account = '', workspace] = accountId.split('/');
  return state.people.member(account, workspace);
}

/** Each sign-in asks anew who it is: no browser session is remembered. */
function policy(): interactionPolicy.DefaultPolicy {
  const { Check, Prompt } = interactionPolicy;
  const all = interactionPolicy.base();
  all.clear();
  const unanswered = new Check('unanswered', 'the person was not asked yet', ctx => ctx.oidc.result?.consent === undefined);
  all.add(new Prompt({ name: 'login', requestable: true }, unanswered));
  all.add(new Prompt({ name: 'consent', requestable: true }));
  return all;
}

function checkAsTheServiceDoes(ctx: KoaContextWithOIDC): void {
  const asked = typeof ctx.query['scope'] === 'string' ? ctx.query['scope'].split(' ') : [];
  const unknown = asked.find(scope => !knownScopes.includes(scope));
  if (unknown !== undefined) throw new errors.InvalidScope('The requested scope is invalid, unknown, or malformed.', unknown);
  if (typeof ctx.query['state'] !== 'string' || ctx.query['state'].length < shortestState) {
    throw new errors.CustomOIDCProviderError(
      'invalid_state',
      'The state is missing or does not have enough characters and is therefore considered too weak.',
    );
  }
  // oidc-provider grants offline_access only with prompt=consent; the real service does not ask for that.
  Object.assign(ctx.oidc.params ?? {}, { scope: asked.join(' ') });
}

async function approveAutomatically(ctx: KoaContextWithOIDC, state: State): Promise<void> {
  const { autoApprove, approveDelayMs } = state.settings;
  if (!autoApprove) return;
  await sleep(approveDelayMs);
  const member = state.people.member(autoApprove.account, autoApprove.workspace);
  const request = readRequest(ctx.oidc.params ?? {});
  const refused = autoApprove.deny === true ? 'The resource owner denied the request' : member && refusal(member, request);
  if (!member || refused !== undefined) throw new errors.AccessDenied(refused ?? 'no such account');
  ctx.oidc.session?.loginAccount({ accountId: accountIdOf(member), amr: ['pwd'] });
  Object.assign(ctx.oidc, { result: await approve(ctx.oidc.provider, state.sessions, member, request) });
}
