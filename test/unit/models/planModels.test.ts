import { describe, expect, it } from 'vitest';
import type { ModelRequest, ResponsePart } from '../../../src/models/messages.ts';
import type { ModelError } from '../../../src/models/modelError.ts';
import { PlanModels } from '../../../src/models/planModels.ts';
import { ReasoningMemory } from '../../../src/models/reasoningMemory.ts';
import { codexRoute } from '../../../src/models/route.ts';
import type { ModelTraffic } from '../../../src/usage/decode/headers.ts';
import type { SentRequest } from '../support/network.ts';
import { fetchFailure, hang, html, json, Network } from '../support/network.ts';
import { account, OneAccount } from '../usage/support/account.ts';
import { bytesOf, callItem, completed, model, ok, reasoningItem, request, says, textEvents } from './support/models.ts';

type Reply = Response | ((sent: SentRequest) => Response | Promise<Response>);
type Body = { model: string; input: { type: string; call_id?: string }[] } & Record<string, unknown>;

const text = (...parts: readonly ResponsePart[]) => parts.map(part => (part.kind === 'text' ? part.text : '')).join('');
const unauthorized = (code?: string) => json(401, code === undefined ? {} : { error: { code, message: 'Expired.' } });

/** A plan whose service replies in this order, the last one again and again. */
class Plan {
  readonly network: Network;
  readonly accounts: OneAccount;
  readonly traffic: ModelTraffic[] = [];
  readonly cancel = new AbortController();
  hasSuccessor = true;
  readonly models: PlanModels;
  readonly memory: ReasoningMemory;

  constructor(...replies: readonly Reply[]) {
    let at = 0;
    this.network = new Network(sent => {
      const reply = replies[Math.min(at++, replies.length - 1)] ?? ok(textEvents('Hello'));
      return typeof reply === 'function' ? reply(sent) : reply.clone();
    });
    this.accounts = new OneAccount(account(), account({ generation: 2, accessToken: 'next' }));
    const { http, clock, log } = this.network;
    this.memory = new ReasoningMemory(clock);
    this.models = new PlanModels({
      accounts: { credential: (_, options) => this.accounts.credential('hash', this.hasSuccessor ? options : { correlationId: 'test' }) },
      ...{ http, clock, log },
      random: () => 0,
      memory: this.memory,
      onTraffic: (_, traffic) => this.traffic.push(traffic),
    });
  }

  get bodies(): Body[] {
    return this.network.sent.map(({ body }) => JSON.parse(body) as Body);
  }

  async ask(changes: Partial<ModelRequest> = {}): Promise<ResponsePart[]> {
    const parts: ResponsePart[] = [];
    const route = codexRoute('https://chatgpt.com/backend-api');
    const respond = {
      account: account(),
      route,
      model: model(),
      request: request(changes),
      correlationId: 'test',
      signal: this.cancel.signal,
    };
    for await (const part of this.models.respond(respond)) parts.push(part);
    return parts;
  }

  async failure(changes: Partial<ModelRequest> = {}): Promise<ModelError> {
    return this.ask(changes).then(
      () => expect.fail('no error'),
      (error: unknown) => error as ModelError,
    );
  }
}

