import { untilAborted, withDeadline } from './async.ts';
import type { Clock } from './clock.ts';
import { defined } from './defined.ts';
import { minute, second } from './duration.ts';
import type { ErrorCode } from './errors.ts';
import { AppError } from './errors.ts';
import type { Log } from './log.ts';
import { requireSecureAddress } from './url.ts';

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** What the request is for, in one or two words, for the log. */
  readonly purpose: string;
  /** Groups the log lines of one sign-in, refresh or reading. */
  readonly correlationId?: string;
  readonly signal?: AbortSignal;
  /** Milliseconds within which the response has to be here, its body included. */
  readonly timeout?: number;
}

/** A response that was read to its end. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** How far the service's clock is ahead of this machine's, in milliseconds; `undefined` without a `Date` header. */
  readonly clockOffset: number | undefined;
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
/** The `Date` of a response that took longer is not used: the response may have lain here while the machine slept. */
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
  async send(url: string, request: HttpRequest): Promise<HttpResponse> {
    requireSecureAddress(url);
    const clock = { sleep: (ms: number, signal?: AbortSignal) => this.#sleepWhileRunning(ms, signal) };
    return withDeadline({ clock, ms: request.timeout ?? defaultTimeout }, limit => this.#exchange(url, request, limit));
  }

  async #exchange(url: string, request: HttpRequest, limit: AbortSignal): Promise<HttpResponse> {
    const started = this.#clock.now();
    const signal = request.signal ? AbortSignal.any([limit, request.signal]) : limit;
    const fields = { flow: request.correlationId, purpose: request.purpose };
    try {
      const sending = this.#fetch(url, {
        method: request.method,
        headers: { accept: 'application/json', ...request.headers, 'user-agent': this.#agent, originator: this.#agent },
        ...defined({ body: request.body }),
        redirect: 'manual',
        cache: 'no-store',
        credentials: 'omit',
        signal,
      });
      // VS Code's own `fetch` first asks its window for the proxy. A window that lost its connection never replies, and until
      // then no signal is heard; once it is, an aborted request is not sent any more.
      const response = await untilAborted(sending, signal);
      const text = await readText(response);
      const now = this.#clock.now();
      const requestId = response.headers.get('x-request-id') ?? undefined;
      this.#log.info('http', { ...fields, status: response.status, ms: now - started, requestId });
      const clockOffset = now - started <= longestRoundTrip ? readClockOffset(response, now) : undefined;
      this.#clockOffset = clockOffset ?? this.#clockOffset;
      return { status: response.status, headers: response.headers, text, clockOffset };
    } catch (error) {
      const failure = request.signal?.aborted ? new HttpError('cancelled', true) : asHttpError(error, limit.aborted);
      this.#log.warn('http', { ...fields, failure: failure.code, reason: reasons(error).join(' '), ms: this.#clock.now() - started });
      throw failure;
    }
  }

  /** A process that was stopped meanwhile gets time to read what has arrived before the request is given up. */
  async #sleepWhileRunning(ms: number, signal?: AbortSignal): Promise<void> {
    const due = this.#clock.now() + ms;
    await this.#clock.sleep(ms, signal);
    if (this.#clock.now() - due > timerTolerance) await this.#clock.sleep(catchUp, signal);
  }
}

/** Whether the response is a page: a browser check, or a network filter between this machine and the service. */
export function isHtml(response: HttpResponse): boolean {
  return (response.headers.get('content-type') ?? '').includes('html') || response.text.trimStart().startsWith('<');
}

/** The error that a response without the expected content stands for. */
export function statusErrorCode(response: HttpResponse): ErrorCode {
  if (response.status === 429 || response.status >= 500) return 'serviceUnavailable';
  if (isHtml(response)) return 'blocked';
  return response.status >= 400 ? 'refused' : 'answerNotUnderstood';
}

/** Milliseconds that a service asks to wait (RFC 9110, 10.2.3: in seconds or as a date); `undefined` where it does not. */
export function readRetryAfter(response: HttpResponse, now: number): number | undefined {
  const value = response.headers.get('retry-after')?.trim() ?? '';
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - (response.clockOffset ?? 0) - now);
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

/** Failures that come before a request has left this machine. */
const notSent: readonly [RegExp, ErrorCode][] = [
  [/ENOTFOUND|EAI_AGAIN|EAI_FAIL|NAME_NOT_RESOLVED|NAME_RESOLUTION/, 'nameNotResolved'],
  [/PROXY|Proxy response|TUNNEL_CONNECTION/, 'proxyFailed'],
  [/CERT_NOT_YET_VALID|CERT_HAS_EXPIRED|CERT_DATE_INVALID/, 'clockWrong'],
  [/CERT|ERR_TLS|SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)/, 'certificateNotTrusted'],
  // Node's message for a failed handshake: no request is written before the handshake is over.
  [/before secure TLS connection/, 'offline'],
  [
    /SSL_(WRONG_VERSION_NUMBER|UNSUPPORTED_PROTOCOL|SSLV3_ALERT_HANDSHAKE_FAILURE|TLSV1_ALERT_PROTOCOL_VERSION|VERSION_OR_CIPHER_MISMATCH)/,
    'certificateNotTrusted',
  ],
  [/ECONNREFUSED|connect (EHOSTUNREACH|ENETUNREACH|ENETDOWN|EADDRNOTAVAIL)/, 'offline'],
  [/net::ERR_(CONNECTION_REFUSED|INTERNET_DISCONNECTED)/, 'offline'],
  [/CONNECT_TIMEOUT|CONNECTION_TIMED_OUT|connect ETIMEDOUT/, 'noAnswer'],
];

/** Failures that may come at any time: a TLS alert may end a connection that a request has gone through. */
const maybeSent: readonly [RegExp, ErrorCode][] = [
  [/ERR_SSL|EPROTO/, 'certificateNotTrusted'],
  [/TIMED_?OUT|_TIMEOUT/, 'noAnswer'],
];

/** A failed fetch as a code, and whether the request may have left this machine. */
function asHttpError(error: unknown, timedOut: boolean): HttpError {
  if (error instanceof HttpError) return error;
  const words = reasons(error).join(' ');
  const find = (causes: typeof notSent) => causes.find(([pattern]) => pattern.test(words))?.[1];
  const code = find(notSent);
  if (code !== undefined) return new HttpError(code, false, { cause: error });
  return new HttpError(timedOut ? 'noAnswer' : (find(maybeSent) ?? 'offline'), true, { cause: error });
}

/** The error codes along a chain of causes, each with its system call, and the codes that Chromium and Node put into messages. */
export function reasons(error: unknown): string[] {
  const found: string[] = [];
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    if ('code' in at && typeof at.code === 'string') {
      found.push('syscall' in at && typeof at.syscall === 'string' ? `${at.syscall} ${at.code}` : at.code);
    }
    found.push(...(at.message.match(/net::ERR_\w+|Proxy response \(\d+\)|before secure TLS connection/g) ?? []));
    if (at instanceof AggregateError) for (const inner of at.errors) found.push(...reasons(inner));
  }
  return [...new Set(found)];
}
