import type { Account } from '../custody/account.ts';
import type { Custody, Naming } from '../custody/custody.ts';
import { SignInError } from '../oauth/errors.ts';
import type { Clock } from '../oauth/host.ts';
import type { Http, HttpAnswer } from '../oauth/http.ts';
import { explainStatus, isPage, parseJson } from '../oauth/http.ts';
import { isRecord, readString } from '../oauth/tokens.ts';
import type { UsageReading } from './decode.ts';
import { decodeUsage } from './decode.ts';

const limit = 15_000;

/**
 * Asks the service what is left of an account's plan.
 * @returns `undefined` where the account's service has nothing that tells
 * @throws SignInError
 */
export async function readUsage(
  hash: string,
  options: { custody: Pick<Custody, 'usable' | 'rename'>; http: Http; clock: Clock; flowId: string },
): Promise<UsageReading | undefined> {
  const { custody, flowId } = options;
  let account = await custody.usable(hash, { flowId });
  if (account.service.backendUrl === undefined) return undefined;
  let answer = await ask(account, account.service.backendUrl, options);
  if (answer.status === 401) {
    // Once: a token that is refused again is no fault of its age.
    account = await custody.usable(hash, { flowId, refused: account.generation });
    answer = await ask(account, account.service.backendUrl ?? '', options);
  }
  if (answer.status === 401) throw new SignInError('signedOut');
  const body = parseJson(answer.text);
  const reading = decode(answer, body, account, options.clock.now());
  await custody.rename(account, namingIn(body));
  return reading;
}

function ask(account: Account, backendUrl: string, { http, flowId }: { http: Http; flowId: string }): Promise<HttpAnswer> {
  const { workspaceId, fedramp } = account.identity;
  return http.send(`${backendUrl}/wham/usage`, {
    method: 'GET',
    headers: {
      authorization: `Bearer ${account.tokens.accessToken}`,
      ...(workspaceId === undefined ? {} : { 'chatgpt-account-id': workspaceId }),
      ...(fedramp ? { 'x-openai-fedramp': 'true' } : {}),
    },
    purpose: 'usage',
    flowId,
    limit,
  });
}

function decode(answer: HttpAnswer, body: unknown, account: Account, now: number): UsageReading {
  if (answer.status !== 200 || isPage(answer)) throw new SignInError(explainStatus(answer));
  const repliedFor = isRecord(body) ? readString(body['account_id']) : undefined;
  const isOurs = repliedFor === undefined || account.identity.workspaceId === undefined || repliedFor === account.identity.workspaceId;
  const reading = isOurs ? decodeUsage(body, now) : undefined;
  if (!reading) throw new SignInError('answerNotUnderstood');
  return reading;
}

/** Plan and email as the service calls them now: they belong to the account, and to no reading. */
function namingIn(body: unknown): Naming {
  const plan = isRecord(body) ? readString(body['plan_type']) : undefined;
  const email = isRecord(body) ? readString(body['email']) : undefined;
  return { ...(plan === undefined ? {} : { plan }), ...(email === undefined ? {} : { email }) };
}
