import { describe, expect, it } from 'vitest';
import { useSimulator } from '../support/simulator.ts';

const simulator = await useSimulator();

function models(secret: string, { headers = {}, query = '' } = {}): Promise<Response> {
  return fetch(`${simulator.apiUrl}/models${query}`, { headers: { authorization: `Bearer ${secret}`, ...headers } });
}

async function codeOf(response: Response): Promise<string | null> {
  return ((await response.json()) as { error: { code: string | null } }).error.code;
}

describe('the API with an API key', () => {
  it('a valid key lists the models, with organization and project in the headers', async () => {
    const response = await models(await simulator.issueApiKey({ organization: 'ada-and-sons', project: 'proj_1' }));
    expect(response.status).toBe(200);
    expect([response.headers.get('openai-organization'), response.headers.get('openai-project')]).toEqual(['ada-and-sons', 'proj_1']);
    expect(await response.json()).toMatchObject({ object: 'list', data: [{ id: 'gpt-simulated' }] });
  });

  it.each([
    ['revoked', 401, 'invalid_api_key'],
    ['rateLimited', 429, 'rate_limit_exceeded'],
    ['outOfBudget', 429, 'insufficient_quota'],
    ['forbidden', 403, 'unsupported_country_region_territory'],
    ['restricted', 403, null],
  ] as const)("a key that is %s gets the API's error, and is valid again afterwards", async (is, status, code) => {
    const secret = await simulator.issueApiKey();
    await simulator.setApiKey(secret, is);
    const refused = await models(secret);
    expect([refused.status, await codeOf(refused)]).toEqual([status, code]);
    await simulator.setApiKey(secret, 'good');
    expect((await models(secret)).status).toBe(200);
  });

  it('an unknown key gets the error of a revoked one, and counts as a secret too', async () => {
    expect(await codeOf(await models('sk-never-given-out'))).toBe('invalid_api_key');
    expect(await simulator.secrets()).toContainEqual({ kind: 'api_key', value: 'sk-never-given-out' });
  });

  it('a key is on the list of secrets, and in no recorded request', async () => {
    const secret = await simulator.issueApiKey();
    await models(secret);
    expect(await simulator.secrets()).toContainEqual({ kind: 'api_key', value: secret });
    const [request] = await simulator.requests();
    expect(request).toMatchObject({ kind: 'api', path: '/v1/models', status: 200, strays: [] });
    expect(JSON.stringify(request)).not.toContain(secret);
  });

  it('a key in a URL, in another header or at the account service is recorded as misplaced', async () => {
    const secret = await simulator.issueApiKey();
    await models(secret, { query: `?key=${secret}` });
    await models(secret, { headers: { 'x-key': secret } });
    await fetch(`${simulator.backendUrl}/wham/usage`, { headers: { authorization: `Bearer ${secret}` } });
    expect((await simulator.requests()).map(({ strays }) => strays)).toEqual([['api_key'], ['api_key'], ['api_key']]);
  });

  it('an access token of an account at the API is recorded as misplaced too', async () => {
    const token = 'an-access-token-of-somebody';
    await fetch(`${simulator.backendUrl}/wham/usage`, { headers: { authorization: `Bearer ${token}` } });
    await models(token);
    expect((await simulator.requests()).map(({ strays }) => strays)).toEqual([[], ['access_token']]);
  });
});
