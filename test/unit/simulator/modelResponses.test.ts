import OpenAI from 'openai';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ScriptedItem } from '../../simulator/contract.ts';
import { useSimulator } from '../support/simulator.ts';
import { accountIdIn, backend, signIn, type Tokens } from './codex.ts';
import { hello, ModelClient, outputOf, sol, withoutId, type Item } from './modelRequests.ts';

const simulator = await useSimulator();
let tokens: Tokens;
let client: ModelClient;
beforeEach(async () => {
  await simulator.account({ account: 'ada', used: { '5h': 0, weekly: 0 } });
  tokens = await signIn(simulator, { account: 'ada' });
  client = new ModelClient(simulator, tokens);
});

const typesOf = (items: readonly Item[]) => items.map(({ type }) => String(type).replace('response.', ''));

describe('an ordered response', () => {
  it('has two calls in parallel after its reasoning, each event in its place', async () => {
    const output: ScriptedItem[] = [
      { reasoning: 'I look.' },
      { call: 'read_file', arguments: { path: 'a b' } },
      { call: 'list_dir', arguments: '{broken' },
    ];
    await simulator.respond({ output });
    const response = await client.ask();
    const delta = 'function_call_arguments.delta';
    expect(typesOf(response.events)).toEqual([
      ...['created', 'in_progress'],
      ...['output_item.added', 'reasoning_summary_part.added', 'reasoning_summary_text.delta', 'reasoning_summary_text.delta'],
      ...['reasoning_summary_text.done', 'reasoning_summary_part.done', 'output_item.done'],
      ...['output_item.added', delta, delta, 'function_call_arguments.done', 'output_item.done'],
      ...['output_item.added', delta, 'function_call_arguments.done', 'output_item.done'],
      'completed',
    ]);
    expect(response.output).toMatchObject([
      { type: 'reasoning', id: expect.stringMatching(/^rs_/) as string, summary: [{ type: 'summary_text', text: 'I look.' }] },
      { type: 'function_call', name: 'read_file', arguments: '{"path":"a b"}', call_id: expect.stringMatching(/^call_/) as string },
      { type: 'function_call', name: 'list_dir', arguments: '{broken' },
    ]);
    expect(response.output[0]?.['encrypted_content']).toMatch(/^gAAAAA[\w-]{100,}$/);
    // The next response is a usual one again.
    expect((await client.ask()).text).toContain('The simulator has read: Hello');
  });

  it('has no encrypted content for a request that does not ask for it', async () => {
    await simulator.respond({ output: [{ reasoning: 'Hm.' }] });
    const [item] = (await client.ask({ include: undefined })).output;
    expect(item).not.toHaveProperty('encrypted_content');
  });

  it('is a refusal, in words of its own', async () => {
    await simulator.respond({ output: [{ refusal: 'I cannot.' }] });
    const { events, output } = await client.ask();
    expect(typesOf(events)).toContain('refusal.delta');
    expect(output).toMatchObject([{ content: [{ type: 'refusal', refusal: 'I cannot.' }] }]);
  });

  it('comes without deltas, with phases, whole at its end, with its limits, as often as ordered', async () => {
    const output: ScriptedItem[] = [
      { text: 'First a look.', phase: 'commentary' },
      { text: 'Done.', phase: 'final_answer' },
    ];
    await simulator.respond({ output, deltas: false, completed: 'whole', limitsEvent: true, times: 2 });
    for (const used of [1, 2]) {
      const { events } = await client.ask();
      const item = ['output_item.added', 'output_item.done'];
      expect(typesOf(events)).toEqual(['created', 'codex.rate_limits', 'in_progress', ...item, ...item, 'completed']);
      expect(events[1]).toMatchObject({
        metered_limit_name: 'codex',
        rate_limits: { primary: { used_percent: used, window_minutes: 300 } },
      });
      expect(events.at(-1)).toMatchObject({ response: { output: [{ phase: 'commentary' }, { phase: 'final_answer' }] } });
    }
    expect((await client.ask()).text).toContain('The simulator has read: Hello');
  });

  it('ends by order within its second item', async () => {
    await simulator.respond({ output: [{ reasoning: 'I look.' }, { text: 'One two three.' }] });
    await simulator.fail({ route: 'responses', fault: { stream: 'failed', after: 4 } });
    const { events, output } = await client.ask();
    expect(typesOf(output)).toEqual(['reasoning']);
    expect(typesOf(events).slice(-3)).toEqual(['output_text.delta', 'output_text.delta', 'failed']);
  });

  it.each([{ output: [{ txt: 'x' }] }, { output: 'x' }, {}, { output: [], speed: 1 }])('a misspelled order is refused: %o', async order => {
    await expect(simulator.respond(order as never)).rejects.toThrow('control respond: 400');
  });
});

