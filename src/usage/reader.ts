import type { Account } from '../custody/account.ts';
import type { Custody } from '../custody/custody.ts';
import { SignInError } from '../oauth/errors.ts';
import type { Clock } from '../oauth/host.ts';
import type { Http, HttpAnswer } from '../oauth/http.ts';
import { explainStatus, isPage, parseJson } from '../oauth/http.ts';
import { isRecord, readString } from '../oauth/tokens.ts';
import { decodeUsage } from './decode.ts';
import type { UsageSnapshot } from './model.ts';

const limit = 15_000;

/**
 * Asks the service what is left of an account's plan.
 * @returns `undefined` where the account's service has nothing that tells
 * @throws SignInError
 */
export async function readUsage(
  hash: string,
  options: { custody: Pick<Custody, 'usable'>; http: Http; clock: Clock; flowId: string },
): Promise<UsageSnapshot | undefined> {
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
  return decode(answer, account, options.clock.now());
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

function decode(answer: HttpAnswer, account: Account, now: number): UsageSnapshot {
  if (answer.status !== 200 || isPage(answer)) throw new SignInError(explainStatus(answer));
  const body = parseJson(answer.text);
  const repliedFor = isRecord(body) ? readString(body['account_id']) : undefined;
  const isOurs = repliedFor === undefined || account.identity.workspaceId === undefined || repliedFor === account.identity.workspaceId;
  const reading = isOurs ? decodeUsage(body, { fetchedAt: now, clockOffset: answer.clockOffset }) : undefined;
  if (!reading) throw new SignInError('answerNotUnderstood');
  return reading;
}
