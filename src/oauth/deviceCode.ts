import { defined } from '../base/defined.ts';
import { day, minute, second } from '../base/duration.ts';
import type { ErrorCode } from '../base/errors.ts';
import { AppError } from '../base/errors.ts';
import { refusalOf } from '../base/refusal.ts';
import type { HttpRequest, HttpResponse } from '../base/http.ts';
import { HttpError } from '../base/http.ts';
import { isHtml, readRetryAfter, responseError } from '../base/httpResponse.ts';
import type { RequestContext } from './requestContext.ts';
import type { TokenSet } from './tokenSet.ts';

/** A device authorization (RFC 8628, 3.2): a code that a person enters on a page of the service, on any device. */
export interface DeviceCode {
  /** The code that the person types: the one secret that is shown. */
  readonly userCode: string;
  /** The page to type it on. */
  readonly verificationUri: string;
  /** Names this authorization at the service; never shown. */
  readonly deviceCode: string;
  /** Milliseconds between two polls. */
  readonly interval: number;
  /** How long the code is valid, in milliseconds from its response on. */
  readonly lifetime: number;
  /** Whether a person has to allow device codes in the service's settings first. */
  readonly requiresOptIn: boolean;
}

export type DevicePoll =
  | { readonly kind: 'granted'; readonly tokens: TokenSet }
  | { readonly kind: 'pending' }
  | { readonly kind: 'slowDown' }
  /** A temporary fault of the service or the network. */
  | { readonly kind: 'fault'; readonly error: AppError; readonly retryAfter?: number }
  | { readonly kind: 'ended'; readonly error: AppError };

const defaultInterval = 5 * second;
const shortestInterval = second;
const defaultLifetime = 15 * minute;
const longestLifetime = day;

/** Milliseconds between polls, from seconds as a number or a string; five seconds where the service sends none (RFC 8628, 3.2). */
export function readInterval(value: unknown): number {
  const seconds = typeof value === 'string' ? Number.parseFloat(value) : value;
  const known = typeof seconds === 'number' && Number.isFinite(seconds);
  return Math.max(shortestInterval, known ? seconds * second : defaultInterval);
}

/** How long a code is valid: what the service says, up to a day; fifteen minutes where it says nothing. */
export function readLifetime(milliseconds: number | undefined): number {
  const known = milliseconds !== undefined && Number.isFinite(milliseconds) && milliseconds > 0;
  return Math.min(known ? milliseconds : defaultLifetime, longestLifetime);
}

/**
 * Why a service issued no device code, or no tokens for one. A code that is none of these is no verdict on the device code; the error
 * carries it.
 * @param code the service's, without the codes that ask for more polls
 * @param ifDisabled the error where device codes are switched off, which differs between services
 */
export function deviceCodeError(response: HttpResponse, code: string | undefined, ifDisabled: ErrorCode): AppError {
  const refusal = refusalOf('deviceCode', code);
  const isFinal = response.status < 500 && response.status !== 429 && !isHtml(response);
  if (isFinal && code !== undefined) {
    if (/^expired_token$|(device|code).*_expired$/i.test(code)) return new AppError('codeExpired', { refusal });
    if (/^unauthorized_client$|device.*_(disabled|not_enabled|not_allowed)$/i.test(code)) return new AppError(ifDisabled, { refusal });
    if (/^access_denied$|device.*_(denied|declined)$/i.test(code)) return new AppError('codeRefused', { refusal });
  }
  return responseError(response, 'deviceCode', code);
}

/** @returns a temporary fault of the service or the network as a `fault` */
export async function sendPoll(
  url: string,
  request: Pick<HttpRequest, 'headers' | 'body'>,
  context: RequestContext,
): Promise<HttpResponse | Extract<DevicePoll, { kind: 'fault' }>> {
  const { http, clock, correlationId, signal } = context;
  try {
    const response = await http.send(url, { ...request, method: 'POST', purpose: 'poll', correlationId, ...defined({ signal }) });
    const retryAfter = readRetryAfter(response, clock.now());
    if (response.status === 429 || response.status >= 500) {
      return { kind: 'fault', error: responseError(response, 'deviceCode', undefined), ...defined({ retryAfter }) };
    }
    return isHtml(response) ? { kind: 'fault', error: responseError(response, 'deviceCode', undefined) } : response;
  } catch (error) {
    if (error instanceof HttpError && error.code !== 'cancelled') return { kind: 'fault', error };
    throw error;
  }
}
