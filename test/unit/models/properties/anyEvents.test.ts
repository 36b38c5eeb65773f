/** Any events in any order, cut anywhere, with any status: a response ends in success or one error, and nothing comes after a cancel. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ModelError, modelErrorCodes } from '../../../../src/models/modelError.ts';
import { PlanModels } from '../../../../src/models/planModels.ts';
import { ReasoningMemory } from '../../../../src/models/reasoningMemory.ts';
import { codexRoute } from '../../../../src/models/route.ts';
import { Network } from '../../support/network.ts';
import { account, OneAccount } from '../../usage/support/account.ts';
import { bytesOf, callItem, completed, model, reasoningItem, request, textEvents } from '../support/models.ts';

const runs = Number(process.env['RUNS'] ?? 500);
const seed = Number(process.env['SEED'] ?? Math.trunc(Math.random() * 2 ** 31));

const known = fc.constantFrom(
  ...textEvents('Hello', ' there'),
  completed,
  reasoningItem(),
  callItem('call_1'),
  { type: 'response.failed', response: { error: { code: 'slow_down' } } },
  { type: 'response.incomplete', response: {} },
  { type: 'error' },
);
const types = fc.constantFrom(
  'response.output_item.done',
  'response.output_text.delta',
  'response.completed',
  'response.failed',
  'error',
  'x',
);
const anything = fc.oneof(
  fc.record({ type: types, item: fc.jsonValue(), response: fc.jsonValue(), delta: fc.jsonValue(), error: fc.jsonValue() }),
  fc.jsonValue().map(value => ({ value })),
);

interface Case {
  readonly events: readonly object[];
  readonly status: number;
  readonly cut: number;
  readonly chunk: number;
  readonly breaks: boolean;
  readonly cancelAfter: number | undefined;
}

const cases: fc.Arbitrary<Case> = fc.record({
  events: fc.array(fc.oneof(known, anything), { maxLength: 8 }),
  status: fc.oneof(
    { weight: 6, arbitrary: fc.constant(200) },
    { weight: 1, arbitrary: fc.constantFrom(400, 401, 403, 404, 429, 500, 503) },
  ),
  cut: fc.double({ min: 0, max: 1, noNaN: true }),
  chunk: fc.integer({ min: 1, max: 200 }),
  breaks: fc.boolean(),
  cancelAfter: fc.option(fc.nat({ max: 4 }), { nil: undefined }),
});

function bodyOf({ events, cut, chunk, breaks }: Case): ReadableStream<Uint8Array> {
  const bytes = bytesOf(events);
  const sent = bytes.slice(0, Math.ceil(bytes.length * (cut > 0.7 ? 1 : cut)));
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at < sent.length) controller.enqueue(sent.slice(at, (at += chunk)));
      else if (breaks) controller.error(new TypeError('terminated'));
      else controller.close();
    },
  });
}

it('a response ends in success or in one error, never hangs, and is silent after it was cancelled', async () => {
  console.info(`SEED=${seed} RUNS=${runs}`);
  const ends: Record<string, number> = {};
  const property = fc.asyncProperty(cases, async each => {
    const network = new Network(() => new Response(bodyOf(each), { status: each.status }));
    const accounts = new OneAccount(account());
    const models = new PlanModels({
      accounts: { credential: (_, options) => accounts.credential('hash', options) },
      http: network.http,
      // The pause before another try ends at once, and a silence never.
      clock: {
        now: () => network.clock.now(),
        elapsed: () => network.clock.elapsed(),
        sleep: (ms, signal) => (ms < 10_000 ? Promise.resolve() : network.clock.sleep(ms, signal)),
      },
      log: network.log,
      random: () => 0,
      memory: new ReasoningMemory(network.clock),
      onTraffic: () => undefined,
    });
    const cancel = new AbortController();
    const route = codexRoute('https://chatgpt.com/backend-api');
    const respond = { account: account(), route, model: model(), request: request(), correlationId: 'test', signal: cancel.signal };
    let parts = 0;
    let end = 'success';
    try {
      for await (const part of models.respond(respond)) {
        expect(cancel.signal.aborted, 'a part after the cancel').toBe(false);
        expect(part.kind).toBeTypeOf('string');
        if (++parts === each.cancelAfter) cancel.abort();
      }
    } catch (error) {
      expect(cancel.signal.aborted, `an error after the cancel: ${String(error)}`).toBe(false);
      expect(error).toBeInstanceOf(ModelError);
      expect(modelErrorCodes).toContain((error as ModelError).code);
      end = (error as ModelError).code;
    }
    expect(network.sent.length).toBeLessThanOrEqual(4);
    ends[end] = (ends[end] ?? 0) + 1;
  });
  await fc.assert(property, { seed, numRuns: runs });
  console.info(JSON.stringify(ends));
  expect(Object.keys(ends)).toEqual(expect.arrayContaining(['success', 'cutOff', 'unavailable']));
}, 120_000);
