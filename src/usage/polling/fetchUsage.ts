import type { AccountInfo, Credential, ProfileUpdate } from '../../accounts/account.ts';
import type { Accounts } from '../../accounts/accounts.ts';
import type { UsageEndpoint } from '../../oauth/protocol.ts';
import type { Clock } from '../../base/clock.ts';
import { defined } from '../../base/defined.ts';
import { second } from '../../base/duration.ts';
import type { Log } from '../../base/log.ts';
import type { Http, HttpResponse } from '../../base/http.ts';
import { isRecord, readString } from '../../base/json.ts';
import type { Failure } from './classifyResponse.ts';
import { classifyResponse, classifyError } from './classifyResponse.ts';
import { decodeResetCredits, decodeUsage } from '../decode/usage.ts';
import type { UsageSnapshot } from '../snapshot.ts';

const requestTimeout = 15 * second;
const detailsTimeout = 4 * second;

export interface FetchUsageOptions {
  readonly accounts: Pick<Accounts, 'credential' | 'updateProfile'>;
  readonly http: Http;
  readonly clock: Clock;
  readonly log: Log;
  readonly correlationId: string;
  /** Whether to ask also when saved resets lapse, where there are any. */
  readonly details: boolean;
}

/** Asks the service what is left of an account's plan. Never throws. */
export async function fetchUsage(account: AccountInfo, usage: UsageEndpoint, options: FetchUsageOptions): Promise<UsageSnapshot | Failure> {
  const { accounts, clock, log, correlationId } = options;
  try {
    let credential = await accounts.credential(account, { correlationId });
    let response = await ask(credential, usage.url, 'usage', options);
    let verdict = classifyResponse(response, clock.now());
    if (verdict.kind === 'tokenRefused' || verdict.kind === 'sessionEnded') {
      // Once: a token that is refused again is no fault of its age. A session that is over ends in custody, for every window.
      credential = await accounts.credential(account, { correlationId, refused: credential.tokenSetId });
      response = await ask(credential, usage.url, 'usage', options);
      verdict = classifyResponse(response, clock.now());
    }
    if (verdict.kind === 'tokenRefused') return refused(credential);
    if (verdict.kind !== 'answered') return verdict;
    const snapshot = isFor(credential, verdict.body) ? decodeUsage(verdict.body, receivedAt(response, clock)) : undefined;
    if (!snapshot) return { kind: 'outage', code: 'answerNotUnderstood' };
    await accounts.updateProfile(credential.account, namingIn(verdict.body));
    return options.details && snapshot.resetCredits?.available ? await withDetails(snapshot, credential, usage.url, options) : snapshot;
  } catch (error) {
    log.error('usage was not read', error, { flow: correlationId });
    return classifyError(error);
  }
}

/** Signing in here helps only with a session that was signed in here. */
function refused({ refusedCode: code }: Credential): Failure {
  return { kind: code === 'signedOut' ? 'sessionEnded' : 'outage', code };
}

/** A reply for another account is none. */
function isFor({ account: { identity } }: Credential, body: unknown): boolean {
  const repliedFor = isRecord(body) ? readString(body['account_id']) : undefined;
  return repliedFor === undefined || identity.workspaceId === undefined || repliedFor === identity.workspaceId;
}

/** What fails here is only not shown. */
async function withDetails(
  snapshot: UsageSnapshot,
  credential: Credential,
  url: string,
  options: FetchUsageOptions,
): Promise<UsageSnapshot> {
  try {
    const response = await ask(credential, url, 'rate-limit-reset-credits', options, detailsTimeout);
    const verdict = classifyResponse(response, options.clock.now());
    const resetCredits = verdict.kind === 'answered' ? decodeResetCredits(verdict.body, receivedAt(response, options.clock)) : undefined;
    return resetCredits ? { ...snapshot, resetCredits } : snapshot;
  } catch {
    return snapshot;
  }
}

function ask(
  { account, accessToken }: Credential,
  url: string,
  route: string,
  { http, correlationId }: FetchUsageOptions,
  within = requestTimeout,
): Promise<HttpResponse> {
  const { workspaceId, fedramp } = account.identity;
  return http.send(`${url}/wham/${route}`, {
    method: 'GET',
    headers: {
      authorization: `Bearer ${accessToken}`,
      ...defined({ 'chatgpt-account-id': workspaceId }),
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
  return defined({ plan, email });
}
