/** The backend: usage, reset credits, the list of workspaces, the rules of their administrators, and model requests. */

import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { errors } from 'jose';
import type { SimulatedResponse } from './contract.ts';
import { checkClient } from './modelClient.ts';
import { modelList } from './models.ts';
import { bearerOf, type Received } from './received.ts';
import { respondToModelRequest, type ModelStream } from './responses.ts';
import type { Session } from './sessions.ts';
import type { State } from './state.ts';
import { verifyAccessToken } from './tokens.ts';
import { usagePayload } from './usage.ts';

const prefix = '/backend-api/';

export function isBackend({ path }: Received): boolean {
  return path.startsWith(prefix);
}

export async function handleBackend(state: State, received: Received, response: ServerResponse): Promise<void> {
  const found = await reply(state, received);
  const headers = { 'cache-control': 'no-store', ...found.headers };
  if ('steps' in found) {
    response.writeHead(200, { 'content-type': 'text/event-stream', ...headers });
    await stream(found, response);
  } else {
    response.writeHead(found.status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(found.body));
  }
}

/** Ends early when the client has gone. */
async function stream({ steps }: ModelStream, response: ServerResponse): Promise<void> {
  for await (const step of steps) {
    if (response.destroyed || step === 'silence') return;
    if (step === 'cut') {
      response.destroy();
      return;
    }
    response.write(`event: ${step.type}\ndata: ${JSON.stringify(step)}\n\n`);
  }
  response.end();
}

async function reply(state: State, { request, method, path, query, body }: Received): Promise<SimulatedResponse | ModelStream> {
  const name = path.slice(prefix.length);
  const route = routes[`${method} ${name}`];
  if (!route) return { status: 404, body: { detail: 'Not Found' } };
  const session = await authenticate(state, bearerOf(request));
  if (!('id' in session)) return session;
  const requested = request.headers['chatgpt-account-id'];
  const { accountId, structure } = session.workspace;
  const allowed = requested === undefined ? structure === 'personal' : requested === accountId;
  return allowed ? route(session, { state, query, body, headers: request.headers }) : { status: 403, body: { detail: 'Forbidden' } };
}

async function authenticate(state: State, token: string | undefined): Promise<Session | SimulatedResponse> {
  if (token === undefined) return unauthorized('missing_authorization', 'You must be signed in to do this.');
  try {
    const { session_id: id } = await verifyAccessToken(token, state.keys, state.issuer);
    const session = typeof id === 'string' ? state.sessions.byId(id) : undefined;
    if (session && session.ended === undefined) return session;
    if (session?.ended === 'revoked') return unauthorized('token_revoked', 'Encountered invalidated oauth token for user, failing request');
    return unauthorized('token_invalidated', 'Your authentication token has been invalidated. Please try signing in again.');
  } catch (error) {
    return error instanceof errors.JWTExpired
      ? unauthorized('token_expired', 'Provided authentication token is expired. Please try signing in again.')
      : unauthorized('invalid_token', 'Could not parse your authentication token. Please try signing in again.');
  }
}

function unauthorized(code: string, message: string): SimulatedResponse {
  return { status: 401, body: { error: { message, type: null, code, param: null }, status: 401 } };
}

interface Asked {
  readonly state: State;
  readonly query: Record<string, string>;
  readonly body: string;
  readonly headers: IncomingHttpHeaders;
}

const routes: Record<string, (session: Session, asked: Asked) => SimulatedResponse | ModelStream> = {
  'POST codex/responses': (session, { state, ...asked }) => respondToModelRequest(state, session, asked),
  'GET codex/models': ({ workspace }, { query, headers }) => checkClient(headers) ?? modelList(workspace.plan, query['client_version']),
  'GET wham/usage': ({ person: { userId, email }, workspace }) => ok(usagePayload({ userId, email, ...workspace })),
  'GET wham/rate-limit-reset-credits': ({ workspace }) => ok(resetCredits(workspace.resetCredits)),
  'GET wham/accounts/check': session => ok(accountsCheck(session)),
  // The real client needs this to sign in to a workspace of a business, a school or an enterprise.
  'GET wham/config/bundle': () => ok({}),
};

function ok(body: unknown): SimulatedResponse {
  return { status: 200, body };
}

function resetCredits(count: number): unknown {
  const credits = Array.from({ length: count }, (_, index) => ({
    id: `RateLimitResetCredit_Simulated${String(index + 1)}`,
    reset_type: 'codex_rate_limits',
    status: 'available',
    granted_at: '2026-11-04T02:26:28.731630Z',
    expires_at: '2036-12-04T02:26:28.731630Z',
    redeem_started_at: null,
    redeemed_at: null,
    title: 'Full reset',
    description: 'Thanks for using the simulator!',
  }));
  return { credits, available_count: count };
}

function accountsCheck({ person, workspace }: Session): unknown {
  return {
    accounts: person.workspaces.map(({ accountId, name, structure, plan, routing }) => ({
      id: accountId,
      name: structure === 'personal' ? null : name,
      structure,
      plan_type: plan,
      workspace_backend_origin: 'https://chatgpt.com',
      account_routing_override: routing ?? 'NO_CONSTRAINT',
    })),
    default_account_id: workspace.accountId,
    account_ordering: person.workspaces.map(({ accountId }) => accountId),
  };
}
