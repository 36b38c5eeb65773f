/** The back end room: authorized requests to ChatGPT's back end. Plan usage is read in `usage/polling/fetchUsage.ts`. */
import { defined } from '../base/defined.ts';
import { second } from '../base/duration.ts';
import { AppError } from '../base/errors.ts';
import type { Http } from '../base/http.ts';
import { isRecord, parseJson } from '../base/json.ts';
import { readName } from '../base/plainText.ts';
import type { AccountService } from '../oauth/service.ts';
import { capabilitiesOf } from '../oauth/services/capabilities.ts';
import type { Identity, TokenSet } from '../oauth/tokenSet.ts';

/** In characters. */
const longestName = 60;
const requestTimeout = 5 * second;

/**
 * The name of an account's workspace, which no token has: it distinguishes two accounts with the same email.
 * @returns `undefined` where the service does not send it, or not in time: nothing depends on it
 */
export async function readWorkspaceName(
  account: { service: AccountService; identity: Identity; tokens: Pick<TokenSet, 'accessToken'> },
  options: { http: Http; correlationId: string; signal?: AbortSignal },
): Promise<string | undefined> {
  const { usage: backend } = capabilitiesOf(account.service);
  const { workspaceId } = account.identity;
  if (!backend || workspaceId === undefined) return undefined;
  try {
    const response = await options.http.send(`${backend.url}/wham/accounts/check`, {
      method: 'GET',
      headers: { authorization: `Bearer ${account.tokens.accessToken}`, 'chatgpt-account-id': workspaceId },
      purpose: 'workspace name',
      correlationId: options.correlationId,
      timeout: requestTimeout,
      ...defined({ signal: options.signal }),
    });
    const body = parseJson(response.text);
    const workspaces: readonly unknown[] = isRecord(body) && Array.isArray(body['accounts']) ? body['accounts'] : [];
    const workspace = workspaces.filter(isRecord).find(({ id }) => id === workspaceId);
    return readName(workspace?.['name'], longestName);
  } catch (error) {
    if (error instanceof AppError) return undefined;
    throw error;
  }
}
