import { dialectOf } from './services/index.ts';
import { SignInError } from '../base/errors.ts';
import type { Clock } from '../base/clock.ts';
import type { Http, HttpAnswer } from '../base/http.ts';
import { explainStatus, HttpError, isPage, readRetryAfter } from '../base/http.ts';
import { parseJson } from '../base/json.ts';
import type { AccountService } from './service.ts';
import { readTokens } from './tokenAnswer.ts';
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
  | { readonly kind: 'refused'; readonly error: SignInError; readonly retryAfter?: number }
  | { readonly kind: 'unsent'; readonly error: SignInError }
  | { readonly kind: 'unexplained'; readonly error: SignInError }
  | { readonly kind: 'unknown'; readonly error: SignInError };

const final = new Set([
  'refresh_token_expired',
  'refresh_token_reused',
  'refresh_token_invalidated',
  'invalid_refresh_token',
  'invalid_grant',
  'app_session_terminated',
  'token_expired',
]);

/** Milliseconds after which an answer is not waited for any longer. */
export const refreshLimit = 60_000;

/** Presents the refresh token once. */
export async function refresh(
  service: AccountService,
  tokens: TokenSet,
  options: { http: Http; clock: Clock; flowId: string },
): Promise<RefreshOutcome> {
  let answer: HttpAnswer;
  try {
    answer = await options.http.send(service.endpoints.token, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        grant_type: 'refresh_token',
        client_id: service.clientId,
        refresh_token: tokens.refreshToken,
      }).toString(),
      purpose: 'refresh',
      flowId: options.flowId,
      limit: refreshLimit,
    });
  } catch (error) {
    if (error instanceof HttpError) return { kind: error.sent ? 'unknown' : 'unsent', error };
    throw error;
  }
  return classify(service, tokens, answer, options.clock.now());
}

function classify(service: AccountService, tokens: TokenSet, answer: HttpAnswer, now: number): RefreshOutcome {
  const body = parseJson(answer.text);
  if (answer.status === 200) {
    const hasToken = isRecord(body) && (readString(body['access_token']) ?? readString(body['refresh_token']));
    const rotated = hasToken ? readTokens(body, now, answer.clockOffset, tokens) : undefined;
    return rotated ? { kind: 'rotated', tokens: rotated } : { kind: 'unknown', error: new SignInError(explainStatus(answer)) };
  }
  const code = dialectOf(service).readErrorCode(body)?.toLowerCase();
  if (code !== undefined && final.has(code) && answer.status < 500) return { kind: 'ended', reason: code };
  const error = new SignInError(explainStatus(answer));
  if (answer.status === 401 && code === undefined) return { kind: 'unexplained', error };
  // A service that asks to wait has not taken the token, whatever its words.
  const isRefusal = answer.status === 429 || (answer.status >= 400 && answer.status < 500 && !isPage(answer));
  if (!isRefusal) return { kind: 'unknown', error };
  const retryAfter = readRetryAfter(answer, now);
  return { kind: 'refused', error, ...(retryAfter === undefined ? {} : { retryAfter }) };
}
