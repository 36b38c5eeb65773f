import { defined } from '../base/defined.ts';
import { second } from '../base/duration.ts';
import { AppError } from '../base/errors.ts';
import type { Http } from '../base/http.ts';
import { isRecord, parseJson } from '../base/json.ts';

const requestTimeout = 5 * second;

/**
 * What the service says of a workspace besides its plan.
 * @param options.purpose for the log
 * @returns `undefined` where the service does not say it, or not in time: nothing depends on it
 */
export async function readWorkspace(
  { url, workspaceId, accessToken }: { url: string; workspaceId: string; accessToken: string },
  options: { http: Http; purpose: string; correlationId: string; signal?: AbortSignal | undefined },
): Promise<Readonly<Record<string, unknown>> | undefined> {
  try {
    const response = await options.http.send(`${url}/wham/accounts/check`, {
      method: 'GET',
      headers: { authorization: `Bearer ${accessToken}`, 'chatgpt-account-id': workspaceId },
      purpose: options.purpose,
      correlationId: options.correlationId,
      timeout: requestTimeout,
      ...defined({ signal: options.signal }),
    });
    const body = parseJson(response.text);
    const workspaces: readonly unknown[] = isRecord(body) && Array.isArray(body['accounts']) ? body['accounts'] : [];
    return workspaces.filter(isRecord).find(({ id }) => id === workspaceId);
  } catch (error) {
    if (error instanceof AppError) return undefined;
    throw error;
  }
}
