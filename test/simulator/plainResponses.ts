/** The responses of the OpenID Connect provider, recorded, and changed as a test has ordered. */

import { decodeJwt } from 'jose';
import type { KoaContextWithOIDC, Provider } from 'oidc-provider';
import type { IdTokenMutation } from './contract.ts';
import { forgetCookieExpiry } from './cookies.ts';
import type { State } from './state.ts';
import { breakSignature, mutateClaims, sign } from './tokens.ts';

export function changeResponses(provider: Provider, state: State): void {
  provider.use(async (context, next) => {
    await next();
    forgetCookieExpiry(context.response);
    const ctx = context as unknown as KoaContextWithOIDC;
    if (ctx.path === '/token' && ctx.status === 200) ctx.body = await tokenResponse(ctx, state);
    else if (ctx.path === '/device/auth' && ctx.status === 200) ctx.body = deviceResponse(ctx, state);
    else changeCallback(ctx, state);
  });
}

async function tokenResponse(ctx: KoaContextWithOIDC, state: State): Promise<Record<string, unknown>> {
  const session = state.sessions.ofGrant(ctx.oidc.entities.Grant?.jti);
  if (!session) throw new Error('a token response without a session');
  const on = ctx.oidc.params?.['grant_type'] === 'refresh_token' ? 'refresh' : 'code';
  const { idToken, set = {}, omit = [] } = state.orders.own.takeMutation(on) ?? {};
  const issued = ctx.body as Record<string, unknown>;
  const { refresh_token: refreshToken } = issued;
  state.sessions.tokensIssued(session, typeof refreshToken === 'string' ? refreshToken : undefined);
  const response: Record<string, unknown> = {
    ...issued,
    ...(idToken && typeof issued['id_token'] === 'string' ? { id_token: await mutateIdToken(issued['id_token'], idToken, state) } : {}),
    ...set,
  };
  for (const kind of ['id_token', 'access_token', 'refresh_token']) state.ledger.note(kind, response[kind]);
  return Object.fromEntries(Object.entries(response).filter(([name]) => !omit.includes(name)));
}

async function mutateIdToken(token: string, mutation: IdTokenMutation, { keys }: State): Promise<string> {
  const signed = await sign(mutateClaims(decodeJwt(token), mutation), keys);
  return mutation.signature === 'broken' ? breakSignature(signed) : signed;
}

function deviceResponse(ctx: KoaContextWithOIDC, state: State): Record<string, unknown> {
  const issued = ctx.body as Record<string, string>;
  const { deviceInterval } = state.settings;
  state.ledger.note('device_code', issued['device_code']);
  state.orders.follow(issued['device_code']);
  state.ledger.note('user_code', issued['user_code']);
  state.ledger.note('user_code', issued['user_code']?.replace('-', ''));
  const interval = deviceInterval === 'usual' ? 5 : deviceInterval;
  return state.mutated('deviceStart', { ...issued, ...(interval === null ? {} : { interval }) });
}

function changeCallback(ctx: KoaContextWithOIDC, state: State): void {
  const { location = '' } = ctx.response.headers;
  if (typeof location !== 'string' || !location.startsWith(`${String(ctx.oidc.params?.['redirect_uri'])}?`)) return;
  const url = new URL(location);
  const issued = Object.fromEntries(url.searchParams);
  state.ledger.note('authorization_code', issued['code']);
  state.orders.follow(issued['code']);
  state.ledger.note('state', issued['state']);
  url.search = new URLSearchParams(state.mutated('callback', issued) as Record<string, string>).toString();
  ctx.redirect(url.href);
  ctx.status = 303;
}
