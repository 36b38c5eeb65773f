import { decodeJwt } from 'jose';
import { beforeEach, describe, expect, it } from 'vitest';
import { Http } from '../../../src/base/http.ts';
import { systemClock } from '../../../src/base/clock.ts';
import type { Model } from '../../../src/models/catalogue.ts';
import { decodeCatalogue } from '../../../src/models/catalogue.ts';
import type { CallContent, Content, Message, ResponsePart, Tool } from '../../../src/models/messages.ts';
import { ModelError } from '../../../src/models/modelError.ts';
import { PlanModels } from '../../../src/models/planModels.ts';
import { ReasoningMemory } from '../../../src/models/reasoningMemory.ts';
import { codexRoute } from '../../../src/models/route.ts';
import type { UsageUpdate } from '../../../src/usage/decode/update.ts';
import { decodeModelTraffic } from '../../../src/usage/decode/headers.ts';
import { accountIdIn, signIn } from '../simulator/codex.ts';
import { MemoryLog } from '../support/log.ts';
import { useSimulator } from '../support/simulator.ts';
import { account, credentialOf } from '../usage/support/account.ts';
import { five, week } from '../usage/support/snapshots.ts';
import { request, says } from './support/models.ts';

const simulator = await useSimulator();
const tools: Tool[] = ['read_file', 'mcp: list.dir'].map(name => ({ name, description: `Runs ${name}.` }));

/** What a window of VS Code has of the models. */
class Client {
  readonly updates: (UsageUpdate | undefined)[] = [];
  readonly #models: PlanModels;
  readonly #route = codexRoute(simulator.backendUrl);
  readonly #http: Http;
  readonly #credential: ReturnType<typeof credentialOf>;
  model: Model | undefined;