describe('a model request', () => {
  it('goes to the Codex route with our own name, the account and the conversation, and with nothing of another client', async () => {
    const plan = new Plan();
    expect(text(...(await plan.ask()))).toBe('Hello');
    const [sent] = plan.network.sent;
    expect(sent?.url).toBe('https://chatgpt.com/backend-api/codex/responses');
    expect(sent?.headers).toEqual({
      accept: 'text/event-stream',
      authorization: `Bearer ${account().accessToken}`,
      'chatgpt-account-id': account().identity.workspaceId,
      'content-type': 'application/json',
      originator: 'chatgpt-sign-in',
      'session-id': 'conversation-1',
      'user-agent': 'chatgpt-sign-in/1.2.3',
    });
  });

  it('the reasoning of the first response stands in the second request, before its calls', async () => {
    const plan = new Plan(ok([reasoningItem(), callItem('call_1'), callItem('call_2'), completed]), ok(textEvents('Done.')));
    await plan.ask();
    await plan.ask({
      messages: [
        says('user', 'Hello'),
        {
          role: 'assistant',
          content: [
            { kind: 'call', callId: 'call_1', name: 'read_file', input: {} },
            { kind: 'call', callId: 'call_2', name: 'read_file', input: {} },
          ],
        },
        {
          role: 'user',
          content: [
            { kind: 'result', callId: 'call_1', content: [] },
            { kind: 'result', callId: 'call_2', content: [] },
          ],
        },
      ],
    });
    expect(plan.bodies[1]?.input.map(item => item.call_id ?? item.type)).toEqual([
      'message',
      'reasoning',
      'call_1',
      'call_2',
      'call_1',
      'call_2',
    ]);
  });

  it('reasoning that the service cannot read is forgotten, and the request is sent once more without it', async () => {
    const refusal = json(400, { error: { message: 'Could not decrypt encrypted_content.', type: 'invalid_request_error' } });
    const plan = new Plan(ok([reasoningItem(), callItem('call_1'), completed]), refusal, ok(textEvents('Done.')));
    await plan.ask();
    const turn: ModelRequest['messages'] = [
      says('user', 'Hello'),
      { role: 'assistant', content: [{ kind: 'call', callId: 'call_1', name: 'read_file', input: {} }] },
      { role: 'user', content: [{ kind: 'result', callId: 'call_1', content: [] }] },
    ];
    expect(text(...(await plan.ask({ messages: turn })))).toBe('Done.');
    expect(plan.bodies.map(({ input }) => input.some(({ type }) => type === 'reasoning'))).toEqual([false, true, false]);
    await plan.ask({ messages: turn });
    expect(plan.bodies[3]?.input.some(({ type }) => type === 'reasoning')).toBe(false);
  });

  it('a refusal about reasoning that was not sent is not repeated', async () => {
    const plan = new Plan(
      json(400, { error: { message: 'Unsupported value.', type: 'invalid_request_error', param: 'reasoning.effort' } }),
    );
    expect(await plan.failure()).toMatchObject({ code: 'badRequest', details: { parameter: 'reasoning.effort' } });
    expect(plan.network.sent).toHaveLength(1);
  });

  it('the limits of headers, of events and of refusals are handed on', async () => {
    const event = { type: 'codex.rate_limits', plan_type: 'plus' };
    const plan = new Plan(
      ok([event, ...textEvents('Hello')], { 'x-codex-plan-type': 'plus' }),
      json(429, { error: { type: 'usage_limit_reached' } }),
    );
    await plan.ask();
    await plan.failure();
    expect(plan.traffic.map(({ headers, body, event: seen }) => [headers?.get('x-codex-plan-type') ?? null, body, seen])).toEqual([
      ['plus', undefined, undefined],
      [null, undefined, event],
      [null, { error: { type: 'usage_limit_reached' } }, undefined],
    ]);
  });

  it('a tool with another name is called by that name', async () => {
    const plan = new Plan(sent => {
      const [tool] = (JSON.parse(sent.body) as { tools: { name: string }[] }).tools;
      return ok([callItem('call_1', tool?.name), completed]);
    });
    const parts = await plan.ask({ tools: [{ name: 'mcp: read/file', description: 'Reads.' }] });
    expect(parts[0]).toMatchObject({ kind: 'call', name: 'mcp: read/file' });
  });
});

describe('a token that is refused', () => {
  it.each([['token_expired'], [undefined]])('for its age, with the code %s, is refreshed once', async code => {
    const plan = new Plan(unauthorized(code), ok(textEvents('Hello')));
    expect(text(...(await plan.ask()))).toBe('Hello');
    expect(plan.network.sent.map(({ headers }) => headers['authorization'])).toEqual([`Bearer ${account().accessToken}`, 'Bearer next']);
    expect(plan.accounts.calls[1]?.refused).toMatchObject({ generation: 1, isExpired: code !== undefined });
  });

  it('again after the refresh is an error, and not refreshed again', async () => {
    const plan = new Plan(unauthorized());
    expect(await plan.failure()).toMatchObject({ code: 'refused' });
    expect(plan.network.sent).toHaveLength(2);
  });

  it('and has no successor is not sent again', async () => {
    const plan = new Plan(unauthorized());
    plan.hasSuccessor = false;
    expect(await plan.failure()).toMatchObject({ code: 'refused' });
    expect(plan.network.sent).toHaveLength(1);
  });

  it('for another reason is not refreshed, and the reason is kept', async () => {
    const plan = new Plan(unauthorized('account_suspended'));
    expect(await plan.failure()).toMatchObject({ code: 'refused', details: { serviceCode: 'account_suspended' } });
    expect(plan.network.sent).toHaveLength(1);
  });
});

