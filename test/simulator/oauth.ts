/** The OAuth routes before the provider: what the real service checks or handles itself. */

import type { ServerResponse } from 'node:http';
import type Provider from 'oidc-provider';
import { errorBody } from './codexProtocol.ts';
import { clientId } from './contract.ts';
import { endSession } from './endSession.ts';
import { replay, type Received } from './received.ts';
import type { Session } from './sessions.ts';
import type { State } from './state.ts';
import { verifyAccessToken } from './tokens.ts';
import { takeTurns } from './turns.ts';

const refreshFields = new Set(['client_id', 'grant_type', 'refresh_token', 'refresh_reason', 'scope']);

export class OAuthRoutes {
  readonly #state: State;
  readonly #handle: ReturnType<Provider['callback']>;
  readonly #oneAtATime = takeTurns();

  constructor(provider: Provider, state: State) {
    this.#state = state;
    this.#handle = provider.callback();
  }

  async handle(received: Received, response: ServerResponse): Promise<void> {
    const { method, path, malformed } = received;
    const route = `${method} ${path}`;
    if (malformed) {
      fail(response, 400, 'invalid_json', 'We could not parse the JSON body of your request.');
    } else if (route === 'POST /oauth/token') {
      await this.#handleToken(received, response);
    } else if (route === 'POST /oauth/revoke') {
      await this.#handleRevoke(received, response);
    } else {
      await this.#handle(replay(received), response);
    }
  }

  async #handleToken(received: Received, response: ServerResponse): Promise<void> {
    const { params } = received;
    const unknown = Object.keys(params).find(name => !refreshFields.has(name));
    if (params['grant_type'] === 'refresh_token' && unknown !== undefined) {
      fail(response, 400, 'unknown_parameter', `Unknown parameter: '${unknown}'.`);
    } else if (params['grant_type'] === 'urn:ietf:params:oauth:grant-type:token-exchange') {
      fail(response, 401, 'invalid_subject_token', 'Invalid ID token: missing organization_id');
    } else {
      await this.#oneAtATime(() => this.#handle(replay(received), response));
    }
  }

  async #handleRevoke(received: Received, response: ServerResponse): Promise<void> {
    const { params } = received;
    const { sessions, keys, issuer } = this.#state;
    if (params['token_type_hint'] === 'access_token') {
      const claims = await verifyAccessToken(params['token'] ?? '', keys, issuer).catch(() => undefined);
      const session = sessions.byId(String(claims?.['session_id']));
      if (session) await this.#end(session);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    } else {
      const session = sessions.ofRefreshToken(params['token'] ?? '');
      // Before the response, after which the client may use what it has left.
      if (session && session.ended === undefined) await this.#end(session);
      await this.#oneAtATime(() => this.#handle(replay({ ...received, params: { client_id: clientId, ...params } }), response));
    }
  }

  async #end(revoked: Session): Promise<void> {
    const { sessions, settings } = this.#state;
    const isEvery = settings.revocation === 'everySession';
    const ended = sessions
      .live()
      .filter(session => session === revoked || (isEvery && session.person === revoked.person && session.provider === revoked.provider));
    for (const session of ended) await endSession(session, 'revoked');
  }
}

function fail(response: ServerResponse, status: number, code: string, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(errorBody({ status, code, message })));
}
