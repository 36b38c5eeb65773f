/** The configuration that both OpenID providers share. */

import type { Configuration, KoaContextWithOIDC } from 'oidc-provider';
import { interactionPolicy, type Provider } from 'oidc-provider';
import { errorPage } from './pages.ts';
import type { Member } from './people.ts';
import { signInPath } from './signin.ts';
import type { State } from './state.ts';
import { makeStore } from './store.ts';

const day = 86_400;

export function commonConfiguration(state: State, mount: string): Configuration {
  return {
    adapter: makeStore(),
    jwks: { keys: [state.keys.privateJwk] },
    clientAuthMethods: ['none'],
    clientBasedCORS: () => false,
    clockTolerance: 0,
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    rotateRefreshToken: true,
    issueRefreshToken: (_ctx, _client, source) => source.scopes.has('offline_access'),
    expiresWithSession: () => false,
    ttl: {
      AccessToken: () => state.settings.accessTokenSeconds,
      AuthorizationCode: 600,
      DeviceCode: () => state.settings.deviceCodeSeconds,
      Grant: 3650 * day,
      IdToken: () => state.settings.idTokenSeconds,
      Interaction: 3600,
      RefreshToken: () => state.settings.refreshTokenSeconds,
      Session: 14 * day,
    },
    loadExistingGrant: ctx => {
      const grantId = ctx.oidc.result?.consent?.grantId;
      return grantId === undefined ? undefined : ctx.oidc.provider.Grant.find(grantId);
    },
    interactions: { policy: policy(), url: (_ctx, interaction) => `${mount}${signInPath(interaction.uid)}` },
  };
}

export function followGrants(provider: Provider, state: State): Provider {
  provider.on('grant.revoked', (ctx, grantId) => {
    const session = state.sessions.ofGrant(grantId);
    if (session) session.ended ??= ctx.oidc.route === 'revocation' ? 'revoked' : 'replayed';
  });
  provider.on('server_error', (_ctx, error) => {
    console.error(error);
  });
  return provider;
}

export function memberOf(state: State, accountId: string): Member | undefined {
  const [account = '', workspace] = accountId.split('/');
  return state.people.member(account, workspace);
}

export function renderError(prefix: string): NonNullable<Configuration['renderError']> {
  return (ctx: KoaContextWithOIDC, out) => {
    ctx.type = 'html';
    ctx.body = errorPage(`${prefix}${out.error}`, out.error_description ?? 'The request could not be understood.');
  };
}

/** Each sign-in goes to the pages: they know the browser, not the provider. */
function policy(): interactionPolicy.DefaultPolicy {
  const { Check, Prompt } = interactionPolicy;
  const all = interactionPolicy.base();
  all.clear();
  const unanswered = new Check('unanswered', 'the person has not decided yet', ctx => ctx.oidc.result?.consent === undefined);
  all.add(new Prompt({ name: 'login', requestable: true }, unanswered));
  all.add(new Prompt({ name: 'consent', requestable: true }));
  return all;
}
