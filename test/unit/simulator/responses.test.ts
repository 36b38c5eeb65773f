import { afterEach, describe, expect, it } from 'vitest';
import type { StreamFault } from '../../simulator/contract.ts';
import { accountIdIn, errorCode, signIn, usage } from './codex.ts';
import { useSimulator } from '../support/simulator.ts';

const simulator = await useSimulator();
afterEach(() => simulator.account({ account: 'ada', used: { '5h': 0, weekly: 0 } }));

const hello = { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hello' }] };
const model = 'gpt-6.1-sol';

function send(token: string, { accountId, ...changes }: Record<string, unknown> = {}, signal?: AbortSignal) {
  return fetch(`${simulator.backendUrl}/codex/responses`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      ...(typeof accountId === 'string' ? { 'chatgpt-account-id': accountId } : {}),
    },
    body: JSON.stringify({ model, instructions: 'Be short.', stream: true, store: false, input: [hello], ...changes }),
    ...(signal ? { signal } : {}),
  });
}

async function ask(token: string, changes: Record<string, unknown> = {}) {
  const response = await send(token, changes);
  return { status: response.status, headers: response.headers, text: await response.text() };
}

const eventNames = (text: string) => [...text.matchAll(/^event: (.+)$/gm)].map(([, name]) => name);

/** The data of the last event. */
const lastEvent = (text: string) => JSON.parse([...text.matchAll(/^data: (.+)$/gm)].at(-1)?.[1] ?? '') as Record<string, unknown>;

const begin = ['response.created', 'response.in_progress', 'response.output_item.added', 'response.content_part.added'];

