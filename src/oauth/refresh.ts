import type { Clock } from '../base/clock.ts';
import { defined } from '../base/defined.ts';
import { minute } from '../base/duration.ts';
import { AppError } from '../base/errors.ts';
import type { Http, HttpResponse } from '../base/http.ts';
import { HttpError } from '../base/http.ts';
import { isHtml, readRetryAfter, responseError } from '../base/httpResponse.ts';
import { isRecord, parseJson, readString } from '../base/json.ts';
import type { AccountService } from './service.ts';
import { protocolOf } from './services/index.ts';
import type { TokenSet } from './tokenSet.ts';
import { readTokenResponse } from './tokenResponse.ts';

/**
 * What came of presenting a refresh token, which is single-use, and what it is worth afterwards:
 * - `rotated`: spent; these are its successors
 * - `ended`: the service said that the session is over
 * - `unsent`: unspent; the request never left this machine
 * - `refused`: unspent; the service does not take it now and may later; `retryAfter` in milliseconds, `clockOffset` as
 *   in `HttpResponse`. `mayBeFinal` says that this version cannot tell whether the reason passes: it does not know the code in `error`, or
 *   a 401 has none
 * - `unknown`: perhaps spent; a page is always that, because no service speaks of a token in one
 */
export type RefreshOutcome =
  | { readonly kind: 'rotated'; readonly tokens: TokenSet }
  | { readonly kind: 'ended'; readonly reason: string }
  | {
      readonly kind: 'refused';
      readonly error: AppError;
      readonly retryAfter?: number;
      readonly clockOffset?: number;
      readonly mayBeFinal: boolean;
    }
  | { readonly kind: 'unsent'; readonly error: AppError }
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

/** About the request, the client or the network: these say nothing of the session, however long they last (RFC 6749, 4.1.2.1 and 5.2). */
const passingErrors = new Set([
  'invalid_request',
  'invalid_client',
  'unauthorized_client',
  'unsupported_grant_type',
  'invalid_scope',
  'unknown_parameter',
  'server_error',
  'temporarily_unavailable',
  'rate_limit_exceeded',
  'unsupported_country_region_territory',
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
  const { status } = response;
  const body = parseJson(response.text);
  if (status === 200) {
    const hasToken = isRecord(body) && (readString(body['access_token']) ?? readString(body['refresh_token']));
    const rotated = hasToken ? readTokenResponse(body, now, response.clockOffset, tokens) : undefined;
    return rotated ? { kind: 'rotated', tokens: rotated } : { kind: 'unknown', error: responseError(response, 'refresh', undefined) };
  }
  const isPage = isHtml(response) || isPlainText(response, body);
  const code = isPage ? undefined : protocolOf(service).readErrorCode(body)?.toLowerCase();
  const error = responseError(response, 'refresh', code);
  if (status < 400 || status >= 500) return { kind: 'unknown', error };
  const { clockOffset } = response;
  const refused = {
    kind: 'refused',
    error,
    mayBeFinal: false,
    ...defined({ retryAfter: readRetryAfter(response, now), clockOffset }),
  } as const;
  // A service that is rate limiting has not taken the token, whatever its code.
  if (status === 429) return refused;
  if (isPage) return { kind: 'unknown', error: isHtml(response) ? error : new AppError('answerNotUnderstood') };
  if (code === undefined) return { ...refused, mayBeFinal: status === 401 };
  if (finalErrors.has(code)) return { kind: 'ended', reason: code };
  const isReadable = error.refusal?.serviceCode !== undefined;
  return { ...refused, mayBeFinal: (status === 401 || status === 403) && isReadable && !passingErrors.has(code) };
}

/** A filter between here and the service may send its page as plain text. */
function isPlainText({ text }: HttpResponse, body: unknown): boolean {
  return body === undefined && text.trim() !== '';
}
