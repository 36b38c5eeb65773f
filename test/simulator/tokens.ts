/** The claims of the real service's tokens, and their signing. */

import { createHash, randomUUID } from 'node:crypto';
import { jwtVerify, SignJWT, type JWTPayload } from 'jose';
import { nowSeconds } from './clock.ts';
import { apiAudience, clientId, type IdTokenMutation } from './contract.ts';
import type { Keys } from './keys.ts';
import type { Session } from './sessions.ts';

const authClaim = 'https://api.openai.com/auth';
const profileClaim = 'https://api.openai.com/profile';

function identity({ person, workspace }: Session): Record<string, unknown> {
  return {
    chatgpt_account_id: workspace.accountId,
    chatgpt_plan_type: workspace.plan,
    chatgpt_user_id: person.userId,
    user_id: person.userId,
  };
}

function subscription({ workspace }: Session): Record<string, unknown> {
  const year = new Date().getUTCFullYear();
  return workspace.plan === 'free'
    ? { chatgpt_subscription_active_start: null, chatgpt_subscription_active_until: null }
    : {
        chatgpt_subscription_active_start: `${String(year)}-01-01T00:00:00+00:00`,
        chatgpt_subscription_active_until: `${String(year + 1)}-01-01T00:00:00+00:00`,
      };
}

/** The claims of the real service's id_token, from the one that oidc-provider issued. */
export function idTokenClaims(session: Session, issued: JWTPayload, accessToken: string): JWTPayload {
  const { person, workspace } = session;
  const organization = { id: workspace.organizationId, is_default: true, role: workspace.role, title: workspace.name };
  return {
    amr: ['pwd'],
    at_hash: createHash('sha256').update(accessToken).digest().subarray(0, 16).toString('base64url'),
    ...(issued['nonce'] === undefined ? {} : { nonce: issued['nonce'] }),
    aud: [clientId],
    auth_provider: 'password',
    auth_time: session.signedInAt,
    email: person.email,
    email_verified: true,
    exp: issued.exp ?? nowSeconds(),
    [authClaim]: {
      ...identity(session),
      ...subscription(session),
      chatgpt_subscription_last_checked: new Date().toISOString(),
      groups: [],
      ...(session.organizations ? { organizations: [organization] } : {}),
    },
    iat: issued.iat ?? nowSeconds(),
    iss: issued.iss ?? '',
    jti: randomUUID(),
    name: person.name,
    rat: issued.iat,
    sid: session.id,
    sub: person.subject,
  };
}

export interface AccessTokenOptions {
  issuer: string;
  issuedAt: number;
  expiresAt: number;
  scope: string;
}

export function accessTokenClaims(session: Session, { issuer, issuedAt, expiresAt, scope }: AccessTokenOptions): JWTPayload {
  const { person, workspace } = session;
  return {
    aud: [apiAudience],
    client_id: clientId,
    exp: expiresAt,
    [authClaim]: {
      ...identity(session),
      chatgpt_account_user_id: `${person.userId}__${workspace.accountId}`,
      chatgpt_compute_residency: 'no_constraint',
    },
    [profileClaim]: { email: person.email, email_verified: true },
    iat: issuedAt,
    iss: issuer,
    jti: randomUUID(),
    nbf: issuedAt,
    scp: scope.split(' '),
    session_id: session.id,
    sub: person.subject,
  };
}

export function mutateClaims(claims: JWTPayload, { iss, aud, exp, removeClaims = [], set = {} }: IdTokenMutation): JWTPayload {
  const changed = {
    ...claims,
    ...(iss === undefined ? {} : { iss }),
    ...(aud === undefined ? {} : { aud }),
    ...(exp === undefined ? {} : { exp: (claims.exp ?? 0) + exp }),
    ...set,
  };
  return Object.fromEntries(Object.entries(changed).filter(([name]) => !removeClaims.includes(name)));
}

export async function sign(claims: JWTPayload, { kid, privateKey }: Keys): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid, typ: 'JWT' }).sign(privateKey);
}

/** The same token with a wrong signature. */
export function breakSignature(token: string): string {
  const [header = '', payload = '', signature = ''] = token.split('.');
  return [header, payload, `${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`].join('.');
}

export async function verifyAccessToken(token: string, keys: Keys, issuer: string): Promise<JWTPayload> {
  const { payload } = await jwtVerify(token, keys.publicKey, { issuer, audience: apiAudience });
  return payload;
}