describe('the Codex responses endpoint', () => {
  it('a request is answered with a stream of events, and with the limits in the headers, this request included', async () => {
    const { access_token: token, id_token: idToken } = await signIn(simulator, { account: 'ada' });
    await simulator.account({ account: 'ada', used: { '5h': 34, weekly: 58 } });
    const { status, headers, text } = await ask(token, { accountId: accountIdIn(idToken) });
    expect({ status, type: headers.get('content-type') }).toEqual({ status: 200, type: 'text/event-stream' });
    expect(eventNames(text)).toEqual([
      ...begin,
      ...Array.from({ length: 5 }, () => 'response.output_text.delta'),
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.completed',
    ]);
    expect(text).toContain('"text":"The simulator has read: Hello"');
    expect(lastEvent(text)).toMatchObject({
      sequence_number: 12,
      response: { status: 'completed', output: [], usage: { output_tokens: 5 } },
    });
    expect(headers.get('x-codex-primary-used-percent')).toBe('35');
    expect(headers.get('x-codex-primary-window-minutes')).toBe('300');
    expect(headers.get('x-codex-secondary-used-percent')).toBe('59');
  });

  it('a request is refused with the time of the reset when a limit is used up', async () => {
    const { access_token: token } = await signIn(simulator, { account: 'ada' });
    await simulator.account({ account: 'ada', used: { '5h': { percent: 100, resetsInSeconds: 600 } } });
    const { status, text } = await ask(token);
    expect(status).toBe(429);
    const { error } = JSON.parse(text) as { error: Record<string, unknown> };
    expect(error).toMatchObject({ type: 'usage_limit_reached', plan_type: 'plus' });
    expect(Number(error['resets_in_seconds'])).toBeGreaterThan(590);
    expect(Number(error['resets_at'])).toBeGreaterThan(Date.now() / 1000 + 590);
  });

  it('each response costs a part of every limit of the plan, up to the last, and a refused request costs nothing', async () => {
    const { access_token: token } = await signIn(simulator, { account: 'ada' });
    await simulator.account({ account: 'ada', used: { '5h': 34, weekly: 58 } });
    const used = async () => {
      const { rate_limit: limit } = (await usage(simulator, token)).body as { rate_limit: Record<string, { used_percent: number }> };
      return [limit['primary_window']?.used_percent, limit['secondary_window']?.used_percent];
    };
    await ask(token);
    expect(await used()).toEqual([35, 59]);
    await ask(token, { store: true });
    expect(await used()).toEqual([35, 59]);
    await simulator.set({ turnPercent: 40 });
    await ask(token);
    expect(await used()).toEqual([75, 99]);
    await ask(token);
    expect(await used()).toEqual([100, 100]);
    expect((await ask(token)).status).toBe(429);
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['no instructions', { instructions: undefined }, 'Instructions are required'],
    ['instructions that are no text', { instructions: null }, 'Instructions are required'],
    ['something to store', { store: true }, 'Store must be set to false'],
    ['no word about storing', { store: undefined }, 'Store must be set to false'],
    ['no stream', { stream: false }, 'Stream must be set to true'],
    ['an output limit', { max_output_tokens: 100 }, 'Unsupported parameter: max_output_tokens'],
    ['a temperature', { temperature: 0 }, 'Unsupported parameter: temperature'],
    ['an earlier response', { previous_response_id: 'resp_1' }, 'Unsupported parameter: previous_response_id'],
    ['no model', { model: undefined }, 'Model is required'],
    ['a model of no plan', { model: 'gpt-0' }, "The 'gpt-0' model is not supported when using Codex with a ChatGPT account."],
    [
      'a model of another plan',
      { model: 'gpt-6.1-sol-pro' },
      "The 'gpt-6.1-sol-pro' model is not supported when using Codex with a ChatGPT account.",
    ],
    ['an input that is a text', { input: 'Hello' }, 'Input must be a list'],
    ['a system message', { input: [{ ...hello, role: 'system' }] }, 'System messages are not allowed'],
  ])('a request with %s is refused in the short shape of an error', async (_, changes, detail) => {
    const { access_token: token } = await signIn(simulator, { account: 'ada' });
    const { status, text } = await ask(token, changes);
    expect([status, JSON.parse(text)]).toEqual([400, { detail }]);
  });

  it.each<[string, unknown[], string]>([
    ['an id of another kind', [{ ...hello, id: 'fc_1' }], 'input[0].id'],
    ['a call without its output', [{ type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'a', arguments: '{}' }, hello], 'input'],
    ['an output without its call', [{ type: 'function_call_output', call_id: 'call_1', output: '' }, hello], 'input'],
  ])('a request with %s is refused in the long shape of an error', async (_, input, param) => {
    const { access_token: token } = await signIn(simulator, { account: 'ada' });
    const { status, text } = await ask(token, { input });
    expect([status, JSON.parse(text)]).toMatchObject([400, { error: { type: 'invalid_request_error', param } }]);
  });

  it('empty instructions pass, and so does a call with its output', async () => {
    const { access_token: token } = await signIn(simulator, { account: 'ada' });
    expect((await ask(token, { instructions: '' })).status).toBe(200);
    const call = { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'a', arguments: '{}' };
    const input = [hello, call, { type: 'function_call_output', call_id: 'call_1', output: '1' }];
    expect((await ask(token, { input })).status).toBe(200);
  });

  it('a request needs the access token and the account id that usage needs', async () => {
    const { access_token: token } = await signIn(simulator, { account: 'ben' });
    expect((await ask(token)).status).toBe(403);
    await simulator.endSession('ben');
    const { status, text } = await ask(token);
    expect({ status, code: errorCode({ status, headers: new Headers(), body: JSON.parse(text) as unknown }) }).toEqual({
      status: 401,
      code: 'token_invalidated',
    });
  });

  it('a request can be refused by order', async () => {
    const { access_token: token } = await signIn(simulator, { account: 'ada' });
    await simulator.fail({ route: 'responses', fault: { code: 'token_expired' } });
    expect((await ask(token)).status).toBe(401);
    expect((await ask(token)).status).toBe(200);
  });
});

