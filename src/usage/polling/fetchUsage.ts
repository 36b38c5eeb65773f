import type { AccountInfo, Credential, ProfileUpdate, TokenSetId } from '../../accounts/account.ts';
import { isSameTokenSet } from '../../accounts/account.ts';
import type { Accounts } from '../../accounts/accounts.ts';
import type { UsageEndpoint } from '../../oauth/protocol.ts';
import type { Clock } from '../../base/clock.ts';
import { defined } from '../../base/defined.ts';
import { second } from '../../base/duration.ts';
import type { Log } from '../../base/log.ts';
import type { Http, HttpResponse } from '../../base/http.ts';
import { isRecord, readString } from '../../base/json.ts';
import { readName } from '../../base/plainText.ts';
import type { Failure } from './classifyResponse.ts';
import { classifyResponse, classifyError } from './classifyResponse.ts';
import { decodeResetCredits, decodeUsage } from '../decode/usage.ts';
import type { UsageSnapshot } from '../snapshot.ts';

const requestTimeout = 15 * second;
const detailsTimeout = 4 * second;

const notTheToken: Failure = { kind: 'forbidden', code: 'refused', refusal: { request: 'usage' } };

export interface FetchUsageOptions {
  readonly accounts: Pick<Accounts, 'credential' | 'updateProfile'>;
  readonly http: Http;
  readonly clock: Clock;
  readonly log: Log;
  readonly correlationId: string;
  /** Whether to ask also when saved resets expire, where there are any. */
  readonly details: boolean;
  /** The token set that was refused although it had just been refreshed: refreshing it again would change nothing. */
  readonly refusedTokenSet?: TokenSetId | undefined;
}

/** Asks OpenAI what is left of an account's plan. Never throws. */
export async function fetchUsage(account: AccountInfo, usage: UsageEndpoint, options: FetchUsageOptions): Promise<UsageSnapshot | Failure> {
  const { accounts, clock, log, correlationId } = options;
  try {
    let credential = await accounts.credential(account, { correlationId });
    let response = await ask(credential, usage.url, 'usage', options);
    let outcome = classifyResponse(response, clock.now());
    if (outcome.kind === 'tokenRefused' && !isSameTokenSet(credential.tokenSetId, options.refusedTokenSet)) {
      // Once: if OpenAI refuses the next token too, its age is not the reason. The source finds out whether the session has expired.
      const refused = { ...credential.tokenSetId, isExpired: outcome.isExpired };
      credential = await accounts.credential(account, { correlationId, refused });
      if (!isSameTokenSet(credential.tokenSetId, refused)) {
        response = await ask(credential, usage.url, 'usage', options);
        outcome = classifyResponse(response, clock.now());
      }
    }
    if (outcome.kind === 'tokenRefused') return { ...notTheToken, refusedTokenSet: credential.tokenSetId };
    if (outcome.kind !== 'answered') return outcome;
    const snapshot = isFor(credential, outcome.body) ? decodeUsage(outcome.body, receivedAt(response, clock)) : undefined;
    if (!snapshot) return { kind: 'outage', code: 'answerNotUnderstood' };
    await accounts.updateProfile(credential.account, profileIn(outcome.body));
    return options.details && snapshot.resetCredits?.available ? await withDetails(snapshot, credential, usage.url, options) : snapshot;
  } catch (error) {
    log.error('usage was not read', error, { flow: correlationId });
    return classifyError(error);
  }
}

/** A response for another account does not count. */
function isFor({ account: { identity } }: Credential, body: unknown): boolean {
  const accountId = isRecord(body) ? readString(body['account_id']) : undefined;
  return accountId === undefined || identity.workspaceId === undefined || accountId === identity.workspaceId;
}

/** A failure here costs only the expiry of saved resets. */
async function withDetails(
  snapshot: UsageSnapshot,
  credential: Credential,
  url: string,
  options: FetchUsageOptions,
): Promise<UsageSnapshot> {
  try {
    const response = await ask(credential, url, 'rate-limit-reset-credits', options, detailsTimeout);
    const outcome = classifyResponse(response, options.clock.now());
    const resetCredits = outcome.kind === 'answered' ? decodeResetCredits(outcome.body, receivedAt(response, options.clock)) : undefined;
    // How many can be used now stands in the usage response alone.
    return resetCredits ? { ...snapshot, resetCredits: { ...snapshot.resetCredits, ...resetCredits } } : snapshot;
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

/** Plan and email as OpenAI reports them now: they belong to the account, not to the reading. */
function profileIn(body: unknown): ProfileUpdate {
  const { plan_type: plan, email } = isRecord(body) ? body : {};
  return defined({ plan: readName(plan), email: readName(email) });
}