describe('a plan that is used up by order', () => {
  it.each([600, null])('says until when if it is told to: %s', async seconds => {
    await simulator.fail({ route: 'responses', fault: { usedUpForSeconds: seconds } });
    const { status, refusal } = await client.ask();
    expect(status).toBe(429);
    expect(refusal.error?.['type']).toBe('usage_limit_reached');
    const reset = refusal.error?.['resets_at'];
    if (seconds === null) expect(reset).toBeUndefined();
    else expect(Math.abs(Number(reset) - Date.now() / 1000 - seconds)).toBeLessThan(30);
    expect((await client.ask()).status).toBe(200);
  });
});

describe('the limits in the headers', () => {
  const limits = (headers: Headers) => Object.fromEntries([...headers].filter(([name]) => name.startsWith('x-codex-')));

  it('move with every response, and come with a refusal too', async () => {
    for (const used of ['1', '2', '3']) expect(limits((await client.ask()).headers)['x-codex-primary-used-percent']).toBe(used);
    const { status, headers } = await client.ask({ store: true });
    expect([status, limits(headers)['x-codex-primary-used-percent']]).toEqual([400, '3']);
    expect(limits(headers)).toMatchObject({ 'x-codex-plan-type': 'plus', 'x-codex-secondary-window-minutes': '10080' });
    expect(limits(headers)).not.toHaveProperty('x-codex-active-limit');
  });

  it('are named if they are told to, and always those of a reserve, which then pays', async () => {
    await simulator.set({ namesLimit: true });
    expect(limits((await client.ask()).headers)['x-codex-active-limit']).toBe('codex');
    await simulator.set({ namesLimit: false });
    await simulator.account({ account: 'ada', used: { '5h': 100 }, reserve: 40 });
    const { status, headers } = await client.ask();
    await simulator.account({ account: 'ada', reserve: null });
    expect(status).toBe(200);
    expect(limits(headers)).toMatchObject({ 'x-codex-active-limit': 'base_model_inference', 'x-codex-primary-used-percent': '41' });
  });
});

describe('reasoning that comes back', () => {
  async function called(): Promise<Item[]> {
    await simulator.respond({ output: [{ reasoning: 'A.' }, { reasoning: 'B.' }, { call: 'a' }, { call: 'b' }] });
    return (await client.ask()).output.map(withoutId);
  }

  const send = async (input: Item[], model = sol) => {
    const { status, refusal } = await client.ask({ input: [hello, ...input], model });
    return status === 200 ? 'taken' : String(refusal.error?.['message'] ?? refusal.detail);
  };

  it('is taken in its order in front of its calls', async () => {
    const [first = {}, second = {}, a = {}, b = {}] = await called();
    expect(await send([first, second, a, b, outputOf(a), outputOf(b)])).toBe('taken');
    expect(await send([first, second, a, outputOf(a), b, outputOf(b)])).toBe('taken');
    // Only one of the calls is left of the response.
    expect(await send([first, second, b, outputOf(b)])).toBe('taken');
  });

  it('is refused after its call, out of order, in part, twice, alone, or not at all', async () => {
    const [first = {}, second = {}, a = {}, b = {}] = await called();
    const results = [outputOf(a), outputOf(b)];
    const following = /without its required following item/;
    const reasoning = /without its required 'reasoning' item/;
    expect(await send([a, b, ...results, first, second])).toMatch(following);
    expect(await send([a, first, second, b, ...results])).toMatch(reasoning);
    expect(await send([second, first, a, b, ...results])).toMatch(reasoning);
    expect(await send([second, a, b, ...results])).toMatch(reasoning);
    expect(await send([first, second, first, a, b, ...results])).toMatch(/Duplicate item/);
    expect(await send([first, second, hello])).toMatch(following);
    expect(await send([a, b, ...results])).toMatch(reasoning);
  });

  it('may be missing where a test says so, but then as a whole', async () => {
    const [first = {}, second = {}, a = {}, b = {}] = await called();
    await simulator.set({ reasoning: 'optional' });
    expect(await send([a, b, outputOf(a), outputOf(b)])).toBe('taken');
    expect(await send([first, a, b, outputOf(a), outputOf(b)])).toMatch(/without its required 'reasoning' item/);
    expect(await send([first, second, a, b, outputOf(a), outputOf(b)])).toBe('taken');
  });

  it('is of one account and model, unchanged, and as old as the keys', async () => {
    const [first = {}, second = {}, a = {}, b = {}] = await called();
    const rest = [a, b, outputOf(a), outputOf(b)];
    const unreadable = /encrypted content for item rs_\w+ could not be verified/;
    expect(await send([first, second, ...rest], 'gpt-6.1-luna')).toMatch(unreadable);
    expect(await send([{ ...first, encrypted_content: 'gAAAAA' }, second, ...rest])).toMatch(unreadable);
    expect(await send([{ ...first, encrypted_content: undefined }, second, ...rest])).toMatch(/not persisted/);
    await simulator.forgetReasoning();
    expect(await send([first, second, ...rest])).toMatch(unreadable);
    expect(await send(rest)).toBe('taken');
  });

  it('stands in front of a text too, where the response had no calls', async () => {
    await simulator.respond({ output: [{ reasoning: 'A.' }, { text: 'All of it is unique.' }] });
    const [reasoning = {}, message = {}] = (await client.ask()).output.map(withoutId);
    expect(await send([reasoning, message, hello])).toBe('taken');
    expect(await send([message, hello])).toMatch(/type 'message' was provided without its required 'reasoning'/);
    expect(await send([message, reasoning, hello])).toMatch(/without its required following item/);
  });
});

