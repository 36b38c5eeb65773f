import type { ErrorCode } from './errors.ts';
import { AppError } from './errors.ts';
import type { Clock } from './clock.ts';
import type { Log } from './log.ts';
import { requireSecureAddress } from './url.ts';

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** For the log: what is being asked, as one or two words. */
  readonly purpose: string;
  /** The attempt this request belongs to, to tell attempts apart in the log. */
  readonly correlationId?: string;
  readonly signal?: AbortSignal;
  /** Milliseconds after which the request is given up, its body included. */
  readonly timeout?: number;
}

/** An answer that was read to its end. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** What the service's clock is ahead of ours, in milliseconds; `undefined` where it does not say. */
  readonly clockOffset: number | undefined;
}

/** No answer was read. `sent` tells whether the service may have seen the request. */
export class HttpError extends AppError {
  readonly sent: boolean;
  constructor(code: ErrorCode, sent: boolean, options?: { cause?: unknown }) {
    super(code, options);
    this.sent = sent;
  }
}

const defaultTimeout = 30_000;
const largestResponse = 1_000_000;
/** Milliseconds that a timer may be late in a process that runs, and that one which was stopped has to catch up. */
const timerTolerance = 1_000;
const catchUp = 5_000;
/** Milliseconds after which an answer that comes is not asked for the time any more. */
const longestRoundTrip = 60_000;

/**
 * The one way out to the network: says who we are, limits time and size, follows no redirect, sends nothing in the
 * clear, and logs what happened without what was said.
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

  /** What the services' clocks were ahead of ours in the newest answer that told the time, in milliseconds. */
  get clockOffset(): number | undefined {
    return this.#clockOffset;
  }

  /**
   * @throws HttpError when no whole answer came, or `cancelled` when the request's signal was aborted
   * @throws AppError `addressNotSecure`, `addressInvalid`
   */
  async send(url: string, request: HttpRequest): Promise<HttpResponse> {
    requireSecureAddress(url);
    const started = this.#clock.now();
    const answered = new AbortController();
    const limit = new AbortController();
    void this.#sleepWhileRunning(request.timeout ?? defaultTimeout, answered.signal).then(
      () => {
        limit.abort();
      },
      () => undefined,
    );
    const signal = request.signal ? AbortSignal.any([limit.signal, request.signal]) : limit.signal;
    const fields = { flow: request.correlationId, purpose: request.purpose };
    try {
      const sending = this.#fetch(url, {
        method: request.method,
        headers: { accept: 'application/json', ...request.headers, 'user-agent': this.#agent, originator: this.#agent },
        ...(request.body === undefined ? {} : { body: request.body }),
        redirect: 'manual',
        cache: 'no-store',
        credentials: 'omit',
        signal,
      });
      const response = await orAborted(sending, signal);
      const text = await readText(response);
      const now = this.#clock.now();
      const requestId = response.headers.get('x-request-id') ?? undefined;
      this.#log.info('http', { ...fields, status: response.status, ms: now - started, requestId });
      // An answer that lay here while the machine slept tells an old time.
      const clockOffset = now - started <= longestRoundTrip ? readClockOffset(response, now) : undefined;
      this.#clockOffset = clockOffset ?? this.#clockOffset;
      return { status: response.status, headers: response.headers, text, clockOffset };
    } catch (error) {
      const failure = request.signal?.aborted ? new HttpError('cancelled', true) : asHttpError(error, limit.signal.aborted);
      this.#log.warn('http', { ...fields, failure: failure.code, reason: reasons(error).join(' '), ms: this.#clock.now() - started });
      throw failure;
    } finally {
      answered.abort();
    }
  }

  /** Lets this time pass. Where the process was stopped meanwhile, what has come for it is read before it is given up. */
  async #sleepWhileRunning(ms: number, signal: AbortSignal): Promise<void> {
    const due = this.#clock.now() + ms;
    await this.#clock.sleep(ms, signal);
    if (this.#clock.now() - due > timerTolerance) await this.#clock.sleep(catchUp, signal);
  }
}

/**
 * The editor's own `fetch` asks its window for the proxy first. A window that is lost never says, and until then no signal
 * is heard; once it is, an aborted request is not sent any more.
 */
async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const stop = () => {
    aborted.reject(signal.reason as Error);
  };
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', stop);
    // Nobody waits for either any more.
    for (const promise of [work, aborted.promise]) promise.catch(() => undefined);
  }
}

/** Whether a page stands where an answer was expected: a browser check, or a filter between us and the service. */
export function isHtml(response: HttpResponse): boolean {
  return (response.headers.get('content-type') ?? '').includes('html') || response.text.trimStart().startsWith('<');
}

/** What an answer that is of no use means to a person. */
export function statusErrorCode(response: HttpResponse): ErrorCode {
  if (response.status === 429 || response.status >= 500) return 'serviceUnavailable';
  if (isHtml(response)) return 'blocked';
  return response.status >= 400 ? 'refused' : 'answerNotUnderstood';
}

/** Milliseconds that a service asks to wait, in seconds or as a date (RFC 9110 10.2.3); `undefined` where it does not. */
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

/** What fails before a request has left this machine. */
const notSent: readonly [RegExp, ErrorCode][] = [
  [/ENOTFOUND|EAI_AGAIN|EAI_FAIL|NAME_NOT_RESOLVED|NAME_RESOLUTION/, 'nameNotResolved'],
  [/PROXY|Proxy response|TUNNEL_CONNECTION/, 'proxyFailed'],
  [/CERT_NOT_YET_VALID|CERT_HAS_EXPIRED|CERT_DATE_INVALID/, 'clockWrong'],
  [/CERT|ERR_TLS|SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)/, 'certificateNotTrusted'],
  // The words of a handshake that failed: before it is over no request is written.
  [/before secure TLS connection/, 'offline'],
  [
    /SSL_(WRONG_VERSION_NUMBER|UNSUPPORTED_PROTOCOL|SSLV3_ALERT_HANDSHAKE_FAILURE|TLSV1_ALERT_PROTOCOL_VERSION|VERSION_OR_CIPHER_MISMATCH)/,
    'certificateNotTrusted',
  ],
  [/ECONNREFUSED|connect (EHOSTUNREACH|ENETUNREACH|ENETDOWN|EADDRNOTAVAIL)/, 'offline'],
  [/net::ERR_(CONNECTION_REFUSED|INTERNET_DISCONNECTED)/, 'offline'],
  [/CONNECT_TIMEOUT|CONNECTION_TIMED_OUT|connect ETIMEDOUT/, 'noAnswer'],
];

/** What can fail at any time: an alert may end a connection that a request went through. */
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

/** The codes along a chain of causes with what was being done, and the words that a network stack puts in messages. */
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
