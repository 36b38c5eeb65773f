/** A request with its body read: its kind, and its parameters in any encoding. */

import { IncomingMessage } from 'node:http';
import { apiMount, plainMount, type FaultRoute, type RequestKind } from './contract.ts';

export type ServiceName = 'codex' | 'plain';

export interface Received {
  request: IncomingMessage;
  method: string;
  service: ServiceName;
  /** The path below the service's mount. */
  path: string;
  search: string;
  query: Record<string, string>;
  /** The parameters of the body if there is one, or of the query. */
  params: Record<string, string>;
  body: string;
  /** Whether the body is not the JSON that its type announces. */
  malformed: boolean;
}

export const mounts: Record<ServiceName, string> = { codex: '', plain: plainMount };

export async function receive(request: IncomingMessage): Promise<Received> {
  const url = new URL(request.url ?? '/', 'http://service');
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks).toString();
  const query = Object.fromEntries(url.searchParams);
  const service = url.pathname.startsWith(`${mounts.plain}/`) ? 'plain' : 'codex';
  const parsed = body === '' ? query : parse(body, request.headers['content-type'] ?? '');
  return {
    request,
    method: request.method ?? 'GET',
    service,
    path: url.pathname.slice(mounts[service].length),
    search: url.search,
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

interface RequestClass {
  kind: RequestKind;
  route?: FaultRoute;
}

const codexRequests: Record<string, RequestClass> = {
  'GET /oauth/authorize': { kind: 'authorize', route: 'authorize' },
  'POST /oauth/revoke': { kind: 'revoke', route: 'revoke' },
  'POST /api/accounts/deviceauth/usercode': { kind: 'deviceStart', route: 'deviceStart' },
  'POST /api/accounts/deviceauth/token': { kind: 'devicePoll', route: 'devicePoll' },
  'GET /backend-api/wham/usage': { kind: 'usage', route: 'usage' },
  'GET /backend-api/wham/rate-limit-reset-credits': { kind: 'other', route: 'resetCredits' },
  'GET /backend-api/wham/accounts/check': { kind: 'other', route: 'accountsCheck' },
  'POST /backend-api/codex/responses': { kind: 'other', route: 'responses' },
  'GET /backend-api/codex/models': { kind: 'other', route: 'models' },
  'GET /.well-known/openid-configuration': { kind: 'other', route: 'discovery' },
  'GET /.well-known/jwks.json': { kind: 'other', route: 'jwks' },
};

const plainRequests: Record<string, RequestClass> = {
  'GET /auth': { kind: 'authorize', route: 'authorize' },
  'POST /token/revocation': { kind: 'revoke', route: 'revoke' },
  'POST /device/auth': { kind: 'deviceStart', route: 'deviceStart' },
  'GET /.well-known/openid-configuration': { kind: 'other', route: 'discovery' },
  'GET /jwks': { kind: 'other', route: 'jwks' },
};

const grants: Record<string, RequestClass> = {
  authorization_code: { kind: 'code', route: 'token' },
  refresh_token: { kind: 'refresh', route: 'refresh' },
  'urn:ietf:params:oauth:grant-type:device_code': { kind: 'devicePoll', route: 'devicePoll' },
};

const services = {
  codex: { requests: codexRequests, token: 'POST /oauth/token' },
  plain: { requests: plainRequests, token: 'POST /token' },
};

export function classify({ method, service, path, params }: Received): RequestClass {
  const { requests, token } = services[service];
  const route = `${method} ${path}`;
  const found = route === token ? grants[params['grant_type'] ?? ''] : requests[route];
  return found ?? (isApi({ service, path }) ? { kind: 'api', route: 'api' } : { kind: 'other' });
}

export function bearerOf({ headers }: IncomingMessage): string | undefined {
  return /^bearer (?<token>\S+)$/i.exec(headers.authorization ?? '')?.groups?.['token'];
}

/** Whether the path is below the URL of the API with API keys. */
export function isApi({ service, path }: Pick<Received, 'service' | 'path'>): boolean {
  return service === 'codex' && path.startsWith(`${apiMount}/`);
}

/** The same request once more, unread and form-encoded, for a server that reads bodies itself. */
export function replay({ request, path, search, body, params, malformed }: Received): IncomingMessage {
  const again = new IncomingMessage(request.socket);
  const form = body === '' || malformed ? body : new URLSearchParams(params).toString();
  again.method = request.method ?? 'GET';
  again.url = `${path}${search}`;
  // A mounted provider finds its place by the difference between the two.
  Object.assign(again, { originalUrl: request.url });
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
  // An unfinished message would close its socket.
  again.complete = true;
  again.push(null);
  return again;
}

/** The headers without the cookie by which the provider would recognize a browser: `Browsers` does. */
function withoutSession(headers: IncomingMessage['headers']): IncomingMessage['headers'] {
  if (headers.cookie !== undefined) {
    headers.cookie = headers.cookie
      .split(/;\s*/)
      .filter(cookie => !cookie.startsWith('_session'))
      .join('; ');
  }
  return headers;
}
