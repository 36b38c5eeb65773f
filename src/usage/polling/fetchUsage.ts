import type { AccountInfo } from '../../accounts/account.ts';
import type { AccountSource } from '../../accounts/accountSource.ts';
import type { ProfileUpdate } from '../../accounts/store/accountStore.ts';
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { Http, HttpResponse } from '../../base/http.ts';
import { readString } from '../../base/json.ts';
import { isRecord } from '../../base/json.ts';
import type { Failure } from './classifyResponse.ts';
import { classifyResponse, classifyError } from './classifyResponse.ts';
import { decodeResetCredits, decodeUsage } from '../decode/usage.ts';
import type { UsageSnapshot } from '../snapshot.ts';

const requestTimeout = 15_000;
const detailsTimeout = 4_000;

export interface FetchUsageOptions {
  readonly accounts: Pick<AccountSource, 'credential' | 'updateProfile'>;
  readonly http: Http;
  readonly clock: Clock;
  readonly log: Log;
  readonly correlationId: string;
  /** Whether to ask also when saved resets lapse, where there are any. */
  readonly details: boolean;
}

/** Asks the service what is left of an account's plan. Never throws. */
export async function fetchUsage(hash: string, options: FetchUsageOptions): Promise<UsageSnapshot | Failure> {
  const { accounts, clock, log, correlationId } = options;
  try {
    let account = await accounts.credential(hash, { correlationId });
    let response = await ask(account, 'usage', options);
    let verdict = classifyResponse(response, clock.now());
    if (verdict.kind === 'tokenRefused' || verdict.kind === 'sessionEnded') {
      // Once: a token that is refused again is no fault of its age. A session that is over ends in custody, for every window.
      account = await accounts.credential(hash, { correlationId, refused: account });
      response = await ask(account, 'usage', options);
      verdict = classifyResponse(response, clock.now());
    }
    if (verdict.kind === 'tokenRefused') return refused(account);
    if (verdict.kind !== 'answered') return verdict;
    const snapshot = isFor(account, verdict.body) ? decodeUsage(verdict.body, receivedAt(response, clock)) : undefined;
    if (!snapshot) return { kind: 'outage', code: 'answerNotUnderstood' };
    await accounts.updateProfile(account, namingIn(verdict.body));
    return options.details && snapshot.resetCredits?.available ? await withDetails(snapshot, account, options) : snapshot;
  } catch (error) {
    log.error('usage was not read', error, { flow: correlationId });
    return classifyError(error);
  }
}

/** Signing in here helps with a session of our own alone. */
function refused({ source: from }: AccountInfo): Failure {
  return from === 'codexCli' ? { kind: 'outage', code: 'codexSignedOut' } : { kind: 'sessionEnded', code: 'signedOut' };
}

/** A reply for another account is none. */
function isFor({ identity }: AccountInfo, body: unknown): boolean {
  const repliedFor = isRecord(body) ? readString(body['account_id']) : undefined;
  return repliedFor === undefined || identity.workspaceId === undefined || repliedFor === identity.workspaceId;
}

/** What fails here is only not shown. */
async function withDetails(snapshot: UsageSnapshot, account: AccountInfo, options: FetchUsageOptions): Promise<UsageSnapshot> {
  try {
    const response = await ask(account, 'rate-limit-reset-credits', options, detailsTimeout);
    const verdict = classifyResponse(response, options.clock.now());
    const resetCredits = verdict.kind === 'answered' ? decodeResetCredits(verdict.body, receivedAt(response, options.clock)) : undefined;
    return resetCredits ? { ...snapshot, resetCredits } : snapshot;
  } catch {
    return snapshot;
  }
}

function ask(
  account: AccountInfo,
  route: string,
  { http, correlationId }: FetchUsageOptions,
  within = requestTimeout,
): Promise<HttpResponse> {
  const { workspaceId, fedramp } = account.identity;
  return http.send(`${account.service.backendUrl ?? ''}/wham/${route}`, {
    method: 'GET',
    headers: {
      authorization: `Bearer ${account.tokens.accessToken}`,
      ...(workspaceId === undefined ? {} : { 'chatgpt-account-id': workspaceId }),
      ...(fedramp ? { 'x-openai-fedramp': 'true' } : {}),
    },
    purpose: route,
    correlationId,
    timeout: within,
  });
}

function receivedAt({ clockOffset = 0 }: HttpResponse, clock: Clock): { fetchedAt: number; clockOffset: number } {
  return { fetchedAt: clock.now(), clockOffset };
}

/** Plan and email as the service calls them now: they belong to the account, and to no reading. */
function namingIn(body: unknown): ProfileUpdate {
  const plan = isRecord(body) ? readString(body['plan_type']) : undefined;
  const email = isRecord(body) ? readString(body['email']) : undefined;
  return { ...(plan === undefined ? {} : { plan }), ...(email === undefined ? {} : { email }) };
}
