import { SignInError } from '../base/errors.ts';
import type { Http, HttpAnswer } from '../base/http.ts';
import { explainStatus, isPage } from '../base/http.ts';
import { parseJson } from '../base/json.ts';
import { openAi } from '../oauth/services/codex.ts';
import { readString } from '../base/json.ts';
import { isRecord } from '../base/json.ts';

/** Whose an API key is, as far as the API tells. */
export interface ApiKeyOwner {
  readonly organization?: string;
  readonly project?: string;
}

/**
 * What keeps a key that the API knows from doing what was asked:
 * - `rateLimited`: too much was asked for just now
 * - `outOfBudget`: its credit or budget is used up
 * - `restricted`: it may not list models, and may do other things all the same
 */
export type ApiKeyLimit = 'rateLimited' | 'outOfBudget' | 'restricted';

export interface ApiKeyFinding {
  readonly owner: ApiKeyOwner;
  /** Absent where nothing does. */
  readonly limit?: ApiKeyLimit;
}

/**
 * Asks the API whether it takes a key, by the cheapest question that it has: the list of models. Nothing is billed for it.
 * @param apiUrl without a trailing slash
 * @throws SignInError `apiKeyRefused`, `apiKeyNotAllowed`, `apiNotThere`, or what kept the API from answering
 */
export async function checkApiKey(
  apiUrl: string,
  secret: string,
  { http, ...attempt }: { http: Pick<Http, 'send'>; flowId: string; signal?: AbortSignal },
): Promise<ApiKeyFinding> {
  const answer = await http.send(`${apiUrl}/models`, {
    method: 'GET',
    headers: { authorization: `Bearer ${secret}` },
    purpose: 'API key',
    ...attempt,
  });
  if (isPage(answer)) throw new SignInError('blocked');
  const owner = ownerIn(answer);
  if (answer.status === 200) {
    if (!isRecord(parseJson(answer.text))) throw new SignInError('answerNotUnderstood');
    return { owner };
  }
  const limit = limitIn(answer);
  if (limit !== undefined) return { owner, limit };
  if (answer.status === 401) throw new SignInError('apiKeyRefused');
  if (answer.status === 403) throw new SignInError('apiKeyNotAllowed');
  if (answer.status === 404) throw new SignInError('apiNotThere');
  throw new SignInError(explainStatus(answer));
}

function ownerIn({ headers }: HttpAnswer): ApiKeyOwner {
  const organization = readString(headers.get('openai-organization'));
  const project = readString(headers.get('openai-project'));
  return { ...(organization === undefined ? {} : { organization }), ...(project === undefined ? {} : { project }) };
}

function limitIn({ status, text }: HttpAnswer): ApiKeyLimit | undefined {
  const body = parseJson(text);
  if (status === 429) return openAi.readErrorCode(body) === 'insufficient_quota' ? 'outOfBudget' : 'rateLimited';
  // A key with restricted permissions is told which scopes it lacks, with one status or the other.
  const error = isRecord(body) && isRecord(body['error']) ? body['error'] : {};
  const isRestricted = (status === 401 || status === 403) && /missing scopes/i.test(readString(error['message']) ?? '');
  return isRestricted ? 'restricted' : undefined;
}
