import { describe, expect, it } from 'vitest';
import type { ProvideLanguageModelChatResponseOptions } from 'vscode';
import * as vscode from 'vscode';
import type { AccessAnswer, AccessEntry } from '../../../../src/models/access.ts';
import { ModelAccess } from '../../../../src/models/access.ts';
import type { CatalogueStore } from '../../../../src/models/catalogueStore.ts';
import { PlanModels } from '../../../../src/models/planModels.ts';
import { ReasoningMemory } from '../../../../src/models/reasoningMemory.ts';
import { TokenCalibration } from '../../../../src/models/tokenEstimate.ts';
import { ModelList } from '../../../../src/models/ui/modelList.ts';
import { Payers } from '../../../../src/models/ui/payer.ts';
import { Responder } from '../../../../src/models/ui/responder.ts';
import { UsedUpPlans } from '../../../../src/models/usedUpPlans.ts';
import type { TestAccount } from '../../usage/support/account.ts';
import { account, OneAccount } from '../../usage/support/account.ts';
import { hang, html, json, Network } from '../../support/network.ts';
import { callItem, completed, model, ok, reasoningItem, textEvents, vsCodeMessage } from '../support/models.ts';

const chat = 'github.copilot-chat';
const used = (until: number) => json(429, { error: { type: 'usage_limit_reached', resets_at: until / 1000 } });

/** A window in which models are on, with what the service replies. */
class Window {
  isEnabled = true;
  chosen: string | undefined;
  accounts: readonly TestAccount[] = [account()];
  answer: AccessAnswer = 'allow';
  isConfirmed = true;
  routing: string | undefined;
  readonly questions: (string | undefined)[] = [];
  readonly notices: string[] = [];
  readonly reported: unknown[] = [];
  readonly unknownModels: string[] = [];
  readonly usedUp: UsedUpPlans;
  readonly network: Network;
  readonly cancellation = new vscode.EventEmitter<void>();
  readonly #responder: Responder;
  #isCancelled = false;

  constructor(reply: (attempt: number) => Response | Promise<Response> = () => ok(textEvents('Hello'))) {
    let attempt = 0;
    this.network = new Network(sent => {
      const response = reply(attempt++);
      return response instanceof Promise ? response : sent.init.signal?.aborted ? hang(sent) : response;
    });
    const { http, clock, log } = this.network;
    const settings = () => ({ isEnabled: this.isEnabled, account: this.chosen });
    const payers = new Payers({ list: () => Promise.resolve(this.accounts) }, settings);
    const catalogues = {
      models: () => Promise.resolve([model()]),
      isStale: () => Promise.resolve(false),
      routing: () => Promise.resolve(this.routing),
    } as unknown as CatalogueStore;
    this.usedUp = new UsedUpPlans(clock);
    let entries: readonly AccessEntry[] = [];
    const tokens = new OneAccount(account());
    this.#responder = new Responder({
      ...{ payers, clock, log, settings, usedUp: this.usedUp },
      list: new ModelList({ payers, catalogues, settings, log, onDidChange: () => undefined }),
      access: new ModelAccess({
        memory: {
          get: () => entries,
          set: next => {
            entries = next;
            return Promise.resolve();
          },
        },
        clock,
        ownId: 'unofficial.chatgpt-sign-in',
        ask: id => {
          this.questions.push(id);
          return Promise.resolve(this.answer);
        },
      }),
      notice: {
        confirm: label => {
          this.notices.push(label);
          return Promise.resolve(this.isConfirmed);
        },
      },
      models: new PlanModels({
        accounts: { credential: (_, options) => tokens.credential('hash', options) },
        ...{ http, clock, log },
        random: () => 0,
        memory: new ReasoningMemory(clock),
        onTraffic: () => undefined,
      }),
      calibration: new TokenCalibration(),
      formatTime: time => new Date(time).toISOString(),
      onUnknownModel: payer => this.unknownModels.push(payer.account.id),
    });
  }

  cancel(): void {
    this.#isCancelled = true;
    this.cancellation.fire();
  }

  async ask(initiator = chat, options: object = {}, slug = 'gpt-test'): Promise<void> {
    await this.#responder.respond({
      model: slug,
      messages: [vsCodeMessage(1, new vscode.LanguageModelTextPart('Hello'))],
      options: { ...options, requestInitiator: initiator } as unknown as ProvideLanguageModelChatResponseOptions,
      progress: { report: part => this.reported.push(part) },
      token: { isCancellationRequested: this.#isCancelled, onCancellationRequested: this.cancellation.event },
    });
  }

  /** What it throws, once the parts that were reported have left. */
  async failure(initiator?: string, slug?: string): Promise<Error & { code?: string }> {
    const asking = this.ask(initiator, {}, slug).then(
      () => expect.fail('no error'),
      (error: unknown) => error as Error,
    );
    for (let round = 0; round < 40; round++) {
      await new Promise(setImmediate);
      if (this.network.clock.sleeping.some(ms => ms <= 500)) this.network.clock.advance(500);
    }
    return asking;
  }
}

