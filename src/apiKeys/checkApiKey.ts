import { AppError } from '../base/errors.ts';
import { refusalOf } from '../base/refusal.ts';
import type { Http, HttpResponse } from '../base/http.ts';
import { isHtml, responseError } from '../base/httpResponse.ts';
import { isRecord, parseJson, readString } from '../base/json.ts';
import type { ApiKeyOwner } from './apiKeyOwner.ts';
import { readOwner } from './apiKeyOwner.ts';
import { codex } from '../oauth/services/codexProtocol.ts';

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

/** The codes with which the API refuses the key itself. With any other, it refuses what the key was used for, or where. */
const keyCodes = new Set(['invalid_api_key', 'invalid_authentication']);

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
  if (isHtml(response)) throw responseError(response, 'apiKey', undefined);
  const owner = ownerIn(response);
  if (response.status === 200) {
    if (!isRecord(parseJson(response.text))) throw new AppError('answerNotUnderstood');
    return { owner };
  }
  const limit = limitIn(response);
  if (limit !== undefined) return { owner, limit };
  throw refusedKey(response);
}

/** Only a refusal of the key itself is answered with another key: see `keyCodes`. */
function refusedKey(response: HttpResponse): AppError {
  const code = codex.readErrorCode(parseJson(response.text));
  const options = { refusal: refusalOf('apiKey', code) };
  if (response.status === 401)
    return new AppError(code === undefined || keyCodes.has(code) ? 'apiKeyRefused' : 'apiKeyNotAllowed', options);
  if (response.status === 403) return new AppError('apiKeyNotAllowed', options);
  if (response.status === 404) return new AppError('apiNotThere', options);
  return responseError(response, 'apiKey', code);
}

function ownerIn({ headers }: HttpResponse): ApiKeyOwner {
  return readOwner({ organization: headers.get('openai-organization'), project: headers.get('openai-project') });
}

function limitIn({ status, text }: HttpResponse): ApiKeyLimit | undefined {
  const body = parseJson(text);
  if (status === 429) return codex.readErrorCode(body) === 'insufficient_quota' ? 'outOfBudget' : 'rateLimited';
  // The API names the missing scopes of a restricted key, with either status.
  const error = isRecord(body) && isRecord(body['error']) ? body['error'] : {};
  const isRestricted = (status === 401 || status === 403) && /missing scopes/i.test(readString(error['message']) ?? '');
  return isRestricted ? 'restricted' : undefined;
}
