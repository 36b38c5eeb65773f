import { afterEach, describe, expect, it } from 'vitest';
import { accountIdIn, errorCode, signIn } from './codex.ts';
import { useSimulator } from '../support/simulator.ts';

const simulator = await useSimulator();
afterEach(() => simulator.account({ account: 'ada', used: { '5h': 0, weekly: 0 } }));

const input = [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hello' }] }];

async function ask(token: string, { accountId, ...changes }: Record<string, unknown> = {}) {
  const response = await fetch(`${simulator.backendUrl}/codex/responses`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      ...(typeof accountId === 'string' ? { 'chatgpt-account-id': accountId } : {}),
    },
    body: JSON.stringify({ model: 'any', stream: true, store: false, input, ...changes }),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

describe('the Codex responses endpoint', () => {
  it('a request is answered with a stream of events, and with the limits in the headers', async () => {
    const { access_token: token, id_token: idToken } = await signIn(simulator, { account: 'ada' });
    await simulator.account({ account: 'ada', used: { '5h': 34, weekly: 58 } });
    const { status, headers, text } = await ask(token, { accountId: accountIdIn(idToken) });
    expect({ status, type: headers.get('content-type') }).toEqual({ status: 200, type: 'text/event-stream' });
    expect([...text.matchAll(/^event: (.+)$/gm)].map(([, name]) => name)).toEqual([
      'response.created',
      'response.output_item.added',
      'response.output_text.delta',
      'response.output_text.delta',
      'response.output_item.done',
      'response.completed',
    ]);
    expect(text).toContain('"text":"The simulator has read: Hello"');
    expect(headers.get('x-codex-primary-used-percent')).toBe('34');
    expect(headers.get('x-codex-primary-window-minutes')).toBe('300');
    expect(headers.get('x-codex-secondary-used-percent')).toBe('58');
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

  it.each([
    ['no model', { model: undefined }],
    ['an input that is a text', { input: 'Hello' }],
    ['something to store', { store: true }],
    ['no stream', { stream: false }],
  ])('a request with %s is refused', async (_, changes) => {
    const { access_token: token } = await signIn(simulator, { account: 'ada' });
    expect((await ask(token, changes)).status).toBe(400);
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
