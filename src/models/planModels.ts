/** Model requests that an account's plan pays for. */
import type { AccountInfo, Credential } from '../accounts/account.ts';
import type { Accounts } from '../accounts/accounts.ts';
import type { Clock } from '../base/clock.ts';
import { defined } from '../base/defined.ts';
import { second } from '../base/duration.ts';
import { AppError, isSignedOut } from '../base/errors.ts';
import type { Http, HttpResponse, HttpStream } from '../base/http.ts';
import { readRetryAfter } from '../base/httpResponse.ts';
import { parseJson } from '../base/json.ts';
import type { Log } from '../base/log.ts';
import type { ResponseTime } from '../usage/decode/fields.ts';
import type { ModelTraffic } from '../usage/decode/headers.ts';
import type { Model } from './catalogue.ts';
import type { ModelRequest, ResponsePart } from './messages.ts';
import { ModelError } from './modelError.ts';
import type { ReasoningMemory } from './reasoningMemory.ts';
import type { ResponsesBody } from './request/body.ts';
import { toResponsesBody, withoutReasoning } from './request/body.ts';
import { ToolNames } from './request/toolNames.ts';
import type { Refusal } from './response/errors.ts';
import { errorOfResponse, isAboutReasoning } from './response/errors.ts';
import { ResponseReader } from './response/parts.ts';
import { isPageText, longestSilence, readBody, readEvents } from './response/stream.ts';
import type { Route } from './route.ts';
import type { Sent } from './withToken.ts';
import { tokenRefusalOf, withToken } from './withToken.ts';

export interface PlanModelsOptions {
  readonly accounts: Pick<Accounts, 'credential'>;
  readonly http: Http;
  readonly clock: Clock;
  readonly log: Log;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly memory: ReasoningMemory;
  /** Takes the limits that come with a request. */
  readonly onTraffic: (account: AccountInfo, traffic: ModelTraffic, at: ResponseTime) => void;
}

export interface Respond {
  readonly account: AccountInfo;
  readonly route: Route;
  readonly model: Model;
  readonly request: ModelRequest;
  readonly routing?: string | undefined;
  readonly correlationId: string;
  /** Ends the request; nothing is yielded or thrown after it. */
  readonly signal: AbortSignal;
}

/** A response whose head has come. */
type Reply = { readonly stream: HttpStream } | { readonly refusal: Refusal };

const retryPause = { least: second / 2, most: 1.5 * second };

/** What sends a request of the plan, whoever makes it; the one place where reasoning, tokens and limits are looked after. */
export class PlanModels {
  readonly #options: PlanModelsOptions;

  constructor(options: PlanModelsOptions) {
    this.#options = options;
  }

  /**
   * The parts of the response as they come. Ends without an error only if the response is complete, or if the signal was aborted.
   * @throws ModelError
   */
  async *respond(respond: Respond): AsyncGenerator<ResponsePart, void, undefined> {
    const connection = new AbortController();
    const signal = AbortSignal.any([respond.signal, connection.signal]);
    try {
      yield* this.#withRetry({ ...respond, signal });
    } catch (error) {
      if (!respond.signal.aborted) throw asModelError(error);
    } finally {
      connection.abort();
    }
  }