describe('a model request is refused', () => {
  it.each([
    { version: '0.169.0' },
    { 'openai-beta': 'responses_websockets=2026-02-06' },
    { 'x-codex-window-id': 'a:0' },
    { 'x-codex-turn-metadata': '{}' },
    { 'x-openai-internal-codex-responses-lite': 'true' },
    { 'thread-id': 'a' },
    { 'user-agent': 'codex_exec/0.169.0 (Debian 12.0.0; x86_64) unknown' },
    { 'user-agent': 'codex_vscode/1.0.0', originator: 'codex_vscode' },
    { 'user-agent': 'opencode/1.18.0' },
    { 'user-agent': 'OpenAI/JS 7.59.0' },
    { 'user-agent': 'chatgpt-sign-in/0.1.0', originator: 'codex_cli_rs' },
    { 'user-agent': 'chatgpt-sign-in/0.1.0', originator: 'another' },
  ])('from another client: %o', async headers => {
    const { status, refusal } = await client.ask({}, headers);
    expect([status, refusal.detail]).toEqual([400, expect.stringMatching(/is not allowed|another client/)]);
    const { access_token: token, id_token: idToken } = tokens;
    const models = await fetch(`${simulator.backendUrl}/codex/models?client_version=0.169.0`, {
      headers: { authorization: `Bearer ${token}`, 'chatgpt-account-id': accountIdIn(idToken), ...(headers as unknown as object) },
    });
    expect(models.status).toBe(400);
  });

  it('that does not go where its workspace wants it to go', async () => {
    const ours = 'x-openai-account-routing-override';
    expect((await client.ask({}, { [ours]: 'us' })).refusal.detail).toBe('Workspace routing does not match');
    await simulator.account({ account: 'ada', routing: 'us' });
    const statuses = [await client.ask(), await client.ask({}, { [ours]: 'us_cr' }), await client.ask({}, { [ours]: 'us' })].map(
      ({ status }) => status,
    );
    const check = await backend(simulator, 'accounts/check', tokens.access_token, accountIdIn(tokens.id_token));
    await simulator.account({ account: 'ada', routing: null });
    expect(statuses).toEqual([400, 400, 200]);
    expect(check.body).toMatchObject({ accounts: [{ account_routing_override: 'us' }] });
  });

  it('our own name is taken', async () => {
    expect((await client.ask({}, { 'user-agent': 'chatgpt-sign-in/0.1.0', originator: 'chatgpt-sign-in' })).status).toBe(200);
  });

  const tool = { type: 'function', name: 'a', parameters: {} };
  const message = (content: unknown, role = 'user') => ({ input: [{ type: 'message', role, content }] });
  const image = { type: 'input_image', image_url: 'data:image/png;base64,AA==' };

  it.each<[string, Item, string]>([
    ['a nested tool', { tools: [{ type: 'function', function: { name: 'a' } }] }, 'tools[0].name'],
    ['a tool of a name that is too long', { tools: [{ ...tool, name: 'a'.repeat(65) }] }, 'tools[0].name'],
    ['two tools of a name', { tools: [tool, tool] }, 'tools'],
    ['a choice that is no tool', { tools: [tool], tool_choice: { type: 'function', name: 'b' } }, 'tool_choice'],
    ['a required tool, and none', { tool_choice: 'required' }, 'tool_choice'],
    ['an effort that the model has not', { reasoning: { effort: 'xhigh' } }, 'reasoning.effort'],
    ['a tier that the model has not', { service_tier: 'flex' }, 'service_tier'],
    ['a verbosity that the model has not', { model: 'gpt-6.1-luna', text: { verbosity: 'low' } }, 'text.verbosity'],
    ['an image for a model that takes none', { model: 'gpt-6.1-luna', ...message([image]) }, 'input[0].content[0]'],
    ['text of the model from a person', message([{ type: 'output_text', text: 'a' }]), 'input[0].content[0]'],
    ["a person's text from the model", message([{ type: 'input_text', text: 'a' }], 'assistant'), 'input[0].content[0]'],
    ['a role that there is not', message('a', 'tool'), 'input[0].role'],
    [
      'a cache mark',
      message([{ type: 'input_text', text: 'a', prompt_cache_breakpoint: {} }]),
      'input[0].content[0].prompt_cache_breakpoint',
    ],
    ['a reference to an item', { input: [{ type: 'item_reference', id: 'msg_1' }] }, 'input'],
    ['an item of an unknown type', { input: [{ type: 'thought' }] }, 'input[0].type'],
    ['a foreign id of reasoning', { input: [{ type: 'reasoning', id: 'reasoning-1', encrypted_content: 'a' }] }, 'input[0].id'],
    ['no input', { input: [] }, 'input'],
    [
      'an output before its call',
      { input: [outputOf({ call_id: 'call_1' }), { type: 'function_call', call_id: 'call_1', name: 'a', arguments: '{}' }] },
      'input',
    ],
  ])('with %s', async (_, changes, param) => {
    const { status, refusal } = await client.ask(changes);
    expect([status, refusal.error?.['param']]).toEqual([400, param]);
  });

  it.each(['max_output_tokens', 'user', 'client_metadata', 'prompt_cache_retention', 'whatever'])('with the field %s', async field => {
    expect((await client.ask({ [field]: 1 })).refusal.detail).toBe(`Unsupported parameter: ${field}`);
  });

  it('within its stream, if it is longer than the model can read', async () => {
    const long = { input: [{ ...hello, content: 'many words '.repeat(60_000) }], model: 'gpt-6.1-luna' };
    expect((await client.ask(long)).events.at(-1)).toMatchObject({
      type: 'response.failed',
      response: { error: { code: 'context_length_exceeded' } },
    });
  });
});