describe('a request of VS Code’s chat', () => {
  it('gets text, thinking, calls and the counts of tokens', async () => {
    const thinking = { type: 'response.reasoning_summary_text.delta', item_id: 'rs_1', delta: 'I think.' };
    const window = new Window(() => ok([thinking, reasoningItem(), ...textEvents('Hello').slice(0, -1), callItem('call_1'), completed]));
    await window.ask();
    expect(window.reported).toMatchObject([
      { value: 'I think.', id: 'rs_1' },
      { value: '', id: 'rs_1', metadata: { encrypted_content: 'encrypted rs_1' } },
      { value: 'Hello' },
      { callId: 'call_1', name: 'read_file', input: { path: 'a.ts' } },
      { mimeType: 'usage' },
    ]);
    const { data } = window.reported.at(-1) as { data: Uint8Array };
    expect(JSON.parse(new TextDecoder().decode(data))).toEqual({
      prompt_tokens: 100,
      completion_tokens: 20,
      total_tokens: 120,
      prompt_tokens_details: { cached_tokens: 64 },
    });
    expect(window.questions).toEqual([]);
  });

  it('sends the effort of the chat’s control, the conversation of VS Code, and no option of its own', async () => {
    const window = new Window();
    await window.ask(chat, {
      modelOptions: { _conversationId: 'c-1', _telemetryTurn: 3, temperature: 1 },
      modelConfiguration: { reasoningEffort: 'low' },
    });
    const body = JSON.parse(window.network.sent[0]?.body ?? '') as Record<string, unknown>;
    expect(body).toMatchObject({ prompt_cache_key: 'c-1', reasoning: { effort: 'low' } });
    expect(window.network.sent[0]?.body).not.toMatch(/telemetry|temperature/);
    expect(window.network.log.entries.filter(({ step }) => step === 'model options without an effect')).toMatchObject([
      { fields: { names: 'temperature' } },
    ]);
  });

  it('says where its workspace wants it to go, and nothing where that is anywhere', async () => {
    const window = new Window();
    await window.ask();
    window.routing = 'us';
    await window.ask();
    expect(window.network.sent.map(({ headers }) => headers['x-openai-account-routing-override'])).toEqual([undefined, 'us']);
  });

  it('fails with our sentence alone, without a stack and without a code', async () => {
    const window = new Window(() => json(429, {}));
    const error = await window.failure();
    expect([error.message, error.stack, error.code]).toEqual([
      'OpenAI is receiving too many requests. Wait a moment, then try again.',
      '',
      undefined,
    ]);
  });

  it('fails after text only once the text has left', async () => {
    const window = new Window(() => ok(textEvents('Hello').slice(0, 2)));
    const asking = window.ask().catch((error: unknown) => error);
    await window.network.clock.untilSleeping(150);
    expect(window.reported).toHaveLength(1);
    window.network.clock.advance(150);
    expect(await asking).toMatchObject({ message: 'The response ended early. Try again.' });
  });
});