  /** A service that is overloaded or out of reach is asked once more, if nothing has come of the first request. */
  async *#withRetry(respond: Respond): AsyncGenerator<ResponsePart, void, undefined> {
    const { clock, random } = this.#options;
    let hasBegun = false;
    try {
      for await (const part of this.#respondOnce(respond)) {
        hasBegun = true;
        yield part;
      }
      return;
    } catch (error) {
      if (hasBegun || asModelError(error).code !== 'unavailable') throw error;
    }
    await clock.sleep(retryPause.least + random() * (retryPause.most - retryPause.least), respond.signal);
    yield* this.#respondOnce(respond);
  }

  async *#respondOnce(respond: Respond): AsyncGenerator<ResponsePart, void, undefined> {
    const { memory, clock, onTraffic } = this.#options;
    const { account, model, request, signal } = respond;
    const scope = `${account.hash} ${model.slug}`;
    const toolNames = new ToolNames();
    const body = toResponsesBody(request, { model, toolNames, recall: message => memory.find(scope, message) });
    const stream = await this.#open(respond, body, scope);
    const reader = new ResponseReader();
    for await (const event of readEvents(stream.body, clock)) {
      if (event['type'] === 'codex.rate_limits') onTraffic(account, { event }, receivedAt(stream, clock));
      for (const part of reader.read(event)) {
        if (signal.aborted) return;
        yield part.kind === 'call' ? { ...part, name: toolNames.fromService(part.name) } : part;
      }
      if (reader.isComplete) {
        memory.remember(scope, reader.remembered);
        return;
      }
    }
    throw new ModelError('cutOff');
  }

  /** Without the reasoning of earlier responses where the service cannot read it. @throws ModelError, AppError */
  async #open(respond: Respond, body: ResponsesBody, scope: string): Promise<HttpStream> {
    let reply = await this.#ask(respond, body);
    if ('refusal' in reply && isAboutReasoning(reply.refusal) && body.input.some(({ type }) => type === 'reasoning')) {
      this.#options.memory.forget(scope);
      reply = await this.#ask(respond, withoutReasoning(body));
    }
    if ('refusal' in reply) throw errorOfResponse(reply.refusal);
    return reply.stream;
  }

  #ask(respond: Respond, body: ResponsesBody): Promise<Reply> {
    return withToken({ ...respond, accounts: this.#options.accounts }, credential => this.#send(respond, credential, body));
  }

  async #send(
    { account, route, routing, correlationId, signal }: Respond,
    credential: Credential,
    body: ResponsesBody,
  ): Promise<Sent<Reply>> {
    const { http, clock, log, onTraffic } = this.#options;
    const stream = await http.open(route.responses, {
      method: 'POST',
      headers: {
        ...route.headers(credential, { conversation: body.prompt_cache_key, routing }),
        accept: 'text/event-stream',
        'content-type': 'application/json',
      },
      body: JSON.stringify(body),
      originator: route.originator,
      purpose: 'model',
      correlationId,
      signal,
      timeout: longestSilence,
    });
    const { headers, status } = stream;
    if (status === 200) {
      onTraffic(account, { headers }, receivedAt(stream, clock));
      return { reply: { stream } };
    }
    const response = { ...stream, text: await readBody(stream.body, clock) };
    const refusal = refusalOf(response, clock.now());
    onTraffic(account, { headers, body: refusal.body }, receivedAt(stream, clock));
    const { serviceCode } = errorOfResponse(refusal).details;
    const requestId = headers.get('openai-request-id') ?? headers.get('x-request-id') ?? undefined;
    log.warn('a model request was refused', { flow: correlationId, status, serviceCode, requestId });
    return { reply: { refusal }, refusal: tokenRefusalOf(response, clock.now()) };
  }
}

function asModelError(error: unknown): ModelError {
  if (error instanceof ModelError) return error;
  if (error instanceof AppError && isSignedOut(error)) return new ModelError('signedOut', { cause: error });
  return new ModelError(error instanceof AppError && error.code === 'noAnswer' ? 'noAnswer' : 'unavailable', { cause: error });
}

function refusalOf(response: HttpResponse, now: number): Refusal {
  const { status, text } = response;
  const retryAfter = readRetryAfter(response, now);
  const retryAt = retryAfter === undefined ? undefined : now + retryAfter;
  return { status, body: parseJson(text), isPage: isPageText(text), ...defined({ retryAt }) };
}

function receivedAt({ clockOffset = 0 }: Pick<HttpStream, 'clockOffset'>, clock: Clock): ResponseTime {
  return { fetchedAt: clock.now(), clockOffset };
}
