import type { Clock } from '../base/clock.ts';
import { defined } from '../base/defined.ts';
import { minute } from '../base/duration.ts';
import { AppError } from '../base/errors.ts';
import type { Http, HttpResponse } from '../base/http.ts';
import { HttpError, isHtml, readRetryAfter, statusErrorCode } from '../base/http.ts';
import { isRecord, parseJson, readString } from '../base/json.ts';
import type { AccountService } from './service.ts';
import { protocolOf } from './services/index.ts';
import type { TokenSet } from './tokenSet.ts';
import { readTokenResponse } from './tokenSet.ts';

/**
 * What came of presenting a refresh token, which is single-use, and what it is worth afterwards:
 * - `rotated`: spent; these are its successors
 * - `ended`: the service said that the session is over
 * - `unsent`: unspent; the request never left this machine
 * - `refused`: unspent; the service does not take it now and may later; `retryAfter` in milliseconds
 * - `unexplained`: a 401 without a readable code: the session is over, or something between here and the service replied
 * - `unknown`: perhaps spent
 */
export type RefreshOutcome =
  | { readonly kind: 'rotated'; readonly tokens: TokenSet }
  | { readonly kind: 'ended'; readonly reason: string }
  | { readonly kind: 'refused'; readonly error: AppError; readonly retryAfter?: number }
  | { readonly kind: 'unsent'; readonly error: AppError }
  | { readonly kind: 'unexplained'; readonly error: AppError }
  | { readonly kind: 'unknown'; readonly error: AppError };

const finalErrors = new Set([
  'refresh_token_expired',
  'refresh_token_reused',
  'refresh_token_invalidated',
  'invalid_refresh_token',
  'invalid_grant',
  'app_session_terminated',
  'token_expired',
]);

export const refreshTimeout = minute;

/** Presents the refresh token once. Written by hand: no library says whether a request that failed has left this machine. */
export async function refresh(
  service: AccountService,
  tokens: TokenSet,
  options: { http: Http; clock: Clock; correlationId: string },
): Promise<RefreshOutcome> {
  let response: HttpResponse;
  try {
    response = await options.http.send(service.endpoints.token, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        grant_type: 'refresh_token',
        client_id: service.clientId,
        refresh_token: tokens.refreshToken,
      }).toString(),
      purpose: 'refresh',
      correlationId: options.correlationId,
      timeout: refreshTimeout,
    });
  } catch (error) {
    if (error instanceof HttpError) return { kind: error.sent ? 'unknown' : 'unsent', error };
    throw error;
  }
  return classify(service, tokens, response, options.clock.now());
}

function classify(service: AccountService, tokens: TokenSet, response: HttpResponse, now: number): RefreshOutcome {
  const body = parseJson(response.text);
  if (response.status === 200) {
    const hasToken = isRecord(body) && (readString(body['access_token']) ?? readString(body['refresh_token']));
    const rotated = hasToken ? readTokenResponse(body, now, response.clockOffset, tokens) : undefined;
    return rotated ? { kind: 'rotated', tokens: rotated } : { kind: 'unknown', error: new AppError(statusErrorCode(response)) };
  }
  const code = protocolOf(service).readErrorCode(body)?.toLowerCase();
  if (code !== undefined && finalErrors.has(code) && response.status < 500) return { kind: 'ended', reason: code };
  const error = new AppError(statusErrorCode(response));
  if (response.status === 401 && code === undefined) return { kind: 'unexplained', error };
  // A service that is rate limiting has not taken the token, whatever its code.
  const isRefusal = response.status === 429 || (response.status >= 400 && response.status < 500 && !isHtml(response));
  if (!isRefusal) return { kind: 'unknown', error };
  const retryAfter = readRetryAfter(response, now);
  return { kind: 'refused', error, ...defined({ retryAfter }) };
}
