import type { Fetch } from '../../../src/base/http.ts';
import { Http } from '../../../src/base/http.ts';
import { ManualClock } from './clock.ts';
import { MemoryLog } from './log.ts';

export const agent = 'chatgpt-sign-in/1.2.3';

/** A request as it left, its body read as a form where it is one. */
export interface SentRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly form: Readonly<Record<string, string>>;
  readonly init: RequestInit;
}

type Answer = (request: SentRequest) => Response | Promise<Response>;

/** A network in memory: it answers what a test tells it to, and keeps what was sent. */
export class Network {
  readonly sent: SentRequest[] = [];
  readonly clock: ManualClock;
  readonly log = new MemoryLog();
  readonly http: Http;

  constructor(answer: Answer, clock = new ManualClock()) {
    this.clock = clock;
    const fetch: Fetch = async (url, init) => {
      const body = typeof init.body === 'string' ? init.body : '';
      const request = {
        url,
        method: init.method ?? 'GET',
        headers: Object.fromEntries(new Headers(init.headers)),
        body,
        form: Object.fromEntries(new URLSearchParams(body)),
        init,
      };
      this.sent.push(request);
      return answer(request);
    };
    this.http = new Http({ fetch, clock, log: this.log, agent });
  }
}

/** What `fetch` rejects with where the network gives way: the reason is in its cause. */
export function fetchFailure(code: string, message = code): TypeError {
  return new TypeError('fetch failed', { cause: Object.assign(new Error(message), { code }) });
}

/** Never answers, and gives up with the request's signal as `fetch` does. */
export function hang({ init }: SentRequest): Promise<Response> {
  return new Promise((_resolve, reject) => {
    init.signal?.addEventListener('abort', () => {
      reject(init.signal?.reason as Error);
    });
  });
}

export function json(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } });
}

export function html(status: number): Response {
  const page = '<!DOCTYPE html><html><head><title>Just a moment...</title></head><body></body></html>';
  return new Response(page, { status, headers: { 'content-type': 'text/html; charset=UTF-8' } });
}
