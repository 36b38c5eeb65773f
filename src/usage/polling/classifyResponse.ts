/** What the response to a usage request means, or its absence. */
import { defined } from '../../base/defined.ts';
import { day } from '../../base/duration.ts';
import type { TokenSetId } from '../../accounts/account.ts';
import type { ErrorCode, Refusal } from '../../base/errors.ts';
import { asAppError } from '../../base/errors.ts';
import { refusalOf } from '../../base/refusal.ts';
import type { HttpResponse } from '../../base/http.ts';
import { isHtml, readRetryAfter } from '../../base/httpResponse.ts';
import { isRecord, parseJson, readString } from '../../base/json.ts';

/**
 * - `accountInactive`: the service says that it has closed the account; nothing of it stays on screen
 * - `workspaceInactive`: the workspace is gone, says a response that is known to flap; see `isConfirmed`
 * - `forbidden`: the service refuses this request, for its workspace, plan, region or whatever else it states
 * - `tooMany`: OpenAI received too many requests
 * - `challenge`: a page that checks for a browser stands in the way
 * - `outage`: an error of the service, no such route, or a response that is none of usage
 * - `unreachable`: no response at all; the network or this computer
 *
 * Each of them is an obstacle of the request: it may pass, and is tried again. None says anything of the session, which only the token
 * endpoint ends. All but the first leave the last reading where it is, with its age.
 */
export const failureKinds = ['accountInactive', 'workspaceInactive', 'forbidden', 'tooMany', 'challenge', 'outage', 'unreachable'] as const;
export type FailureKind = (typeof failureKinds)[number];

export interface Failure {
  readonly kind: FailureKind;
  /** The message for the person where the kind has none of its own. */
  readonly code: ErrorCode;
  /** What the service stated. */
  readonly refusal?: Refusal;
  /** Milliseconds that the service asks to wait. */
  readonly wait?: number;
  /** The token set that was refused although it had just been refreshed. */
  readonly refusedTokenSet?: TokenSetId;
}

/** - `tokenRefused`: the access token is not accepted; `isExpired` where the service says that this is why */
export type ResponseOutcome =
  { readonly kind: 'answered'; readonly body: unknown } | { readonly kind: 'tokenRefused'; readonly isExpired: boolean } | Failure;

const ofTheService: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['answerNotUnderstood', 'serviceUnavailable', 'refused', 'signedOut']);
/** No response may stop the requests for longer than this. */
const longestWait = day;
const challengeWords = /just a moment|attention required/i;
const expired = 'token_expired';
const deactivated = 'account_deactivated';
const deactivatedWords = /account has been deactivated/i;

/** @param now milliseconds since the epoch, for a `Retry-After` that is a date */
export function classifyResponse(response: HttpResponse, now: number): ResponseOutcome {
  const { status } = response;
  const wait = readWait(response, now);
  if (status === 429) return { kind: 'tooMany', code: 'serviceUnavailable', ...wait };
  // A page is never the service's own word about an account, whatever its status.
  if (isHtml(response)) return classifyHtml(response, wait);
  const body = parseJson(response.text);
  const { code, message } = readError(body);
  const refused = { code: 'refused', refusal: refusalOf('usage', code) } as const;
  if ((status === 401 || status === 403) && (code === deactivated || deactivatedWords.test(message))) {
    return { kind: 'accountInactive', ...refused };
  }
  switch (status) {
    case 200:
      return isRecord(body) ? { kind: 'answered', body } : { kind: 'outage', code: 'answerNotUnderstood' };
    case 401:
      // A refresh helps against age alone. A reason that is stated is another one, and its token is as good as before.
      return code === expired || !hasWords(body === undefined ? response.text : body)
        ? { kind: 'tokenRefused', isExpired: code === expired }
        : { kind: 'forbidden', ...refused, ...wait };
    case 402:
      return { kind: code === 'deactivated_workspace' ? 'workspaceInactive' : 'outage', ...refused };
    case 403:
      // Without a body it is a route that went away, not a verdict.
      return isRecord(body) ? { kind: 'forbidden', ...refused, ...wait } : { kind: 'outage', code: 'refused' };
    case 407:
      return { kind: 'unreachable', code: 'proxyFailed' };
    default:
      return {
        kind: 'outage',
        ...(isRefused(status) ? refused : { code: status < 400 ? 'answerNotUnderstood' : 'serviceUnavailable' }),
        ...wait,
      };
  }
}

/** A 404 is a route that went away. */
function isRefused(status: number): boolean {
  return status >= 400 && status < 500 && status !== 404;
}

/** What prevented a response: the network, or an account without a session, of which its source knows more. */
export function classifyError(error: unknown): Failure {
  const { code, refusal } = asAppError(error);
  return { kind: ofTheService.has(code) ? 'outage' : 'unreachable', code, ...defined({ refusal }) };
}

function classifyHtml({ status, headers, text }: HttpResponse, wait: { wait?: number }): Failure {
  if (status === 407) return { kind: 'unreachable', code: 'proxyFailed' };
  const isChallenge = status === 403 || headers.get('cf-mitigated') === 'challenge' || challengeWords.test(text);
  if (isChallenge) return { kind: 'challenge', code: 'blocked', ...wait };
  return { kind: 'outage', code: status >= 500 || status === 404 ? 'serviceUnavailable' : 'blocked', ...wait };
}

function readWait(response: HttpResponse, now: number): { wait?: number } {
  const wait = readRetryAfter(response, now);
  return defined({ wait: wait && Math.min(wait, longestWait) });
}

/** The error's code, which the service puts in `error.code`, `detail.code`, `detail`, `error` or `code`, and its text. */
function readError(body: unknown): { code: string; message: string } {
  const root = isRecord(body) ? body : {};
  const inner = [root['error'], root['detail'], root].find(isRecord) ?? root;
  const texts = (...values: readonly unknown[]) => values.map(readString).find(text => text !== undefined) ?? '';
  const code = texts(inner['code'], root['code'], root['error'], root['detail']);
  return { code: code.toLowerCase(), message: texts(inner['message'], root['detail'], root['error']) };
}

/** Whether the service says anything that a person could read: not what a code looks like, but that there is a reason. */
function hasWords(body: unknown): boolean {
  if (typeof body === 'string') return /\p{L}/u.test(body);
  return typeof body === 'object' && body !== null && Object.values(body).some(hasWords);
}
