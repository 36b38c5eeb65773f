/** The API with API keys, as far as a check of a key needs it: the list of models. */

import type { ServerResponse } from 'node:http';
import type { ApiKey } from './apiKeys.ts';
import { apiMount, type ApiKeyState } from './contract.ts';
import { bearerOf, type Received } from './received.ts';
import type { State } from './state.ts';

interface Reply {
  readonly status: number;
  readonly body: unknown;
}

export function handleApi(state: State, received: Received, response: ServerResponse): void {
  const key = state.apiKeys.find(bearerOf(received.request) ?? '');
  const { status, body } = reply(received, key);
  response.writeHead(status, { 'content-type': 'application/json', ...ownerHeaders(key) }).end(JSON.stringify(body));
}

function reply({ method, path }: Received, key: ApiKey | undefined): Reply {
  // The API refuses an unknown key and a revoked one with the same error.
  if (!key || key.state === 'revoked') return refusal(401, 'invalid_api_key', 'Incorrect API key provided: sk-****.');
  if (`${method} ${path}` !== `GET ${apiMount}/models`) return refusal(404, null, 'Invalid URL');
  return key.state === 'good' ? { status: 200, body: models } : refusals[key.state];
}

const models = { object: 'list', data: [{ id: 'gpt-simulated', object: 'model', created: 1_764_000_000, owned_by: 'simulator' }] };

const refusals: Readonly<Record<Exclude<ApiKeyState, 'good' | 'revoked'>, Reply>> = {
  rateLimited: refusal(429, 'rate_limit_exceeded', 'Rate limit reached.'),
  outOfBudget: refusal(429, 'insufficient_quota', 'You exceeded your current quota, please check your plan and billing details.'),
  forbidden: refusal(403, 'unsupported_country_region_territory', 'Country, region, or territory not supported'),
  restricted: refusal(403, null, 'You have insufficient permissions for this operation. Missing scopes: api.model.read.'),
};

function refusal(status: number, code: string | null, message: string): Reply {
  return { status, body: { error: { message, type: 'invalid_request_error', param: null, code } } };
}

function ownerHeaders(key: ApiKey | undefined): Record<string, string> {
  return {
    ...(key?.organization === undefined ? {} : { 'openai-organization': key.organization }),
    ...(key?.project === undefined ? {} : { 'openai-project': key.project }),
  };
}
