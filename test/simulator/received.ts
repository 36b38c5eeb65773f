/** A request with its body read: what it is, and its parameters whatever their encoding. */

import { IncomingMessage } from 'node:http';
import type { FaultRoute, RequestKind } from './contract.ts';

export interface Received {
  request: IncomingMessage;
  method: string;
  path: string;
  query: Record<string, string>;
  /** Of the body when there is one, else of the query. */
  params: Record<string, string>;
  body: string;
  /** The body is not the JSON that it says it is. */
  malformed: boolean;
}

export async function receive(request: IncomingMessage): Promise<Received> {
  const url = new URL(request.url ?? '/', 'http://service');
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks).toString();
  const query = Object.fromEntries(url.searchParams);
  const parsed = body === '' ? query : parse(body, request.headers['content-type'] ?? '');
  return {
    request,
    method: request.method ?? 'GET',
    path: url.pathname,
    query,
    params: parsed ?? {},
    body,
    malformed: parsed === undefined,
  };
}

function parse(body: string, contentType: string): Record<string, string> | undefined {
  if (!contentType.startsWith('application/json')) return Object.fromEntries(new URLSearchParams(body));
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return undefined;
    return Object.fromEntries(
      Object.entries(parsed).map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
    );
  } catch {
    return undefined;
  }
}

interface Nature {
  kind: RequestKind;
  route?: FaultRoute;
}

const natures: Record<string, Nature> = {
  'GET /oauth/authorize': { kind: 'authorize', route: 'authorize' },
  'POST /oauth/revoke': { kind: 'revoke', route: 'revoke' },
  'GET /backend-api/wham/usage': { kind: 'usage', route: 'usage' },
  'GET /backend-api/wham/rate-limit-reset-credits': { kind: 'other', route: 'resetCredits' },
  'GET /backend-api/wham/accounts/check': { kind: 'other', route: 'accountsCheck' },
  'GET /.well-known/openid-configuration': { kind: 'other', route: 'discovery' },
  'GET /.well-known/jwks.json': { kind: 'other', route: 'jwks' },
};

const grants: Record<string, Nature> = {
  authorization_code: { kind: 'code', route: 'token' },
  refresh_token: { kind: 'refresh', route: 'refresh' },
};

export function natureOf({ method, path, params }: Received): Nature {
  const found = method === 'POST' && path === '/oauth/token' ? grants[params['grant_type'] ?? ''] : natures[`${method} ${path}`];
  return found ?? { kind: 'other' };
}

/** The same request once more, unread and form-encoded, for a server that reads bodies itself. */
export function replay({ request, body, params, malformed }: Received): IncomingMessage {
  const again = new IncomingMessage(request.socket);
  const form = body === '' || malformed ? body : new URLSearchParams(params).toString();
  again.method = request.method ?? 'GET';
  again.url = request.url ?? '/';
  again.httpVersion = request.httpVersion;
  again.httpVersionMajor = request.httpVersionMajor;
  again.httpVersionMinor = request.httpVersionMinor;
  again.headers = withoutSession({ ...request.headers });
  if (form !== '') {
    again.headers['content-type'] = 'application/x-www-form-urlencoded';
    again.headers['content-length'] = String(Buffer.byteLength(form));
    delete again.headers['transfer-encoding'];
    again.push(form);
  }
  // An unfinished message takes its socket down with it.
  again.complete = true;
  again.push(null);
  return again;
}

/** Without the cookie by which a browser would be recognised: each sign-in asks who it is. */
function withoutSession(headers: IncomingMessage['headers']): IncomingMessage['headers'] {
  if (headers.cookie !== undefined) {
    headers.cookie = headers.cookie
      .split(/;\s*/)
      .filter(cookie => !cookie.startsWith('_session'))
      .join('; ');
  }
  return headers;
}
