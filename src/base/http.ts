import { untilAborted, withDeadline } from './async.ts';
import type { Clock } from './clock.ts';
import { defined } from './defined.ts';
import { minute, second } from './duration.ts';
import type { ErrorCode } from './errors.ts';
import { AppError } from './errors.ts';
import type { Log } from './log.ts';
import { reasons } from './reasons.ts';
import { requireSecureAddress } from './url.ts';

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Our name where a service wants it without the version. */
  readonly originator?: 'chatgpt-sign-in';
  /** What the request is for, in one or two words, for the log. */
  readonly purpose: string;
  /** Groups the log lines of one sign-in, refresh or reading. */
  readonly correlationId?: string;
  readonly signal?: AbortSignal;
  /** Milliseconds within which the response has to be here, its body included. */
  readonly timeout?: number;
}

interface HttpHead {
  readonly status: number;
  readonly headers: Headers;
  /** How far the service's clock is ahead of this machine's, in milliseconds; `undefined` without a `Date` header. */
  readonly clockOffset: number | undefined;
}

/** A response that was read to its end. */
export interface HttpResponse extends HttpHead {
  readonly text: string;
}

/** A response whose body is read as it comes; reading it throws whatever breaks the connection. */
export interface HttpStream extends HttpHead {
  readonly body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

/** No response was read. `sent`: whether the service may have received the request. */
export class HttpError extends AppError {
  readonly sent: boolean;
  constructor(code: ErrorCode, sent: boolean, options?: { cause?: unknown }) {
    super(code, options);
    this.sent = sent;
  }
}

const defaultTimeout = 30 * second;
const largestResponse = 1_000_000;
/** A timer that is later than this shows that the process was stopped; it then gets this long to read what has arrived. */
const timerTolerance = second;
const catchUp = 5 * second;
/** The `Date` of a response that took longer by either clock is not used: it may have lain here while the machine slept, which only one of them counts. */
const longestRoundTrip = minute;

/**
 * The one way out to the network. Every request names this extension, is limited in time and size, follows no redirect and is
 * never sent in the clear; the log gets status and duration, and nothing of the content.
 */
export class Http {
  readonly #fetch: Fetch;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #agent: string;
  #clockOffset: number | undefined;

  /** @param agent our own name and version, e.g. `chatgpt-sign-in/1.0.0` */
  constructor(options: { fetch: Fetch; clock: Clock; log: Log; agent: string }) {
    this.#fetch = options.fetch;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#agent = options.agent;
  }

  /** How far the service's clock was ahead of this machine's in the newest response with a `Date`, in milliseconds. */
  get clockOffset(): number | undefined {
    return this.#clockOffset;
  }

  /**
   * @throws HttpError when no whole response came, or `cancelled` when the request's signal was aborted
   * @throws AppError `addressNotSecure`, `addressInvalid`
   */
  send(url: string, request: HttpRequest): Promise<HttpResponse> {
    return this.#request(url, request, async response => ({ text: await readText(response) }));
  }

  /**
   * The same for a response that comes in pieces: the timeout is that of its headers, and only the request's signal ends the body.
   * @throws as `send`
   */
  open(url: string, request: HttpRequest): Promise<HttpStream> {
    return this.#request(url, request, ({ body }) => ({ body: body ?? [] }));
  }

  async #request<T>(url: string, request: HttpRequest, read: (response: Response) => T | Promise<T>): Promise<HttpHead & T> {
    requireSecureAddress(url);
    const clock = { sleep: (ms: number, signal?: AbortSignal) => this.#sleepWhileRunning(ms, signal) };
    return withDeadline({ clock, ms: request.timeout ?? defaultTimeout }, limit => this.#exchange(url, request, limit, read));
  }

  async #exchange<T>(
    url: string,
    request: HttpRequest,
    limit: AbortSignal,
    read: (response: Response) => T | Promise<T>,
  ): Promise<HttpHead & T> {
    const [sentAt, started] = [this.#clock.now(), this.#clock.elapsed()];
    const signal = request.signal ? AbortSignal.any([limit, request.signal]) : limit;
    const fields = { flow: request.correlationId, purpose: request.purpose };
    try {
      const sending = this.#fetch(url, {
        method: request.method,
        headers: {
          accept: 'application/json',
          ...request.headers,
          'user-agent': this.#agent,
          originator: request.originator ?? this.#agent,
        },
        ...defined({ body: request.body }),
        redirect: 'manual',
        cache: 'no-store',
        credentials: 'omit',
        signal,
      });
      // VS Code's own `fetch` first asks its window for the proxy. A window that lost its connection never replies, and until
      // then no signal is heard; once it is, an aborted request is not sent any more.
      const response = await untilAborted(sending, signal);
      const content = await read(response);
      const [now, ms] = [this.#clock.now(), this.#clock.elapsed() - started];
      const requestId = response.headers.get('x-request-id') ?? undefined;
      this.#log.info('http', { ...fields, status: response.status, ms, requestId });
      const isPrompt = ms <= longestRoundTrip && Math.abs(now - sentAt) <= longestRoundTrip;
      const clockOffset = isPrompt ? readClockOffset(response, now) : undefined;
      this.#clockOffset = clockOffset ?? this.#clockOffset;
      return { status: response.status, headers: response.headers, clockOffset, ...content };
    } catch (error) {
      const failure = request.signal?.aborted ? new HttpError('cancelled', true) : await asHttpError(error, url, limit.aborted);
      this.#log.warn('http', { ...fields, failure: failure.code, reason: reasons(error).join(' '), ms: this.#clock.elapsed() - started });
      throw failure;
    }
  }

  /** A process that was stopped meanwhile gets time to read what has arrived before the request is given up. */
  async #sleepWhileRunning(ms: number, signal?: AbortSignal): Promise<void> {
    const due = this.#clock.elapsed() + ms;
    await this.#clock.sleep(ms, signal);
    if (this.#clock.elapsed() - due > timerTolerance) await this.#clock.sleep(catchUp, signal);
  }
}

async function readText(response: Response): Promise<string> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > largestResponse) throw new HttpError('answerNotUnderstood', true);
  }
  return text + decoder.decode();
}

function readClockOffset(response: Response, now: number): number | undefined {
  const date = Date.parse(response.headers.get('date') ?? '');
  return Number.isNaN(date) ? undefined : date - now;
}

/** A failed fetch as an error. What it means is loaded with the first failure. */
async function asHttpError(error: unknown, url: string, timedOut: boolean): Promise<HttpError> {
  if (error instanceof HttpError) return error;
  const { explainFailure } = await import('./networkFailure.ts');
  const { code, sent } = explainFailure(error, new URL(url), timedOut);
  return new HttpError(code, sent, { cause: error });
}
