/** The response to a request for which a test ordered a fault. */

import type { ServerResponse } from 'node:http';
import { nowSeconds } from './clock.ts';
import {
  refusalStatuses,
  type Busy,
  type ErrorShape,
  type Refusal,
  type ResponseFault,
  type SimulatedResponse,
  type UsedUp,
} from './contract.ts';
import { deviceResponse } from './deviceResponses.ts';
import type { ServiceName } from './received.ts';

const challenge =
  '<!DOCTYPE html><html lang="en-US"><head><title>Just a moment...</title></head><body><h1>Just a moment...</h1></body></html>';
const html = { 'content-type': 'text/html; charset=UTF-8' };
const json = { 'content-type': 'application/json' };

const responses: Record<'html' | 'html200' | 'html401' | 'brokenJson' | 'empty', SimulatedResponse> = {
  html: { status: 403, headers: html, body: challenge },
  html200: { status: 200, headers: html, body: challenge },
  html401: { status: 401, headers: html, body: challenge },
  brokenJson: { status: 200, headers: json, body: '{"access_token": "trunc' },
  empty: { status: 200, headers: json, body: '' },
};

/** Responds with the fault. @returns whether the request is still processed, and its response then spoiled */
export function respondWith(fault: ResponseFault, service: ServiceName, response: ServerResponse): boolean {
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
    case 'html401':
    case 'brokenJson':
    case 'empty':
      send(response, responses[fault]);
      return false;
    default:
      send(response, orderedResponse(fault));
      return false;
  }
}

function orderedResponse(fault: SimulatedResponse | Refusal | Busy | UsedUp): SimulatedResponse {
  if ('code' in fault) return refusalResponse(fault);
  if ('retryAfterSeconds' in fault) return busyResponse(fault);
  return 'usedUpForSeconds' in fault ? usedUpResponse(fault) : fault;
}

function usedUpResponse({ usedUpForSeconds: seconds }: UsedUp): SimulatedResponse {
  const reset = seconds === null ? {} : { resets_at: nowSeconds() + seconds, resets_in_seconds: seconds };
  return { status: 429, body: { error: { type: 'usage_limit_reached', message: 'The usage limit has been reached', ...reset } } };
}

function refusalResponse({ code, shape = 'object', status = refusalStatuses[code] }: Refusal): SimulatedResponse {
  return { status, body: shapes[shape](code, `Refused by order: ${code}.`) };
}

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
