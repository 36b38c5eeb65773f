/** The network between the windows and the model service: requests arrive late or never, and responses find their window dead. */
import type { Fetch } from '../../../../../src/base/http.ts';
import { json, networkFault, service } from '../support/service.ts';
import type { ModelService, RefreshFate, RevokeFate } from './modelService.ts';
import type { Watcher } from './watcher.ts';
import type { Life, World } from './world.ts';

/** The response that the window gets; a silent service gives none. */
type Shown = (() => Response) | undefined;

export class Network {
  readonly #world: World;
  readonly #model: ModelService;
  readonly #watcher: Watcher;
  readonly #random: () => number;
  #refreshFates: RefreshFate[] = [];
  #revokeFates: RevokeFate[] = [];

  constructor(options: { world: World; model: ModelService; watcher: Watcher; random: () => number }) {
    this.#world = options.world;
    this.#model = options.model;
    this.#watcher = options.watcher;
    this.#random = options.random;
  }

  /** Sets the fates of the next requests, in their order; later requests succeed. */
  expect(refreshFates: readonly RefreshFate[], revokeFates: readonly RevokeFate[]): void {
    this.#refreshFates = [...refreshFates];
    this.#revokeFates = [...revokeFates];
  }

  fetchOf(life: Life): Fetch {
    return (url, { body, signal }) => {
      const text = typeof body === 'string' ? body : '';
      if (url === service.endpoints.token) return this.#refresh(life, new URLSearchParams(text).get('refresh_token') ?? '', signal);
      if (url === service.endpoints.revocation) return this.#revoke(life, (JSON.parse(text) as { token: string }).token, signal);
      return this.#carry(life, 'names', signal, () => () => this.#names());
    };
  }

