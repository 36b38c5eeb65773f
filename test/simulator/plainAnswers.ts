/** The standard provider's answers: noted, and changed where a test ordered it. */

import { decodeJwt } from 'jose';
import type { KoaContextWithOIDC, Provider } from 'oidc-provider';
import type { IdTokenMutation } from './contract.ts';
import type { State } from './state.ts';
import { forgetCookieExpiry } from './cookies.ts';
import { breakSignature, mutateClaims, sign } from './tokens.ts';

export function speakPlainly(provider: Provider, state: State): void {
  provider.use(async (context, next) => {
    await next();
    forgetCookieExpiry(context.response);
    const ctx = context as unknown as KoaContextWithOIDC;
    if (ctx.path === '/token' && ctx.status === 200) ctx.body = await tokenAnswer(ctx, state);
    else if (ctx.path === '/device/auth' && ctx.status === 200) ctx.body = deviceAnswer(ctx, state);
    else changeCallback(ctx, state);
  });
}

async function tokenAnswer(ctx: KoaContextWithOIDC, state: State): Promise<Record<string, unknown>> {
  const session = state.sessions.ofGrant(ctx.oidc.entities.Grant?.jti);
  if (!session) throw new Error('a token answer without a session');
  const on = ctx.oidc.params?.['grant_type'] === 'refresh_token' ? 'refresh' : 'code';
  const { idToken, set = {}, omit = [] } = state.takeMutation(on) ?? {};
  const made = ctx.body as Record<string, unknown>;
  const { refresh_token: refreshToken } = made;
  state.sessions.tokensIssued(session, typeof refreshToken === 'string' ? refreshToken : undefined);
  const answer: Record<string, unknown> = {
    ...made,
    ...(idToken && typeof made['id_token'] === 'string' ? { id_token: await mutateIdToken(made['id_token'], idToken, state) } : {}),
    ...set,
  };
  for (const kind of ['id_token', 'access_token', 'refresh_token']) state.ledger.note(kind, answer[kind]);
  return Object.fromEntries(Object.entries(answer).filter(([name]) => !omit.includes(name)));
}

async function mutateIdToken(token: string, mutation: IdTokenMutation, { keys }: State): Promise<string> {
  const signed = await sign(mutateClaims(decodeJwt(token), mutation), keys);
  return mutation.signature === 'broken' ? breakSignature(signed) : signed;
}

function deviceAnswer(ctx: KoaContextWithOIDC, state: State): Record<string, unknown> {
  const made = ctx.body as Record<string, string>;
  const { deviceInterval } = state.settings;
  state.ledger.note('device_code', made['device_code']);
  state.ledger.note('user_code', made['user_code']);
  state.ledger.note('user_code', made['user_code']?.replace('-', ''));
  const interval = deviceInterval === 'usual' ? 5 : deviceInterval;
  return state.mutated('deviceStart', { ...made, ...(interval === null ? {} : { interval }) });
}

function changeCallback(ctx: KoaContextWithOIDC, state: State): void {
  const { location = '' } = ctx.response.headers;
  if (typeof location !== 'string' || !location.startsWith(`${String(ctx.oidc.params?.['redirect_uri'])}?`)) return;
  const url = new URL(location);
  const made = Object.fromEntries(url.searchParams);
  state.ledger.note('authorization_code', made['code']);
  state.ledger.note('state', made['state']);
  url.search = new URLSearchParams(state.mutated('callback', made) as Record<string, string>).toString();
  ctx.redirect(url.href);
  ctx.status = 303;
}