  constructor(accessToken: string, workspaceId: string) {
    const info = account({ accessToken, identity: { userId: 'user', workspaceId } });
    this.#credential = credentialOf(info);
    const [clock, log] = [systemClock, new MemoryLog()];
    this.#http = new Http({ fetch, clock, log, agent: 'chatgpt-sign-in/1.2.3' });
    this.#models = new PlanModels({
      accounts: { credential: () => Promise.resolve(this.#credential) },
      ...{ http: this.#http, clock, log },
      random: () => 0,
      memory: new ReasoningMemory(clock),
      onTraffic: (_, traffic, at) => this.updates.push(decodeModelTraffic(traffic, at, [five(0), week(0)])),
    });
  }

  async list(): Promise<readonly Model[]> {
    const headers = this.#route.headers(this.#credential);
    const response = await this.#http.send(this.#route.models, {
      method: 'GET',
      headers,
      originator: 'chatgpt-sign-in',
      purpose: 'models',
    });
    const models = decodeCatalogue(JSON.parse(response.text)) ?? [];
    [this.model] = models;
    return models;
  }

  async ask(...messages: Message[]): Promise<ResponsePart[]> {
    const { model } = this;
    if (!model) throw new Error('There is a model.');
    const [route, signal] = [this.#route, new AbortController().signal];
    const respond = {
      account: this.#credential.account,
      route,
      model,
      request: request({ messages, tools }),
      correlationId: 'test',
      signal,
    };
    const parts: ResponsePart[] = [];
    for await (const part of this.#models.respond(respond)) parts.push(part);
    return parts;
  }

  async failure(...messages: Message[]): Promise<string> {
    const error: unknown = await this.ask(...messages).catch((thrown: unknown) => thrown);
    return error instanceof ModelError ? error.code : String(error);
  }
}

let client: Client;
beforeEach(async () => {
  await simulator.account({ account: 'ada', used: { '5h': 0, weekly: 0 } });
  const tokens = await signIn(simulator, { account: 'ada' });
  expect(decodeJwt(tokens.access_token).exp).toBeDefined();
  client = new Client(tokens.access_token, accountIdIn(tokens.id_token));
  await client.list();
});

const textOf = (parts: readonly ResponsePart[]) => parts.map(part => (part.kind === 'text' ? part.text : '')).join('');
const callsIn = (parts: readonly ResponsePart[]): CallContent[] => parts.flatMap(part => (part.kind === 'call' ? [part] : []));
/** A response as VS Code brings it back in a later turn: without thinking. */
const broughtBack = (parts: readonly ResponsePart[]): Message => ({
  role: 'assistant',
  content: parts.flatMap((part): Content[] => (part.kind === 'text' || part.kind === 'call' ? [part] : [])),
});
const results = (calls: readonly CallContent[]): Message => ({
  role: 'user',
  content: calls.map(({ callId }) => ({ kind: 'result', callId, content: [{ kind: 'text', text: 'done' }] })),
});

describe('the plan’s models at a service that is strict', () => {
  it('are those that it lists', async () => {
    expect((await client.list()).map(({ takesImages }) => takesImages)).toContain(true);
  });

  it('answer an agent in several rounds and turns, whose reasoning comes back in its place', async () => {
    const question = says('user', 'Look.');
    await simulator.respond({ output: [{ reasoning: 'I look.' }, { call: 'read_file' }, { call: 'mcp_list', arguments: '{broken' }] });
    const first = await client.ask(says('system', 'Be short.'), question);
    const calls = callsIn(first);
    expect(calls).toMatchObject([{ name: 'read_file', input: {} }, { input: {} }]);
    await simulator.respond({
      output: [{ reasoning: 'I answer.' }, { text: 'Wait.', phase: 'commentary' }, { text: ' Done.', phase: 'final_answer' }],
    });
    const history = [says('system', 'Be short.'), question, broughtBack(first), results(calls)];
    const second = await client.ask(...history);
    expect(textOf(second)).toBe('Wait. Done.');
    const third = await client.ask(...history, broughtBack(second), says('user', 'Again.'));
    expect(textOf(third)).toContain('Again.');
  });

  it('say the same without deltas, and where the end repeats everything', async () => {
    for (const script of [{ deltas: false }, { completed: 'whole' as const }, { deltas: false, completed: 'whole' as const }]) {
      await simulator.respond({ output: [{ text: 'Once.' }, { text: ' Twice.' }], ...script });
      expect(textOf(await client.ask(says('user', 'Hello')))).toBe('Once. Twice.');
    }
  });

  it('refuse in words, which are text', async () => {
    await simulator.respond({ output: [{ refusal: 'I cannot.' }] });
    expect(textOf(await client.ask(says('user', 'Hello')))).toBe('I cannot.');
  });

  it('say with ten responses how much is used, by headers and by events', async () => {
    for (let n = 0; n < 10; n++) {
      await simulator.respond({ output: [{ text: 'Hello.' }], limitsEvent: n % 2 === 0 });
      await client.ask(says('user', 'Hello'));
    }
    const used = client.updates.flatMap(update => update?.windows.filter(({ kind }) => kind === '5h').map(window => window.used) ?? []);
    expect(used.length).toBeGreaterThanOrEqual(10);
    expect(used).toEqual(used.toSorted((a, b) => a - b));
    expect(used.at(-1)).toBeGreaterThan(0);
  });

  it('end early with the error that is meant', async () => {
    const codes: [{ stream: 'failed' | 'incomplete' | 'error' | 'cut'; after?: number; code?: string }, string][] = [
      [{ stream: 'cut', after: 1 }, 'cutOff'],
      [{ stream: 'failed', after: 1, code: 'context_length_exceeded' }, 'tooLong'],
      [{ stream: 'failed', code: 'context_length_exceeded' }, 'tooLong'],
      [{ stream: 'error', after: 1, code: 'rate_limit_exceeded' }, 'busy'],
      [{ stream: 'incomplete', after: 1, code: 'content_filter' }, 'filtered'],
    ];
    for (const [fault, code] of codes) {
      await simulator.fail({ route: 'responses', fault });
      expect(await client.failure(says('user', 'Hello')), JSON.stringify(fault)).toBe(code);
    }
  });

  it('are used up until the reset that the service names', async () => {
    await simulator.account({ account: 'ada', used: { '5h': 100 } });
    expect(await client.failure(says('user', 'Hello'))).toBe('limitReached');
  });
});