  #refresh(life: Life, token: string, signal: AbortSignal | null | undefined): Promise<Response> {
    const fate = this.#refreshFates.shift() ?? 'rotated';
    const presented = this.#watcher.presented(life, token);
    const label = `refresh of ${this.#watcher.nameOf(token)}: ${fate}`;
    const code = { unsentName: 'ENOTFOUND', unsentRefused: 'ECONNREFUSED', unsentTls: 'CERT_HAS_EXPIRED', unsentProxy: 'UND_ERR_PROXY' };
    if (fate in code) {
      return new Promise((_resolve, reject) => {
        this.#world.add({
          owner: life,
          label,
          go: () => {
            presented.heard('unsent');
            reject(failure(code[fate as keyof typeof code]));
          },
        });
      });
    }
    return this.#carry(life, label, signal, () => {
      const shown = this.#respond(token, fate);
      return shown && (() => (presented.heard(shown.heard, shown.waitUntil), shown.show()));
    });
  }

  /** What the service does with the request, and the response that the window gets. */
  #respond(
    token: string,
    fate: RefreshFate,
  ): { heard: Parameters<ReturnType<Watcher['presented']>['heard']>[0]; waitUntil?: number; show: () => Response } | undefined {
    const issued = this.#model.issued.get(token);
    const rotates = fate === 'rotated' || fate.endsWith('Spent');
    const wasLive = issued?.family.isLive ?? false;
    const next = rotates ? this.#model.rotate(token, this.#world.now) : undefined;
    // A token that was spent before gets only these responses, whatever its fate would have been.
    if (rotates && !next && fate === 'rotated') {
      const code = wasLive ? 'refresh_token_reused' : 'refresh_token_invalidated';
      return { heard: 'verdict', show: () => this.#dated(401, { error: { code } }) };
    }
    const seconds = 1 + Math.floor(this.#random() * 3_000);
    const waitUntil = this.#world.now + seconds * 1000;
    switch (fate) {
      case 'rotated': {
        const { accessToken, refreshToken, idToken } = next?.tokens ?? {};
        const body = {
          access_token: accessToken,
          refresh_token: refreshToken,
          id_token: idToken,
          expires_in: this.#model.tokenLifetime / 1000,
        };
        return { heard: 'rotated', show: () => this.#dated(200, body) };
      }
      case 'refused':
        return { heard: 'refused', show: () => this.#dated(400, { error: { code: 'temporarily_unavailable' } }) };
      case 'refusedBusy':
        return { heard: 'refused', show: () => this.#dated(429, {}) };
      case 'refusedForSeconds':
        return { heard: 'refused', waitUntil, show: () => this.#dated(429, {}, { 'retry-after': String(seconds) }) };
      case 'refusedUntilDate':
        return { heard: 'refused', waitUntil, show: () => this.#dated(429, {}, { 'retry-after': new Date(waitUntil).toUTCString() }) };
      case 'refusedUnknown':
        return { heard: 'refusedUnknown', show: () => this.#dated(401, { error: { code: 'account_suspended' } }) };
      case 'page401':
        return { heard: 'unknown', show: () => new Response('<html>', { status: 401, headers: { 'content-type': 'text/html' } }) };
      case 'refusedWithoutCode':
        return { heard: 'refusedWithoutCode', show: () => this.#dated(401, {}) };
      case 'final':
        if (issued) this.#model.end(issued.family, 'verdict');
        return { heard: 'verdict', show: () => this.#dated(401, { error: { code: 'app_session_terminated' } }) };
      case 'silent':
      case 'silentSpent':
        return undefined;
      case 'reset':
      case 'resetSpent':
        return { heard: 'unknown', show: () => networkFault('ECONNRESET') };
      case 'unavailable':
      case 'unavailableSpent':
        return { heard: 'unknown', show: () => this.#dated(503, { error: { code: 'refresh_token_expired' } }) };
      case 'page':
      case 'pageSpent':
        return { heard: 'unknown', show: () => new Response('<html>', { status: 200, headers: { 'content-type': 'text/html' } }) };
      case 'truncatedSpent':
        return { heard: 'unknown', show: () => new Response('{"access_token":"acc', { status: 200 }) };
      case 'unsentName':
      case 'unsentRefused':
      case 'unsentTls':
      case 'unsentProxy':
        throw new Error('what was not sent does not arrive');
    }
  }

  #revoke(life: Life, token: string, signal: AbortSignal | null | undefined): Promise<Response> {
    const fate = this.#revokeFates.shift() ?? 'revoked';
    this.#watcher.revoking(life, token);
    return this.#carry(life, `revocation of ${this.#watcher.nameOf(token)}: ${fate}`, signal, () => {
      const family = this.#model.issued.get(token)?.family;
      if (family && (fate === 'revoked' || fate === 'lost')) this.#model.revoke(family);
      switch (fate) {
        case 'revoked':
          return () => this.#dated(200, {});
        case 'lost':
          return () => networkFault('ECONNRESET');
        case 'unsent':
          return () => networkFault('ECONNREFUSED');
        case 'unavailable':
          return () => this.#dated(503, {});
        case 'silent':
          return undefined;
      }
    });
  }

  #names(): Response {
    return this.#dated(200, {
      accounts: this.#model.people.map(({ workspaceId, workspaceName }) => ({ id: workspaceId, name: workspaceName })),
    });
  }

  /** Carries a request to the service, whether its window lives or not, and the response back, if the window still waits. */
  #carry(life: Life, label: string, signal: AbortSignal | null | undefined, arrive: () => Shown): Promise<Response> {
    return new Promise((resolve, reject) => {
      let isWaiting = true;
      signal?.addEventListener('abort', () => {
        isWaiting = false;
        reject(signal.reason as Error);
      });
      const back = (shown: () => Response) => {
        if (isWaiting) resolve(Promise.resolve().then(shown));
      };
      const there = () => {
        const shown = arrive();
        if (shown)
          this.#world.add({
            owner: life,
            label: `response to ${label}`,
            go: () => {
              back(shown);
            },
          });
      };
      this.#world.add({ owner: undefined, label, go: there });
    });
  }

  #dated(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Response {
    const response = json(status, body);
    for (const [name, value] of Object.entries({ ...headers, date: new Date(this.#world.now).toUTCString() }))
      response.headers.set(name, value);
    return response;
  }
}

function failure(code: string): Error {
  return new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) });
}
