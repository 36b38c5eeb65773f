import { AppError } from '../base/errors.ts';
import type { Http, HttpResponse } from '../base/http.ts';
import { statusErrorCode, isHtml } from '../base/http.ts';
import { isRecord, parseJson, readString } from '../base/json.ts';
import { codex } from '../oauth/services/codex.ts';

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

export interface ApiKeyCheck {
  readonly owner: ApiKeyOwner;
  /** Absent where nothing does. */
  readonly limit?: ApiKeyLimit;
}

/**
 * Asks the API whether it takes a key, by the cheapest question that it has: the list of models. Nothing is billed for it.
 * @param apiUrl without a trailing slash
 * @throws AppError `apiKeyRefused`, `apiKeyNotAllowed`, `apiNotThere`, or what kept the API from answering
 */
export async function checkApiKey(
  apiUrl: string,
  secret: string,
  { http, ...attempt }: { http: Pick<Http, 'send'>; correlationId: string; signal?: AbortSignal },
): Promise<ApiKeyCheck> {
  const response = await http.send(`${apiUrl}/models`, {
    method: 'GET',
    headers: { authorization: `Bearer ${secret}` },
    purpose: 'API key',
    ...attempt,
  });
  if (isHtml(response)) throw new AppError('blocked');
  const owner = ownerIn(response);
  if (response.status === 200) {
    if (!isRecord(parseJson(response.text))) throw new AppError('answerNotUnderstood');
    return { owner };
  }
  const limit = limitIn(response);
  if (limit !== undefined) return { owner, limit };
  if (response.status === 401) throw new AppError('apiKeyRefused');
  if (response.status === 403) throw new AppError('apiKeyNotAllowed');
  if (response.status === 404) throw new AppError('apiNotThere');
  throw new AppError(statusErrorCode(response));
}

function ownerIn({ headers }: HttpResponse): ApiKeyOwner {
  const organization = readString(headers.get('openai-organization'));
  const project = readString(headers.get('openai-project'));
  return { ...(organization === undefined ? {} : { organization }), ...(project === undefined ? {} : { project }) };
}

function limitIn({ status, text }: HttpResponse): ApiKeyLimit | undefined {
  const body = parseJson(text);
  if (status === 429) return codex.readErrorCode(body) === 'insufficient_quota' ? 'outOfBudget' : 'rateLimited';
  // A key with restricted permissions is told which scopes it lacks, with one status or the other.
  const error = isRecord(body) && isRecord(body['error']) ? body['error'] : {};
  const isRestricted = (status === 401 || status === 403) && /missing scopes/i.test(readString(error['message']) ?? '');
  return isRestricted ? 'restricted' : undefined;
}
