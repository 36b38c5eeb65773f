import { describe, expect, it } from 'vitest';
import type { ApiKeyCheck } from '../../../src/apiKeys/checkApiKey.ts';
import { checkApiKey } from '../../../src/apiKeys/checkApiKey.ts';
import { fetchFailure, html, json, Network } from '../support/network.ts';

const url = 'https://api.openai.com/v1';
const missingScopes = 'You have insufficient permissions for this operation. Missing scopes: api.model.read.';

function check(network: Network): Promise<ApiKeyCheck> {
  return checkApiKey(url, 'sk-the-key', { http: network.http, correlationId: 'ab12' });
}

describe('checkApiKey', () => {
  it('the check of an API key sends it once, to list models, and does not log it [R58]', async () => {
    const network = new Network(() => json(200, { data: [] }));
    expect(await check(network)).toEqual({ owner: {} });
    expect(network.sent).toMatchObject([
      { url: `${url}/models`, method: 'GET', body: '', headers: { authorization: 'Bearer sk-the-key' } },
    ]);
    expect(network.log.text).not.toContain('sk-the-key');
  });

  it.each([
    [
      'organization and project',
      { 'openai-organization': 'ada-and-sons', 'openai-project': 'proj_1' },
      { organization: 'ada-and-sons', project: 'proj_1' },
    ],
    ['an organization', { 'openai-organization': 'ada-and-sons' }, { organization: 'ada-and-sons' }],
    ['nobody', { 'openai-organization': '' }, {}],
  ])('the check of an API key finds %s as its owner', async (_whom, headers, owner) => {
    expect(await check(new Network(() => json(200, {}, headers as Record<string, string>)))).toEqual({ owner });
  });

  it.each([
    ['rate limited', json(429, { error: { code: 'rate_limit_exceeded' } }), 'rateLimited'],
    ['rate limited by a gateway in front of the API', json(429, {}), 'rateLimited'],
    ['out of quota', json(429, { error: { code: 'insufficient_quota' } }), 'outOfBudget'],
    ['not allowed to list models', json(403, { error: { message: missingScopes } }), 'restricted'],
    ['not allowed to list models, in the form of other routes', json(401, { error: { message: missingScopes } }), 'restricted'],
  ])('an API key that is %s is still valid', async (_how, response, limit) => {
    response.headers.set('openai-organization', 'ada-and-sons');
    expect(await check(new Network(() => response))).toEqual({ owner: { organization: 'ada-and-sons' }, limit });
  });

  it.each([
    ['wrong or revoked', json(401, { error: { code: 'invalid_api_key' } }), 'apiKeyRefused'],
    ['not allowed here', json(403, { error: {} }), 'apiKeyNotAllowed'],
    ['blocked by a browser check', html(403), 'blocked'],
    ['blocked by a network filter', html(200), 'blocked'],
    ['checked by a service that is down', json(503, {}), 'serviceUnavailable'],
    ['checked at a URL without an API', json(404, {}), 'apiNotThere'],
    ['checked at a URL with an unexpected response', new Response('ok'), 'answerNotUnderstood'],
  ])('an API key that is %s gets an error of its own', async (_how, response, code) => {
    await expect(check(new Network(() => response))).rejects.toMatchObject({ code });
  });

  it('the check of an API key reports the network error that prevents it', async () => {
    await expect(check(new Network(() => Promise.reject(fetchFailure('ENOTFOUND'))))).rejects.toMatchObject({ code: 'nameNotResolved' });
  });

  it('the check of an API key ends when the person cancels it', async () => {
    const network = new Network(() => new Promise<Response>(() => undefined));
    const cancel = new AbortController();
    const checking = checkApiKey(url, 'sk-the-key', { http: network.http, correlationId: 'x', signal: cancel.signal });
    cancel.abort();
    await expect(checking).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('an API key is not sent to an insecure URL [R56]', async () => {
    const network = new Network(() => json(200, {}));
    await expect(checkApiKey('http://api.example/v1', 'sk-the-key', { http: network.http, correlationId: 'x' })).rejects.toMatchObject({
      code: 'addressNotSecure',
    });
    expect(network.sent).toEqual([]);
  });
});
