/** Faults that wait for a request on their route, and the response to each. */

import type { ServerResponse } from 'node:http';
import type { Busy, ErrorShape, Fault, FaultOrder, FaultRoute, Refusal, RefusalCode, SimulatedResponse } from './contract.ts';
import { deviceResponse } from './deviceResponses.ts';
import type { ServiceName } from './received.ts';

const challenge =
  '<!DOCTYPE html><html lang="en-US"><head><title>Just a moment...</title></head><body><h1>Just a moment...</h1></body></html>';
const html = { 'content-type': 'text/html; charset=UTF-8' };
const json = { 'content-type': 'application/json' };

const responses: Record<'html' | 'html200' | 'brokenJson' | 'empty', SimulatedResponse> = {
  html: { status: 403, headers: html, body: challenge },
  html200: { status: 200, headers: html, body: challenge },
  brokenJson: { status: 200, headers: json, body: '{"access_token": "trunc' },
  empty: { status: 200, headers: json, body: '' },
};

export class Faults {
  #waiting: { route: FaultRoute; times: number; fault: Fault }[] = [];

  add({ route, times = 1, fault }: FaultOrder): void {
    this.#waiting.push({ route, times, fault });
  }

  take(route: FaultRoute | undefined): Fault | undefined {
    const order = this.#waiting.find(each => each.route === route);
    if (!order) return undefined;
    order.times -= 1;
    this.#waiting = this.#waiting.filter(({ times }) => times > 0);
    return order.fault;
  }

  clear(): void {
    this.#waiting = [];
  }
}

/** Responds with the fault. @returns whether the request is still processed, and its response then spoiled */
export function respondWith(fault: Fault, service: ServiceName, response: ServerResponse): boolean {
  const { socket } = response.req;
  const end = response.end.bind(response);
  const reset = (): void => {
    socket.resetAndDestroy();
  };
  switch (fault) {
    case 'drop':
      reset();
      return false;
    case 'hang':
      return false;
    case 'responseLost':
      spoil(response, reset);
      return true;
    case 'truncated':
      spoil(response, (body, write) => {
        write(body.subarray(0, Math.floor(body.length / 2)), reset);
      });
      return true;
    case 'cutShort':
      spoil(response, body => {
        response.setHeader('content-length', Math.floor(body.length / 2));
        end(body.subarray(0, Math.floor(body.length / 2)));
      });
      return true;
    case 'pending':
    case 'slowDown':
    case 'denied':
    case 'expired':
    case 'disabled':
      send(response, deviceResponse(fault, service));
      return false;
    case 'html':
    case 'html200':
    case 'brokenJson':
    case 'empty':
      send(response, responses[fault]);
      return false;
    default:
      send(response, 'code' in fault ? refusalResponse(fault) : 'retryAfterSeconds' in fault ? busyResponse(fault) : fault);
      return false;
  }
}

function refusalResponse({ code, shape = 'object', status = badRequests.has(code) ? 400 : 401 }: Refusal): SimulatedResponse {
  return { status, body: shapes[shape](code, `Refused by order: ${code}.`) };
}

const badRequests: ReadonlySet<RefusalCode> = new Set(['invalid_grant', 'unknown_parameter']);

const shapes: Record<ErrorShape, (code: string, message: string) => Record<string, unknown>> = {
  object: (code, message) => ({ error: { message, type: 'invalid_request_error', param: null, code } }),
  string: (code, message) => ({ error: code, error_description: message }),
  flat: (code, message) => ({ code, message }),
};

function busyResponse({ retryAfterSeconds, as, status = 429 }: Busy): SimulatedResponse {
  const until = new Date(Date.now() + retryAfterSeconds * 1000).toUTCString();
  const headers = { 'retry-after': as === 'date' ? until : String(retryAfterSeconds) };
  return { status, headers, body: shapes.object('rate_limit_exceeded', 'Too many requests. Try again later.') };
}

function send(response: ServerResponse, { status, body, headers }: SimulatedResponse): void {
  const text = typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(body);
  response.writeHead(status, { ...(typeof body === 'object' ? json : {}), ...headers }).end(text);
}

type Write = (part: Buffer, sent: () => void) => void;

/** Lets the request be processed, but passes the body of the response to `finish` instead of the network. */
function spoil(response: ServerResponse, finish: (body: Buffer, write: Write) => void): void {
  const write = response.write.bind(response);
  const parts: Buffer[] = [];
  const keep = (part: unknown): void => {
    if (typeof part === 'string' || part instanceof Uint8Array) parts.push(Buffer.from(part as string));
  };
  Object.assign(response, {
    write: (part: unknown) => {
      keep(part);
      return true;
    },
    end: (part?: unknown) => {
      keep(part);
      finish(Buffer.concat(parts), (bytes, sent) => write(bytes, sent));
      return response;
    },
  });
}