describe("OpenAI's own client", () => {
  const openai = () =>
    new OpenAI({
      apiKey: tokens.access_token,
      baseURL: `${simulator.backendUrl}/codex`,
      maxRetries: 0,
      defaultHeaders: { 'user-agent': 'judge/1.0.0', 'chatgpt-account-id': accountIdIn(tokens.id_token) },
    });
  const body = { model: sol, instructions: 'Be short.', store: false, input: 'Hello' as string | OpenAI.Responses.ResponseInputItem[] };
  const asked = { ...body, input: [hello as OpenAI.Responses.ResponseInputItem], include: ['reasoning.encrypted_content' as const] };

  it('reads a response with reasoning, text and calls as the service meant it', async () => {
    await simulator.respond({
      output: [{ reasoning: 'I look.' }, { text: 'One moment.' }, { call: 'a', arguments: { b: 1 } }, { call: 'c' }],
      completed: 'whole',
    });
    const response = await openai().responses.stream(asked).finalResponse();
    expect(response.status).toBe('completed');
    expect(response.output_text).toBe('One moment.');
    expect(response.output.map(({ type }) => type)).toEqual(['reasoning', 'message', 'function_call', 'function_call']);
    expect(response.output[2]).toMatchObject({ name: 'a', arguments: '{"b":1}' });
    expect(response.usage).toMatchObject({ output_tokens: 6, output_tokens_details: { reasoning_tokens: 2 } });
  });

  it('reads a refusal, and the end of an incomplete response', async () => {
    await simulator.respond({ output: [{ refusal: 'I cannot.' }], completed: 'whole' });
    const [item] = (await openai().responses.stream(asked).finalResponse()).output;
    expect(item).toMatchObject({ content: [{ type: 'refusal', refusal: 'I cannot.' }] });
    await simulator.fail({ route: 'responses', fault: { stream: 'incomplete', after: 1 } });
    const cut = await openai().responses.stream(asked).finalResponse();
    expect(cut).toMatchObject({ status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } });
  });

  it('gets a limit as the error that it is', async () => {
    await simulator.fail({ route: 'responses', fault: { usedUpForSeconds: 600 } });
    await expect(openai().responses.create({ ...asked, stream: true })).rejects.toMatchObject({ status: 429, type: 'usage_limit_reached' });
  });
});