describe('the stream of a model response', () => {
  it.each<[StreamFault, string, object]>([
    [{ stream: 'failed' }, 'response.failed', { response: { status: 'failed', error: { code: 'server_error' } } }],
    [{ stream: 'failed', code: 'server_is_overloaded' }, 'response.failed', { response: { error: { code: 'server_is_overloaded' } } }],
    [{ stream: 'incomplete' }, 'response.incomplete', { response: { incomplete_details: { reason: 'max_output_tokens' } } }],
    [
      { stream: 'incomplete', code: 'content_filter' },
      'response.incomplete',
      { response: { incomplete_details: { reason: 'content_filter' } } },
    ],
    [{ stream: 'error', code: 'rate_limit_exceeded' }, 'error', { code: 'rate_limit_exceeded', param: null }],
  ])('a response can end with %o, before its text and within it', async (fault, name, event) => {
    const { access_token: token } = await signIn(simulator, { account: 'ada' });
    for (const after of [0, 2]) {
      await simulator.fail({ route: 'responses', fault: { ...fault, after } });
      const { status, text } = await ask(token);
      expect(status).toBe(200);
      expect(eventNames(text)).toEqual([...begin, ...Array.from({ length: after }, () => 'response.output_text.delta'), name]);
      expect(lastEvent(text)).toMatchObject(event);
    }
    expect((await ask(token)).text).toContain('response.completed');
  });

  it('a response can end without a last event, or not at all', async () => {
    const { access_token: token } = await signIn(simulator, { account: 'ada' });
    await simulator.fail({ route: 'responses', fault: { stream: 'cut', after: 1 } });
    await expect(ask(token)).rejects.toThrow('terminated');
    await simulator.fail({ route: 'responses', fault: { stream: 'silence', after: 1 } });
    const cancel = new AbortController();
    const body = (await send(token, {}, cancel.signal)).body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    while (!text.includes('output_text.delta')) text += (await body?.read())?.value ?? '';
    cancel.abort();
    await expect(body?.read()).rejects.toThrow('aborted');
  });

  it('the events come one by one, and a client that goes away ends them', async () => {
    const { access_token: token } = await signIn(simulator, { account: 'ada' });
    await simulator.set({ streamDelayMs: 60_000 });
    const cancel = new AbortController();
    const body = (await send(token, {}, cancel.signal)).body?.pipeThrough(new TextDecoderStream()).getReader();
    expect(eventNames((await body?.read())?.value ?? '')).toEqual(['response.created']);
    cancel.abort();
    const request = async () => (await simulator.requests()).find(({ path }) => path.endsWith('/codex/responses'));
    await expect.poll(async () => (await request())?.endedAt).toEqual(expect.any(String));
  });
});

describe('the list of models', () => {
  async function models(account: string, query: string) {
    const { access_token: token, id_token: idToken } = await signIn(simulator, { account });
    const headers = { authorization: `Bearer ${token}`, 'chatgpt-account-id': accountIdIn(idToken) };
    const response = await fetch(`${simulator.backendUrl}/codex/models${query}`, { headers });
    return { status: response.status, body: (await response.json()) as { detail?: string; models?: { slug: string }[] } };
  }

  it.each(['', '?client_version=', '?client_version=latest'])('a request with the query "%s" is refused', async query => {
    expect(await models('ada', query)).toEqual({ status: 400, body: { detail: 'client_version is required' } });
  });

  it.each([
    ['0.0.1', []],
    ['0.143.9', []],
    ['0.144.0', ['gpt-6.1-sol', 'codex-auto-review']],
    ['0.160.0', ['gpt-6.1-sol', 'gpt-6.1-luna', 'codex-auto-review']],
    ['1.0.0', ['gpt-6.1-sol', 'gpt-6.1-luna', 'codex-auto-review']],
  ])('a client of version %s gets the models that it knows', async (version, slugs) => {
    const { status, body } = await models('ada', `?client_version=${version}`);
    expect([status, body.models?.map(({ slug }) => slug)]).toEqual([200, slugs]);
  });

  it('a plan has models of its own', async () => {
    const { body } = await models('pia', '?client_version=0.169.0');
    expect(body.models).toContainEqual(expect.objectContaining({ slug: 'gpt-6.1-sol-pro', minimal_client_version: '0.144.0' }));
  });
});
