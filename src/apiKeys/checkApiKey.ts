import { AppError } from '../base/errors.ts';
import type { Http, HttpResponse } from '../base/http.ts';
import { statusErrorCode, isHtml } from '../base/http.ts';
import { isRecord, parseJson, readString } from '../base/json.ts';
import { codex } from '../oauth/services/codexProtocol.ts';

/** The owner of an API key, as far as the API says. */
export interface ApiKeyOwner {
  readonly organization?: string;
  readonly project?: string;
}

/**
 * Why the API did not serve a request with a key that it knows:
 * - `rateLimited`: too many requests
 * - `outOfBudget`: its credit or budget is used up
 * - `restricted`: it must not list models, and may have other permissions
 */
export type ApiKeyLimit = 'rateLimited' | 'outOfBudget' | 'restricted';

export interface ApiKeyCheck {
  readonly owner: ApiKeyOwner;
  /** Absent where nothing does. */
  readonly limit?: ApiKeyLimit;
}

/**
 * Asks the API whether it accepts a key, by listing its models, which is free.
 * @param apiUrl without a trailing slash
 * @throws AppError `apiKeyRefused`, `apiKeyNotAllowed`, `apiNotThere`, or the error that prevented a response
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
  // The API names the missing scopes of a restricted key, with either status.
  const error = isRecord(body) && isRecord(body['error']) ? body['error'] : {};
  const isRestricted = (status === 401 || status === 403) && /missing scopes/i.test(readString(error['message']) ?? '');
  return isRestricted ? 'restricted' : undefined;
}
