import { protocolOf } from '../oauth/services/index.ts';
import { AppError } from '../base/errors.ts';
import type { Http } from '../base/http.ts';
import { isRecord, parseJson, readString } from '../base/json.ts';
import type { AccountService } from '../oauth/service.ts';
import type { TokenSet } from '../oauth/tokenSet.ts';
import { readClaims } from '../oauth/tokenSet.ts';

const requestTimeout = 5_000;

/**
 * The name of the workspace that was signed in to, which no token tells: it keeps two accounts of one email apart.
 * @returns `undefined` where the service does not say, or not in time: nothing depends on it
 */
export async function readWorkspaceName(
  service: AccountService,
  tokens: TokenSet,
  options: { http: Http; correlationId: string; signal?: AbortSignal },
): Promise<string | undefined> {
  const claims = readClaims(tokens.idToken);
  const workspaceId = claims && protocolOf(service).readIdentity(claims)?.workspaceId;
  if (service.backendUrl === undefined || workspaceId === undefined) return undefined;
  try {
    const response = await options.http.send(`${service.backendUrl}/wham/accounts/check`, {
      method: 'GET',
      headers: { authorization: `Bearer ${tokens.accessToken}`, 'chatgpt-account-id': workspaceId },
      purpose: 'workspace name',
      correlationId: options.correlationId,
      timeout: requestTimeout,
      ...(options.signal ? { signal: options.signal } : {}),
    });
    const body = parseJson(response.text);
    const accounts: readonly unknown[] = isRecord(body) && Array.isArray(body['accounts']) ? body['accounts'] : [];
    const account = accounts.filter(isRecord).find(({ id }) => id === workspaceId);
    return readString(account?.['name'])?.trim().slice(0, 60);
  } catch (error) {
    if (error instanceof AppError) return undefined;
    throw error;
  }
}
