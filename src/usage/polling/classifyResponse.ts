/** What the response to a usage request means, or its absence. */
import { defined } from '../../base/defined.ts';
import { day } from '../../base/duration.ts';
import type { ErrorCode } from '../../base/errors.ts';
import { asAppError } from '../../base/errors.ts';
import type { HttpResponse } from '../../base/http.ts';
import { isHtml, readRetryAfter } from '../../base/http.ts';
import { isRecord, parseJson, readString } from '../../base/json.ts';

/**
 * - `sessionEnded`: the service says that the session is over; only a sign-in helps
 * - `accountInactive`: the service has closed the account; no further request is sent, and nothing of it stays on screen
 * - `workspaceInactive`: the workspace is gone, says a response that is known to flap; see `isConfirmed`
 * - `forbidden`: this workspace, plan or policy may not ask
 * - `tooMany`: OpenAI received too many requests
 * - `challenge`: a page that checks for a browser stands in the way
 * - `outage`: an error of the service, no such route, or a response that is none of usage
 * - `unreachable`: no response at all; the network or this computer
 *
 * All but the first two leave the last reading where it is, with its age, and the person signed in.
 */
export type FailureKind =
  'sessionEnded' | 'accountInactive' | 'workspaceInactive' | 'forbidden' | 'tooMany' | 'challenge' | 'outage' | 'unreachable';

export interface Failure {
  readonly kind: FailureKind;
  /** The message for the person where the kind has none of its own. */
  readonly code: ErrorCode;
  /** Milliseconds that the service asks to wait. */
  readonly wait?: number;
}

/** - `tokenRefused`: the access token is not accepted; it may only have expired */
export type ResponseOutcome = { readonly kind: 'answered'; readonly body: unknown } | { readonly kind: 'tokenRefused' } | Failure;

/** No response may stop the requests for longer than this. */
const longestWait = day;
const challengeWords = /just a moment|attention required/i;
const revoked = new Set(['token_revoked', 'token_invalidated']);
const revokedWords = /invalidated oauth token|token has been (invalidated|revoked)/i;
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
  if ((status === 401 || status === 403) && (code === deactivated || deactivatedWords.test(message))) {
    return { kind: 'accountInactive', code: 'refused' };
  }
  switch (status) {
    case 200:
      return isRecord(body) ? { kind: 'answered', body } : { kind: 'outage', code: 'answerNotUnderstood' };
    case 401:
      return revoked.has(code) || revokedWords.test(message) ? { kind: 'sessionEnded', code: 'signedOut' } : { kind: 'tokenRefused' };
    case 402:
      return code === 'deactivated_workspace' ? { kind: 'workspaceInactive', code: 'refused' } : { kind: 'outage', code: 'refused' };
    case 403:
      // Without a body it is a route that went away, not a verdict.
      return isRecord(body) ? { kind: 'forbidden', code: 'refused' } : { kind: 'outage', code: 'refused' };
    case 407:
      return { kind: 'unreachable', code: 'proxyFailed' };
    default:
      return { kind: 'outage', code: status >= 500 || status === 404 ? 'serviceUnavailable' : 'answerNotUnderstood', ...wait };
  }
}

/** What prevented a response: the network, or an account without a session. */
export function classifyError(error: unknown): Failure {
  const { code } = asAppError(error);
  if (code === 'signedOut') return { kind: 'sessionEnded', code };
  return { kind: code === 'answerNotUnderstood' || code === 'serviceUnavailable' ? 'outage' : 'unreachable', code };
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

/** The error's word, which the service puts in `error.code`, `detail.code`, `detail` or `code`, and its text. */
function readError(body: unknown): { code: string; message: string } {
  const root = isRecord(body) ? body : {};
  const inner = [root['error'], root['detail'], root].find(isRecord) ?? root;
  const message = [inner['message'], root['detail'], root['error']].map(readString).find(text => text !== undefined);
  return { code: (readString(inner['code']) ?? '').toLowerCase(), message: message ?? '' };
}
