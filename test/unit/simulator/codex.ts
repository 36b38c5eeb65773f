/** A minimal client of the account service: the requests of the Codex CLI, over real HTTP. */

import { createHash, randomBytes } from 'node:crypto';
import { decodeJwt, type JWTPayload } from 'jose';
import type { Choice, SimulatorControl } from '../../simulator/client.ts';
import { clientId, knownScopes } from '../../simulator/contract.ts';

export const redirectUri = 'http://127.0.0.1:1455/auth/callback';

export interface Tokens {
  id_token: string;
  access_token: string;
  refresh_token: string;
  token_type: string;
  expires_in: number;
  scope: string;
  earliest_refresh_at: number;
  oai_is: string;
}

export interface Reply {
  status: number;
  headers: Headers;
  body: unknown;
}

export interface Attempt {
  url: string;
  state: string;
  verifier: string;
}

export function begin({ issuer }: SimulatorControl, changes: Record<string, string | undefined> = {}): Attempt {
  const verifier = randomBytes(64).toString('base64url');
  const state = changes['state'] ?? randomBytes(32).toString('base64url');
  const params: Record<string, string | undefined> = {
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    state,
    scope: knownScopes.join(' '),
    id_token_add_organizations: 'true',
    codex_cli_simplified_flow: 'true',
    originator: 'codex_cli_rs',
    ...changes,
  };
  const given = Object.entries(params).filter((pair): pair is [string, string] => pair[1] !== undefined);
  return { url: `${issuer}/oauth/authorize?${new URLSearchParams(given).toString()}`, state, verifier };
}

async function read(response: Response): Promise<Reply> {
  const text = await response.text();
  const isJson = (response.headers.get('content-type') ?? '').startsWith('application/json');
  return { status: response.status, headers: response.headers, body: isJson ? (JSON.parse(text) as unknown) : text };
}

export async function exchange({ issuer }: SimulatorControl, code: string, verifier: string): Promise<Reply> {
  const body = new URLSearchParams({
    grant_type: 'authorization_code',
    client_id: clientId,
    code,
    redirect_uri: redirectUri,
    code_verifier: verifier,
  });
  return read(await fetch(`${issuer}/oauth/token`, { method: 'POST', body }));
}

export async function postJson(url: string, body: unknown, signal?: AbortSignal): Promise<Reply> {
  const headers = { 'content-type': 'application/json' };
  return read(await fetch(url, { method: 'POST', headers, body: JSON.stringify(body), ...(signal ? { signal } : {}) }));
}

export async function refresh({ issuer }: SimulatorControl, refreshToken: string): Promise<Reply> {
  return postJson(`${issuer}/oauth/token`, { client_id: clientId, grant_type: 'refresh_token', refresh_token: refreshToken });
}

export async function revoke({ issuer }: SimulatorControl, refreshToken: string): Promise<Reply> {
  return postJson(`${issuer}/oauth/revoke`, { token: refreshToken, token_type_hint: 'refresh_token', client_id: clientId });
}

export async function backend({ backendUrl }: SimulatorControl, route: string, accessToken: string, accountId?: string): Promise<Reply> {
  const headers = { authorization: `Bearer ${accessToken}`, ...(accountId === undefined ? {} : { 'chatgpt-account-id': accountId }) };
  return read(await fetch(`${backendUrl}/wham/${route}`, { headers }));
}

export function usage(simulator: SimulatorControl, accessToken: string, accountId?: string): Promise<Reply> {
  return backend(simulator, 'usage', accessToken, accountId);
}

export function callback(url: string): Record<string, string> {
  return Object.fromEntries(new URL(url).searchParams);
}

/** Signs in through the pages. */
export async function signIn(simulator: SimulatorControl, choice: Choice): Promise<Tokens> {
  const { url, verifier } = begin(simulator);
  const { code = '' } = callback(await simulator.approve(url, choice));
  const { status, body } = await exchange(simulator, code, verifier);
  if (status !== 200) throw new Error(JSON.stringify(body));
  return body as Tokens;
}

export function authClaims(token: string): Record<string, unknown> {
  return decodeJwt(token)['https://api.openai.com/auth'] as Record<string, unknown>;
}

export function claims(token: string): JWTPayload {
  return decodeJwt(token);
}

export function accountIdIn(token: string): string {
  return String(authClaims(token)['chatgpt_account_id']);
}

export function errorCode({ body }: Reply): unknown {
  return (body as { error?: { code?: unknown } }).error?.code;
}
