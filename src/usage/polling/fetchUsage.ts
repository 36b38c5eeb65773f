import type { AnyAccount } from '../../accounts/account.ts';
import type { AccountSource } from '../../accounts/accountSource.ts';
import type { Naming } from '../../accounts/store/accountStore.ts';
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { Http, HttpAnswer } from '../../base/http.ts';
import { readString } from '../../base/json.ts';
import { isRecord } from '../../base/json.ts';
import type { Failure } from './classifyResponse.ts';
import { judge, judgeError } from './classifyResponse.ts';
import { decodeResetCredits, decodeUsage } from '../decode/usage.ts';
import type { UsageSnapshot } from '../snapshot.ts';

const limit = 15_000;
const detailsLimit = 4_000;

export interface ReaderOptions {
  readonly accounts: Pick<AccountSource, 'usable' | 'rename'>;
  readonly http: Http;
  readonly clock: Clock;
  readonly log: Log;
  readonly flowId: string;
  /** Whether to ask also when saved resets lapse, where there are any. */
  readonly details: boolean;
}

/** Asks the service what is left of an account's plan. Never throws. */
export async function readUsage(hash: string, options: ReaderOptions): Promise<UsageSnapshot | Failure> {
  const { accounts, clock, log, flowId } = options;
  try {
    let account = await accounts.usable(hash, { flowId });
    let answer = await ask(account, 'usage', options);
    let verdict = judge(answer, clock.now());
    if (verdict.kind === 'tokenRefused' || verdict.kind === 'sessionEnded') {
      // Once: a token that is refused again is no fault of its age. A session that is over ends in custody, for every window.
      account = await accounts.usable(hash, { flowId, refused: account });
      answer = await ask(account, 'usage', options);
      verdict = judge(answer, clock.now());
    }
    if (verdict.kind === 'tokenRefused') return refused(account);
    if (verdict.kind !== 'answered') return verdict;
    const snapshot = isFor(account, verdict.body) ? decodeUsage(verdict.body, answeredAt(answer, clock)) : undefined;
    if (!snapshot) return { kind: 'outage', code: 'answerNotUnderstood' };
    await accounts.rename(account, namingIn(verdict.body));
    return options.details && snapshot.resetCredits?.available ? await withDetails(snapshot, account, options) : snapshot;
  } catch (error) {
    log.error('usage was not read', error, { flow: flowId });
    return judgeError(error);
  }
}

/** Signing in here helps with a session of our own alone. */
function refused({ from }: AnyAccount): Failure {
  return from === 'codexCli' ? { kind: 'outage', code: 'codexSignedOut' } : { kind: 'sessionEnded', code: 'signedOut' };
}

/** A reply for another account is none. */
function isFor({ identity }: AnyAccount, body: unknown): boolean {
  const repliedFor = isRecord(body) ? readString(body['account_id']) : undefined;
  return repliedFor === undefined || identity.workspaceId === undefined || repliedFor === identity.workspaceId;
}

/** What fails here is only not shown. */
async function withDetails(snapshot: UsageSnapshot, account: AnyAccount, options: ReaderOptions): Promise<UsageSnapshot> {
  try {
    const answer = await ask(account, 'rate-limit-reset-credits', options, detailsLimit);
    const verdict = judge(answer, options.clock.now());
    const resetCredits = verdict.kind === 'answered' ? decodeResetCredits(verdict.body, answeredAt(answer, options.clock)) : undefined;
    return resetCredits ? { ...snapshot, resetCredits } : snapshot;
  } catch {
    return snapshot;
  }
}

function ask(account: AnyAccount, route: string, { http, flowId }: ReaderOptions, within = limit): Promise<HttpAnswer> {
  const { workspaceId, fedramp } = account.identity;
  return http.send(`${account.service.backendUrl ?? ''}/wham/${route}`, {
    method: 'GET',
    headers: {
      authorization: `Bearer ${account.tokens.accessToken}`,
      ...(workspaceId === undefined ? {} : { 'chatgpt-account-id': workspaceId }),
      ...(fedramp ? { 'x-openai-fedramp': 'true' } : {}),
    },
    purpose: route,
    flowId,
    limit: within,
  });
}

function answeredAt({ clockOffset = 0 }: HttpAnswer, clock: Clock): { fetchedAt: number; clockOffset: number } {
  return { fetchedAt: clock.now(), clockOffset };
}

/** Plan and email as the service calls them now: they belong to the account, and to no reading. */
function namingIn(body: unknown): Naming {
  const plan = isRecord(body) ? readString(body['plan_type']) : undefined;
  const email = isRecord(body) ? readString(body['email']) : undefined;
  return { ...(plan === undefined ? {} : { plan }), ...(email === undefined ? {} : { email }) };
}
