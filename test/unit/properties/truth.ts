/** When each error is true: what has to have happened so that its message may be said. */
import type { ErrorCode } from '../../../src/base/errors.ts';
import type { Failure } from '../../../src/usage/polling/classifyResponse.ts';
import type { Exchange } from './machine.ts';
import type { FailureCode, Reply } from './replies.ts';
import { huge, isPage, wordIn } from './replies.ts';

export interface Seen {
  /** Of this act. */
  readonly exchanges: readonly Exchange[];
  /** Of the account since its sign-in: while a refresh has to wait, the last reply is still the reason. */
  readonly refreshes: readonly Exchange[];
  readonly isExpired: boolean;
  readonly isSignedIn: boolean;
}

type Given = Extract<Reply, { kind: 'response' }>;

const failureOf = (...codes: readonly FailureCode[]) => anyReply(reply => reply.kind === 'failure' && codes.includes(reply.code));
const response = (test: (given: Given) => boolean) => anyReply(reply => reply.kind === 'response' && test(reply));
const word = (...words: readonly string[]) => response(({ body }) => words.includes(wordIn(body) ?? ''));

function anyReply(test: (reply: Reply) => boolean): (seen: Seen) => boolean {
  // A wait that an earlier reply asked for has the reason of that reply.
  return ({ exchanges, refreshes }) => [...exchanges, ...refreshes.slice(-1)].some(({ reply }) => test(reply));
}

const or =
  (...conditions: readonly ((seen: Seen) => boolean)[]) =>
  (seen: Seen) =>
    conditions.some(condition => condition(seen));

/** While a refresh that failed has to be waited out, none is made. */
const hasToWait = ({ exchanges, refreshes }: Seen) => exchanges.every(({ route }) => route !== 'refresh') && refreshes.length > 0;

const unreadable = anyReply(
  reply => reply.kind === 'cut' || reply.kind === 'good' || (reply.kind === 'response' && reply.status < 400) || isHuge(reply),
);

function isHuge(reply: Reply): boolean {
  return reply.kind === 'response' && reply.body === huge;
}

const conditions: Partial<Record<ErrorCode, (seen: Seen) => boolean>> = {
  signedOut: ({ isExpired, isSignedIn }) => isExpired || !isSignedIn,
  serviceUnavailable: or(
    response(({ status }) => status === 429 || status >= 500 || status === 404),
    hasToWait,
  ),
  blocked: response(isPage),
  refused: response(given => given.status >= 400 && given.status < 500 && !isPage(given)),
  answerNotUnderstood: or(
    unreadable,
    response(({ status }) => status >= 400),
  ),
  identityInvalid: anyReply(reply => reply.kind === 'good' && reply.claims !== 'same'),
  offline: failureOf('ECONNREFUSED', 'ECONNRESET', 'UND_ERR_SOCKET'),
  nameNotResolved: failureOf('ENOTFOUND'),
  certificateNotTrusted: failureOf('SELF_SIGNED_CERT_IN_CHAIN'),
  clockWrong: failureOf('CERT_HAS_EXPIRED'),
  proxyFailed: response(({ status }) => status === 407),
};

/** Whether the message of this error is true after this. An error without a condition is never true here. */
export function isTrue(code: ErrorCode, seen: Seen): boolean {
  return conditions[code]?.(seen) ?? false;
}

const kinds: Record<Failure['kind'], (seen: Seen) => boolean> = {
  accountInactive: or(
    word('account_deactivated'),
    response(({ body }) => body.includes('account has been deactivated')),
  ),
  workspaceInactive: word('deactivated_workspace'),
  forbidden: response(({ status }) => status === 403 || status === 401),
  tooMany: response(({ status }) => status === 429),
  challenge: response(given => isPage(given)),
  outage: () => true,
  unreachable: () => true,
};

/** Whether what is said of a reading that failed is true after this. */
export function isUsageFailureTrue({ kind, code }: Failure, seen: Seen): boolean {
  return kinds[kind](seen) && (kind === 'accountInactive' || kind === 'workspaceInactive' || isTrue(code, seen));
}
