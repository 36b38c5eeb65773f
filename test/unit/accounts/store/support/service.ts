/** The account service in memory, which responds with what a test sets, at the time that the test chooses. */
import { randomUUID } from 'node:crypto';
import type { Fetch } from '../../../../../src/base/http.ts';
import { codexService } from '../../../../../src/oauth/services/codexService.ts';
import type { AccountService } from '../../../../../src/oauth/service.ts';
import type { Identity, TokenSet } from '../../../../../src/oauth/tokenSet.ts';

export const service = codexService({
  issuer: 'https://auth.openai.com',
  clientId: '',
  backendUrl: 'https://chatgpt.com/backend-api',
  originator: 'test/1',
});

/** One where a revocation ends one session alone, as OAuth has it. */
export const oneSessionService: AccountService = { ...service, dialect: 'standard' };

export const ada: Identity = { userId: 'user-ada', workspaceId: 'workspace-ada', email: 'ada@example.com', plan: 'plus' };
export const ben: Identity = { userId: 'user-ben', workspaceId: 'workspace-ben', email: 'ben@example.com', plan: 'pro' };

export const hour = 3_600_000;

/** The tokens of a sign-in as this person; the access token lives for an hour. */
export function tokensOf(identity: Identity, now: number): TokenSet {
  return {
    accessToken: `access-${randomUUID()}`,
    refreshToken: `refresh-${randomUUID()}`,
    idToken: idTokenOf(identity),
    issuedAt: now,
    expiresAt: now + hour,
  };
}

export function idTokenOf({ userId, workspaceId, email, plan }: Identity): string {
  const claims = {
    sub: userId,
    email,
    'https://api.openai.com/auth': { chatgpt_user_id: userId, chatgpt_account_id: workspaceId, chatgpt_plan_type: plan },
  };
  return ['{"alg":"RS256"}', JSON.stringify(claims), 'signature'].map(part => Buffer.from(part).toString('base64url')).join('.');
}

export interface ReceivedRequest {
  readonly kind: 'refresh' | 'revoke';
  readonly token: string;
}

type Reply = (token: string) => Response | Promise<Response>;

export class FakeService {
  readonly requests: ReceivedRequest[] = [];
  #refresh: Reply = () => rotated(ada);
  #revoke: Reply = () => new Response('{}');
  #names: () => Response | Promise<Response> = () => json(404, {});
  #arrived: (() => void)[] = [];

  /** Sets the response to refresh requests from now on. */
  onRefresh(reply: Reply): void {
    this.#refresh = reply;
  }

  onRevoke(reply: Reply): void {
    this.#revoke = reply;
  }

  /** Sets the response to requests for the names of workspaces. */
  onNames(reply: () => Response | Promise<Response>): void {
    this.#names = reply;
  }

  get refreshed(): string[] {
    return this.requests.flatMap(({ kind, token }) => (kind === 'refresh' ? [token] : []));
  }

  get revoked(): string[] {
    return this.requests.flatMap(({ kind, token }) => (kind === 'revoke' ? [token] : []));
  }

  /** Resolves when so many requests have arrived. */
  async untilRequested(count: number): Promise<void> {
    while (this.requests.length < count) await new Promise<void>(resolve => this.#arrived.push(resolve));
  }

  readonly fetch: Fetch = async (url, { body, signal }) => {
    if (url === `${service.backendUrl ?? ''}/wham/accounts/check`) return this.#names();
    const text = typeof body === 'string' ? body : '';
    const isRefresh = url === service.endpoints.token;
    const isJson = text.startsWith('{');
    const token = isJson
      ? (JSON.parse(text) as { token: string }).token
      : new URLSearchParams(text).get(isRefresh ? 'refresh_token' : 'token');
    this.requests.push({ kind: isRefresh ? 'refresh' : 'revoke', token: token ?? '' });
    for (const arrived of this.#arrived.splice(0)) arrived();
    const aborted = new Promise<never>((_resolve, reject) => {
      signal?.addEventListener('abort', () => {
        reject(signal.reason as Error);
      });
    });
    return Promise.race([(isRefresh ? this.#refresh : this.#revoke)(token ?? ''), aborted]);
  };
}

/** The response to a refresh that succeeded: three new tokens, for an hour. */
export function rotated(identity: Identity, changes: Record<string, unknown> = {}): Response {
  const { accessToken, refreshToken, idToken } = tokensOf(identity, 0);
  return json(200, { access_token: accessToken, refresh_token: refreshToken, id_token: idToken, expires_in: 3600, ...changes });
}

export function json(status: number, body: unknown): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } });
}

/** A failed `fetch` whose cause has this code. */
export function networkFault(code: string): never {
  throw new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) });
}

/** A response that a test gives when it wants to. */
export function pending(): { response: Promise<Response>; respond: (response: Response) => void } {
  const { promise, resolve } = Promise.withResolvers<Response>();
  return { response: promise, respond: resolve };
}