describe('a service that is out of reach', () => {
  it.each<[string, Reply]>([
    ['503', json(503, { error: { code: 'server_is_overloaded' } })],
    ['no connection', () => Promise.reject(fetchFailure('ECONNREFUSED'))],
    ['response.failed', ok([{ type: 'response.failed', response: { error: { code: 'slow_down' } } }])],
  ])('is asked once more after half a second: %s', async (_, reply) => {
    const plan = new Plan(reply, ok(textEvents('Hello')));
    const asking = plan.ask();
    await plan.network.clock.untilSleeping(500);
    plan.network.clock.advance(500);
    expect(text(...(await asking))).toBe('Hello');
  });

  it('is asked no third time', async () => {
    const plan = new Plan(json(503, {}));
    const asking = plan.failure();
    await plan.network.clock.untilSleeping(500);
    plan.network.clock.advance(500);
    expect(await asking).toMatchObject({ code: 'unavailable' });
    expect(plan.network.sent).toHaveLength(2);
  });

  it('is not asked again once something has come', async () => {
    const [begin = {}, hello = {}] = textEvents('Hello');
    const plan = new Plan(ok([begin, hello, { type: 'response.failed', response: { error: { code: 'server_is_overloaded' } } }]));
    expect(await plan.failure()).toMatchObject({ code: 'unavailable' });
    expect(plan.network.sent).toHaveLength(1);
  });
});

describe('a response that ends early', () => {
  it.each<[string, Reply, string]>([
    ['without an end', ok(textEvents('Hello').slice(0, -1)), 'cutOff'],
    ['as a page', html(200), 'blockedNetwork'],
    ['as a page without a header', new Response('\n <html>'), 'blockedNetwork'],
    ['as a page that refuses', html(403), 'blockedNetwork'],
    ['without a word that refuses', new Response('', { status: 403 }), 'blockedNetwork'],
    ['as JSON', json(200, { detail: 'Something.' }), 'cutOff'],
    ['with a line that has no end', new Response(`data: ${'x'.repeat(9 * 2 ** 20)}`), 'cutOff'],
  ])('%s', async (_, reply, code) => {
    expect(await new Plan(reply).failure()).toMatchObject({ code });
  });

  it('with the connection', async () => {
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(bytesOf(textEvents('Hello').slice(0, 2)));
      },
      pull(controller) {
        controller.error(new TypeError('terminated'));
      },
    });
    const plan = new Plan(() => new Response(body));
    expect(await plan.failure()).toMatchObject({ code: 'cutOff' });
    expect(plan.network.sent).toHaveLength(1);
  });

  it.each([
    ['before its first event', []],
    ['after text', textEvents('Hello').slice(0, 2)],
  ])('in silence: %s', async (_, events) => {
    const silent = new ReadableStream({
      start(controller) {
        controller.enqueue(bytesOf(events));
      },
    });
    const plan = new Plan(() => new Response(silent));
    const asking = plan.failure();
    // The first chunk starts the time anew.
    await plan.network.clock.untilSleeping(300_000);
    await new Promise(setImmediate);
    plan.network.clock.advance(300_000);
    expect(await asking).toMatchObject({ code: 'noAnswer' });
  });
});

it('a request that is cancelled ends without an error, and its connection with it', async () => {
  const plan = new Plan(hang);
  const asking = plan.ask();
  await plan.network.clock.untilSleeping();
  plan.cancel.abort();
  expect(await asking).toEqual([]);
  expect(plan.network.sent[0]?.init.signal?.aborted).toBe(true);
});

it('no prompt, no response and no text of the service is in the log or in an error [R77] [R12]', async () => {
  const plan = new Plan(
    ok([{ type: 'response.output_text.delta', item_id: 'm', delta: 'CANARY' }, completed]),
    json(400, { error: { message: 'CANARY', type: 'CANARY CANARY', param: 'CANARY CANARY', code: 'x CANARY' } }),
    json(400, { detail: 'CANARY' }),
    new Response('<html>CANARY', { status: 403 }),
  );
  const ask = { messages: [says('system', 'CANARY'), says('user', 'CANARY')], tools: [{ name: 'CANARY', description: 'CANARY' }] };
  await plan.ask(ask);
  const errors = [await plan.failure(ask), await plan.failure(ask), await plan.failure(ask)];
  for (const { message, details } of errors) expect(JSON.stringify([message, details])).not.toContain('CANARY');
  expect(plan.network.log.text).not.toContain('CANARY');
});
