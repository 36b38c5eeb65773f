// What a request of the plan's models costs on this side: the time to the first part beside a bare provider that pipes the same stream, and
// the memory for a long conversation. The service is a server on this computer that responds at once; VS Code has no part in it.
import { createServer } from 'node:http';
import { registerHooks } from 'node:module';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { LanguageModelChatRequestMessage, LanguageModelResponsePart } from 'vscode';
import { median, ms } from './figures.ts';

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'vscode' ? { url: new URL('../unit/vscode.ts', import.meta.url).href, shortCircuit: true } : next(specifier, context),
});
const vscode = await import('vscode');
const { systemClock } = await import('../../src/base/clock.ts');
const { Http } = await import('../../src/base/http.ts');
const { ModelAccess } = await import('../../src/models/access.ts');
const { PlanModels } = await import('../../src/models/planModels.ts');
const { ReasoningMemory } = await import('../../src/models/reasoningMemory.ts');
const { TokenCalibration } = await import('../../src/models/tokenEstimate.ts');
const { ModelList } = await import('../../src/models/ui/modelList.ts');
const { Payers } = await import('../../src/models/ui/payer.ts');
const { Responder } = await import('../../src/models/ui/responder.ts');
const { UsedUpPlans } = await import('../../src/models/usedUpPlans.ts');
const { account, OneAccount } = await import('../unit/usage/support/account.ts');
const { bytesOf, model, textEvents, vsCodeMessage } = await import('../unit/models/support/models.ts');

const rounds = 200;
const memoryRounds = 9;
const events = bytesOf(textEvents(...Array.from({ length: 50 }, (_, n) => `word ${String(n)} `)));
const server = createServer((request, response) => {
  request.resume().on('end', () => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).end(events);
  });
});
await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
const address = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;

type Report = (part: LanguageModelResponsePart) => void;
type Messages = readonly LanguageModelChatRequestMessage[];

/** A provider as short as one can be: it knows no error, no refusal, no limit and no reasoning. */
async function bare(messages: Messages, report: Report): Promise<void> {
  const input = messages.map(({ content }) => ({
    type: 'message',
    role: 'user',
    content: content.map(part => ({ type: 'input_text', text: (part as { value: string }).value })),
  }));
  const body = JSON.stringify({ model: 'gpt-test', store: false, stream: true, instructions: '', input });
  const response = await fetch(`${address}/codex/responses`, { method: 'POST', headers: { authorization: 'Bearer x' }, body });
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of response.body ?? []) {
    const blocks = (rest + decoder.decode(chunk, { stream: true })).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const event = JSON.parse(block.slice(block.indexOf('data: ') + 6)) as { type: string; delta: string };
      if (event.type === 'response.output_text.delta') report(new vscode.LanguageModelTextPart(event.delta));
    }
  }
}

function ours(): (messages: Messages, report: Report) => Promise<void> {
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const clock = systemClock;
  const settings = () => ({ isEnabled: true, account: undefined });
  const info = account({ capabilities: { models: { url: address } } });
  const payers = new Payers({ list: () => Promise.resolve([info]) }, settings);
  const catalogues = {
    models: () => Promise.resolve([model()]),
    isStale: () => Promise.resolve(false),
    routing: () => Promise.resolve(undefined),
  } as never;
  const tokens = new OneAccount(info);
  const http = new Http({ fetch, clock, log, agent: 'bench/1.0.0' });
  const responder = new Responder({
    ...{ payers, clock, log, settings },
    usedUp: new UsedUpPlans(clock),
    list: new ModelList({ payers, catalogues, settings, log, onDidChange: () => undefined }),
    access: new ModelAccess({
      memory: { get: () => [], set: () => Promise.resolve() },
      clock,
      ownId: 'own',
      ask: () => Promise.resolve('never'),
    }),
    notice: { confirm: () => Promise.resolve(true) },
    models: new PlanModels({
      accounts: { credential: (_, options) => tokens.credential('hash', options) },
      ...{ http, clock, log, random: Math.random, memory: new ReasoningMemory(clock), onTraffic: () => undefined },
    }),
    calibration: new TokenCalibration(),
    formatTime: String,
    onUnknownModel: () => undefined,
  });
  return (messages, report) =>
    responder.respond({
      model: 'gpt-test',
      messages,
      options: { requestInitiator: 'github.copilot-chat', toolMode: 1 } as never,
      progress: { report },
      token: { isCancellationRequested: false, onCancellationRequested: () => new vscode.Disposable(() => undefined) },
    });
}

const user = (text: string) => vsCodeMessage(1, new vscode.LanguageModelTextPart(text));

/** Milliseconds from the request to its first part. */
async function toFirstPart(provide: (messages: Messages, report: Report) => Promise<void>, messages: Messages): Promise<number> {
  const started = performance.now();
  let first: number | undefined;
  await provide(messages, () => (first ??= performance.now() - started));
  return first ?? Number.NaN;
}

/** In turns, so that both meet the same load. */
async function compare(name: string, messages: Messages): Promise<void> {
  const provide = ours();
  const times = { ours: [] as number[], bare: [] as number[] };
  for (let n = 0; n < rounds; n++) {
    times.bare.push(await toFirstPart(bare, messages));
    times.ours.push(await toFirstPart(provide, messages));
  }
  const more = median(times.ours) - median(times.bare);
  console.log(`${name}: first part after ${ms(times.ours)}, bare provider ${ms(times.bare)}, ${more.toFixed(2)} ms more`);
}

/** Megabytes of heap and buffers that a conversation of 200,000 tokens takes while its request runs, and once it is over. */
async function printMemory(): Promise<void> {
  const messages = Array.from({ length: 400 }, (_, n) => user(`${String(n)} ${'some words of a file '.repeat(100)}`));
  const used = () => {
    globalThis.gc?.();
    globalThis.gc?.();
    const { heapUsed, external, arrayBuffers } = process.memoryUsage();
    return (heapUsed + external + arrayBuffers) / 2 ** 20;
  };
  for (const [name, provide] of [
    ['ours', ours()],
    ['bare provider', bare],
  ] as const) {
    const during: number[] = [];
    const after: number[] = [];
    for (let n = 0; n < memoryRounds; n++) {
      const before = used();
      let atFirst: number | undefined;
      await provide(messages, () => (atFirst ??= used() - before));
      during.push(atFirst ?? Number.NaN);
      await pause(200);
      after.push(used() - before);
    }
    console.log(
      `200,000 tokens, ${name}: ${median(during).toFixed(1)} MB more at the first part, ${median(after).toFixed(1)} MB once it is over`,
    );
  }
}

await compare('a short question', [user('Hello')]);
await compare(
  'a conversation of 20,000 tokens',
  Array.from({ length: 40 }, (_, n) => user(`${String(n)} ${'some words of a file '.repeat(100)}`)),
);
await printMemory();
server.close();
server.closeAllConnections();
