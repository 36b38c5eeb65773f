import { describe, expect, it } from 'vitest';
import type { ApiKeyCheck } from '../../../src/apiKeys/checkApiKey.ts';
import { checkApiKey } from '../../../src/apiKeys/checkApiKey.ts';
import { fetchFailure, html, json, Network } from '../support/network.ts';

const url = 'https://api.openai.com/v1';
const missingScopes = 'You have insufficient permissions for this operation. Missing scopes: api.model.read.';

function check(network: Network): Promise<ApiKeyCheck> {
  return checkApiKey(url, 'sk-the-key', { http: network.http, correlationId: 'ab12' });
}

describe('an API key', () => {
  it('is shown to the API once, by a question that costs nothing, and to no log [R58]', async () => {
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
  ])('belongs to %s where the API tells', async (_whom, headers, owner) => {
    expect(await check(new Network(() => json(200, {}, headers as Record<string, string>)))).toEqual({ owner });
  });

  it.each([
    ['asked too much of', json(429, { error: { code: 'rate_limit_exceeded' } }), 'rateLimited'],
    ['asked too much of, by a gateway before the API', json(429, {}), 'rateLimited'],
    ['out of budget', json(429, { error: { code: 'insufficient_quota' } }), 'outOfBudget'],
    ['not allowed to list models', json(403, { error: { message: missingScopes } }), 'restricted'],
    ['not allowed to list models, in the words of other routes', json(401, { error: { message: missingScopes } }), 'restricted'],
  ])('is a key all the same where it is %s', async (_how, answer, limit) => {
    answer.headers.set('openai-organization', 'ada-and-sons');
    expect(await check(new Network(() => answer))).toEqual({ owner: { organization: 'ada-and-sons' }, limit });
  });

  it.each([
    ['wrong or revoked', json(401, { error: { code: 'invalid_api_key' } }), 'apiKeyRefused'],
    ['not allowed to', json(403, { error: {} }), 'apiKeyNotAllowed'],
    ['met by a browser check', html(403), 'blocked'],
    ['met by a filter', html(200), 'blocked'],
    ['at a service that is down', json(503, {}), 'serviceUnavailable'],
    ['at an address that has no API', json(404, {}), 'apiNotThere'],
    ['at an address that answers something else', new Response('ok'), 'answerNotUnderstood'],
  ])('that is %s is told apart', async (_how, answer, code) => {
    await expect(check(new Network(() => answer))).rejects.toMatchObject({ code });
  });

  it('that cannot be shown to anybody says what is in the way', async () => {
    await expect(check(new Network(() => Promise.reject(fetchFailure('ENOTFOUND'))))).rejects.toMatchObject({ code: 'nameNotResolved' });
  });

  it('is asked about no more when the person has left', async () => {
    const network = new Network(() => new Promise<Response>(() => undefined));
    const left = new AbortController();
    const asked = checkApiKey(url, 'sk-the-key', { http: network.http, correlationId: 'x', signal: left.signal });
    left.abort();
    await expect(asked).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('goes to no address that is not secure [R56]', async () => {
    const network = new Network(() => json(200, {}));
    await expect(checkApiKey('http://api.example/v1', 'sk-the-key', { http: network.http, correlationId: 'x' })).rejects.toMatchObject({
      code: 'addressNotSecure',
    });
    expect(network.sent).toEqual([]);
  });
});
