import type { ErrorCode } from '../base/errors.ts';
import type { RequestContext } from './tokenRequest.ts';
import type { HttpResponse, HttpRequest } from '../base/http.ts';
import { HttpError, isHtml, readRetryAfter } from '../base/http.ts';
import type { AccountService } from './service.ts';
import type { TokenSet } from './tokenSet.ts';

/** A code that a person enters on a page of the service, on any device. */
export interface DeviceCode {
  /** What the person types: the one secret that is shown. */
  readonly userCode: string;
  /** The page to type it on. */
  readonly verificationUri: string;
  /** What the service knows this attempt by; never shown. */
  readonly deviceCode: string;
  /** Milliseconds between two polls. */
  readonly interval: number;
  /** When the code lapses, in milliseconds since the epoch by this machine's clock. */
  readonly expiresAt: number;
  /** Whether people have to switch device codes on in their settings before they can use one. */
  readonly requiresOptIn: boolean;
}

export type DevicePoll =
  | { readonly kind: 'granted'; readonly tokens: TokenSet }
  | { readonly kind: 'pending' }
  | { readonly kind: 'slowDown' }
  /** Nothing was learnt: the service or the way to it has a passing fault. */
  | { readonly kind: 'fault'; readonly error: ErrorCode; readonly retryAfter?: number }
  | { readonly kind: 'ended'; readonly error: ErrorCode };

/** How a service hands out device codes: RFC 8628 or a way of its own. */
export interface DeviceProtocol {
  /** @throws AppError */
  start(service: AccountService, attempt: RequestContext): Promise<DeviceCode>;
  /** @throws AppError `cancelled`, or what kept granted tokens from being read */
  poll(service: AccountService, code: DeviceCode, attempt: RequestContext): Promise<DevicePoll>;
}

const defaultInterval = 5;
const leastInterval = 1;
const defaultLifetime = 15 * 60;

/** Seconds between polls, from a number or a string; 5 where the service does not say, at least 1. */
export function readInterval(value: unknown): number {
  const seconds = typeof value === 'string' ? Number.parseFloat(value) : value;
  const known = typeof seconds === 'number' && Number.isFinite(seconds);
  return Math.max(leastInterval, known ? seconds : defaultInterval) * 1000;
}

/** Milliseconds that a code lives: what the service says within reason, else fifteen minutes. */
export function readLifetime(milliseconds: number | undefined): number {
  const known = milliseconds !== undefined && Number.isFinite(milliseconds) && milliseconds > 0;
  return Math.min(known ? milliseconds : defaultLifetime * 1000, 24 * 60 * 60_000);
}

/** What a service's word for a refused poll means; `ifDisabled` says how this service has device codes switched off. Words that nobody has seen yet are final too: they are not "pending". */
export function refusalErrorCode(code: string, ifDisabled: ErrorCode): ErrorCode {
  if (/expired/i.test(code)) return 'codeExpired';
  if (/disabled|not_enabled|not_allowed|unauthorized_client/i.test(code)) return ifDisabled;
  return 'codeRefused';
}

/** Sends one poll; a passing fault of the service or of the way to it comes back as one. */
export async function sendPoll(
  url: string,
  request: Pick<HttpRequest, 'headers' | 'body'>,
  attempt: RequestContext,
): Promise<HttpResponse | Extract<DevicePoll, { kind: 'fault' }>> {
  const { http, clock, correlationId, signal } = attempt;
  try {
    const response = await http.send(url, { ...request, method: 'POST', purpose: 'poll', correlationId, ...(signal ? { signal } : {}) });
    const retryAfter = readRetryAfter(response, clock.now());
    if (response.status === 429 || response.status >= 500) {
      return { kind: 'fault', error: 'serviceUnavailable', ...(retryAfter === undefined ? {} : { retryAfter }) };
    }
    return isHtml(response) ? { kind: 'fault', error: 'blocked' } : response;
  } catch (error) {
    if (error instanceof HttpError && error.code !== 'cancelled') return { kind: 'fault', error: error.code };
    throw error;
  }
}
