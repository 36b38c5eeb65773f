import { protocolOf } from './services/index.ts';
import { AppError } from '../base/errors.ts';
import type { Clock } from '../base/clock.ts';
import type { Http, HttpResponse } from '../base/http.ts';
import { statusErrorCode, HttpError, isHtml, readRetryAfter } from '../base/http.ts';
import { parseJson } from '../base/json.ts';
import type { AccountService } from './service.ts';
import { readTokenResponse } from './tokenAnswer.ts';
import type { TokenSet } from './tokenSet.ts';
import { readString } from '../base/json.ts';
import { isRecord } from '../base/json.ts';

/**
 * What presenting a refresh token once came to. It is single-use, so what matters is what became of it:
 * - `rotated`: it is spent, and these are its successors
 * - `ended`: the service's own word that the session is over
 * - `unsent`: it never left this machine
 * - `refused`: the service did not take it now, and may later; `retryAfter` is in milliseconds
 * - `unexplained`: a 401 without a code that can be read: the end of the session, or something on the way to the service
 * - `unknown`: perhaps it is spent
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

/** Milliseconds after which an answer is not waited for any longer. */
export const refreshTimeout = 60_000;

/** Presents the refresh token once. */
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
  // A service that asks to wait has not taken the token, whatever its words.
  const isRefusal = response.status === 429 || (response.status >= 400 && response.status < 500 && !isHtml(response));
  if (!isRefusal) return { kind: 'unknown', error };
  const retryAfter = readRetryAfter(response, now);
  return { kind: 'refused', error, ...(retryAfter === undefined ? {} : { retryAfter }) };
}
