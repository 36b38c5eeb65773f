/** What a response means where it is not the expected one. */
import type { ErrorCode, RefusedRequest } from './errors.ts';
import { AppError } from './errors.ts';
import type { HttpResponse } from './http.ts';
import { refusalOf } from './refusal.ts';

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

/** The same as an error, with what was refused, and the service's code for it. A page states no reason of the service. */
export function responseError(
  response: HttpResponse,
  request: RefusedRequest,
  code: string | undefined,
  options?: { cause?: unknown },
): AppError {
  return new AppError(statusErrorCode(response), { ...options, refusal: refusalOf(request, isHtml(response) ? undefined : code) });
}

/** Milliseconds that a service asks to wait (RFC 9110, 10.2.3: in seconds or as a date); `undefined` where it does not. */
export function readRetryAfter(response: HttpResponse, now: number): number | undefined {
  const value = response.headers.get('retry-after')?.trim() ?? '';
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - (response.clockOffset ?? 0) - now);
}
