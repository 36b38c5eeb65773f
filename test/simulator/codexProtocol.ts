/** The differences between the real service and the OpenID provider behind this one. */

import { randomBytes } from 'node:crypto';
import { decodeJwt } from 'jose';
import type Provider from 'oidc-provider';
import type { KoaContextWithOIDC } from 'oidc-provider';
import { redirectUris, type Mutation } from './contract.ts';
import { forgetCookieExpiry } from './cookies.ts';
import { isNewest, type Session } from './sessions.ts';
import type { State } from './state.ts';
import { breakSignature, idTokenClaims, mutateClaims, sign } from './tokens.ts';

export interface TokenError {
  status: number;
  code: string;
  message: string;
}

export function errorBody({ code, message }: TokenError): Record<string, unknown> {
  return { error: { message, type: 'invalid_request_error', param: null, code } };
}

export function useCodexProtocol(provider: Provider, state: State): void {
  provider.use(async (context, next) => {
    await next();
    forgetCookieExpiry(context.response);
    const ctx = context as unknown as KoaContextWithOIDC;
    if (ctx.method === 'POST' && ctx.path === '/oauth/token') await reshapeTokenResponse(ctx, state);
    else if (ctx.method === 'POST' && ctx.path === '/oauth/revoke') reshapeRevokeResponse(ctx);
    else if (ctx.path === '/.well-known/openid-configuration') reshapeDiscovery(ctx, state);
    else reshapeCallback(ctx, state);
  });
}

async function reshapeTokenResponse(ctx: KoaContextWithOIDC, state: State): Promise<void> {
  const params = ctx.oidc.params ?? {};
  const body = ctx.body as Record<string, unknown>;
  if (ctx.status !== 200) {
    const refreshToken = body['error'] === 'invalid_grant' ? params['refresh_token'] : undefined;
    const error = typeof refreshToken === 'string' ? refreshError(state, refreshToken) : providerError(ctx.status, body);
    ctx.status = error.status;
    ctx.body = errorBody(error);
    return;
  }
  const session = state.sessions.ofGrant(ctx.oidc.entities.Grant?.jti);
  if (!session) throw new Error('a token response without a session');
  const refreshToken = body['refresh_token'];
  state.sessions.tokensIssued(session, typeof refreshToken === 'string' ? refreshToken : undefined);
  ctx.body = await tokenResponse(state, session, body, params['grant_type'] === 'refresh_token' ? 'refresh' : 'code');
}

async function tokenResponse(
  state: State,
  session: Session,
  body: Record<string, unknown>,
  on: 'code' | 'refresh',
): Promise<Record<string, unknown>> {
  const mutation: Mutation = state.orders.own.takeMutation(on) ?? {};
  const issued = decodeJwt(String(body['id_token']));
  const claims = idTokenClaims(session, issued, String(body['access_token']));
  const signed = await sign(mutateClaims(claims, mutation.idToken ?? {}), state.keys);
  const expiresIn = Number(body['expires_in']);
  const response = {
    id_token: mutation.idToken?.signature === 'broken' ? breakSignature(signed) : signed,
    access_token: body['access_token'],
    refresh_token: body['refresh_token'],
    token_type: 'Bearer',
    expires_in: expiresIn,
    scope: body['scope'],
    earliest_refresh_at: (issued.iat ?? 0) + Math.floor(expiresIn * 0.9),
    oai_is: randomBytes(16).toString('base64url'),
    ...mutation.set,
  };
  state.ledger.note('id_token', response.id_token);
  state.ledger.note('access_token', response.access_token);
  state.ledger.note('refresh_token', response.refresh_token);
  state.ledger.note('session', session.id);
  state.ledger.note('oai_is', response.oai_is);
  return Object.fromEntries(Object.entries(response).filter(([name]) => !mutation.omit?.includes(name)));
}

function refreshError(state: State, refreshToken: string): TokenError {
  const session = state.sessions.ofRefreshToken(refreshToken);
  if (session && !isNewest(session, refreshToken)) {
    return {
      status: 401,
      code: 'refresh_token_reused',
      message: 'Your refresh token has already been used to generate a new access token. Please try signing in again.',
    };
  }
  if (session && session.ended === undefined) {
    return { status: 401, code: 'refresh_token_expired', message: 'Your refresh token has expired. Please try signing in again.' };
  }
  return { status: 401, code: 'refresh_token_invalidated', message: 'Your session has ended. Please log in again.' };
}

function providerError(status: number, body: Record<string, unknown>): TokenError {
  return {
    status,
    code: typeof body['error'] === 'string' ? body['error'] : 'server_error',
    message: typeof body['error_description'] === 'string' ? body['error_description'] : 'The request could not be processed.',
  };
}

function reshapeRevokeResponse(ctx: KoaContextWithOIDC): void {
  ctx.body = ctx.status === 200 ? {} : errorBody(providerError(ctx.status, ctx.body as Record<string, unknown>));
}

/** The real document names the endpoints of the other, documented sign-in. */
function reshapeDiscovery(ctx: KoaContextWithOIDC, { issuer }: State): void {
  ctx.body = {
    ...(ctx.body as Record<string, unknown>),
    authorization_endpoint: `${issuer}/api/accounts/authorize`,
    token_endpoint: `${issuer}/api/accounts/oauth/token`,
    revocation_endpoint: `${issuer}/api/accounts/oauth/revoke`,
  };
}

/** The real callback has the granted scope, and no issuer. */
function reshapeCallback(ctx: KoaContextWithOIDC, service: State): void {
  const { location = '' } = ctx.response.headers;
  if (typeof location !== 'string' || !redirectUris.some(uri => location.startsWith(`${uri}?`))) return;
  const url = new URL(location);
  const { code, state, error, error_description: description } = Object.fromEntries(url.searchParams);
  const { scope } = ctx.oidc.params ?? {};
  service.ledger.note('authorization_code', code);
  service.orders.follow(code);
  service.ledger.note('state', state);
  const response = code === undefined ? { error, error_description: description, state } : { code, scope: String(scope), state };
  const entries = Object.entries(service.mutated('callback', response)).filter((pair): pair is [string, string] => pair[1] !== undefined);
  url.search = new URLSearchParams(entries).toString();
  ctx.redirect(url.href);
  ctx.status = 302;
}