describe('a request of another extension', () => {
  it('is asked for once, and gets no counts and no encrypted reasoning', async () => {
    const window = new Window(() => ok([reasoningItem(), ...textEvents('Hello')]));
    await window.ask('acme.agent');
    await window.ask('Acme.Agent');
    expect(window.questions).toEqual(['acme.agent']);
    expect(window.reported).toMatchObject([{ value: 'Hello' }, { value: 'Hello' }]);
  });

  it('that VS Code does not name is asked for once in a window', async () => {
    const window = new Window();
    await window.ask('');
    await window.ask('');
    expect(window.questions).toEqual([undefined]);
  });

  it('that is not allowed reaches no service [R76]', async () => {
    const window = new Window();
    window.answer = 'never';
    expect(await window.failure('acme.agent')).toMatchObject({ code: 'NoPermissions' });
    expect(window.network.sent).toEqual([]);
  });

  it.each<[string, () => Response, string | undefined]>([
    ['401', () => json(401, {}), 'NoPermissions'],
    ['403', () => json(403, { detail: 'No.' }), 'NoPermissions'],
    ['403 as a page', () => html(403), undefined],
    ['404', () => json(404, {}), 'NotFound'],
    ['429 used up', () => used(2e12), 'Blocked'],
    ['429 busy', () => json(429, {}), 'Blocked'],
    ['400', () => json(400, { detail: 'Bad.' }), undefined],
    ['503', () => json(503, {}), undefined],
    ['cut', () => ok(textEvents('Hello').slice(0, 1)), undefined],
  ])('fails with the code of VS Code for %s', async (_, reply, code) => {
    const error = await new Window(reply).failure('acme.agent');
    expect(error.code).toBe(code);
    expect(error.message).toMatch(/^[A-Z].*\.$/);
  });
});

describe('a request that is not sent [R75] [R78]', () => {
  const reasons: [string, (window: Window) => void, RegExp][] = [
    ['models are off', window => (window.isEnabled = false), /turned off/],
    ['nobody is signed in', window => (window.accounts = []), /signed out/],
    ['the session has expired', window => (window.accounts = [account({ isExpired: true })]), /signed out/],
    ['none of two accounts was chosen', window => (window.accounts = [account(), account({ hash: 'b', id: 'user-ben' })]), /Several/],
    ['the chosen account is another one', window => (window.chosen = 'user-ben'), /signed out/],
    ['the account has no models', window => (window.accounts = [account({ capabilities: {} })]), /signed out/],
    ['the notice was not confirmed', window => (window.isConfirmed = false), /confirm/],
  ];
  it.each(reasons)('because %s', async (_, prepare, message) => {
    const window = new Window();
    prepare(window);
    expect((await window.failure('acme.agent')).message).toMatch(message);
    expect(window.network.sent).toEqual([]);
  });

  it('because the model is not in the list, which is read anew', async () => {
    const window = new Window();
    expect(await window.failure('acme.agent', 'gpt-gone')).toMatchObject({ code: 'NotFound' });
    expect(window.unknownModels).toEqual([account().id]);
    expect(window.network.sent).toEqual([]);
  });

  it('because the plan is used up: of twenty requests one reaches the service until the reset [R78]', async () => {
    const window: Window = new Window(attempt => (attempt === 0 ? used(window.network.clock.now() + 60_000) : ok(textEvents('Hello'))));
    for (let n = 0; n < 20; n++) expect((await window.failure('acme.agent')).code).toBe('Blocked');
    expect(window.network.sent).toHaveLength(1);
    expect((await window.failure()).message).toContain(new Date(window.network.clock.now() + 60_000).toISOString().slice(0, 13));
    window.network.clock.advance(60_000);
    await window.ask();
    expect(window.network.sent).toHaveLength(2);
  });
});

describe('a request that is cancelled', () => {
  it('ends at once, without an error and without a part, and its connection with it', async () => {
    const window = new Window(() => new Promise(() => undefined));
    const asking = window.ask();
    await window.network.clock.untilSleeping();
    window.cancel();
    await asking;
    expect(window.network.sent[0]?.init.signal?.aborted).toBe(true);
    expect(window.reported).toEqual([]);
  });

  it('before it is sent is not sent', async () => {
    const window = new Window();
    window.cancel();
    await window.ask();
    await new Promise(setImmediate);
    expect(window.reported).toEqual([]);
    expect(window.network.sent).toEqual([]);
  });

  it('while the person is asked leaves the question open', async () => {
    const window = new Window();
    const asking = window.ask('acme.agent');
    window.cancel();
    await asking;
    expect(window.network.sent).toEqual([]);
  });
});

it('the log of a request has who asked for which model, tokens and time, and nothing of what was said [R77]', async () => {
  const window = new Window(() => ok(textEvents('CANARY')));
  await window.ask('acme.agent', { modelOptions: { CANARY1: 'CANARY2' } });
  expect(window.network.log.entries.find(({ step }) => step === 'model response')?.fields).toMatchObject({
    initiator: 'acme.agent',
    model: 'gpt-test',
    input: 100,
    output: 20,
  });
  expect(window.network.log.text).not.toMatch(/CANARY2|CANARY"|Hello/);
});
