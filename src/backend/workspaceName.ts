/**
 * The back end room: authorized requests to ChatGPT's back end. Plan usage is read in `usage/polling/fetchUsage.ts`, and models are
 * requested in `models/planModels.ts`.
 */
import type { Http } from '../base/http.ts';
import { readName } from '../base/plainText.ts';
import type { AccountService } from '../oauth/service.ts';
import { capabilitiesOf } from '../oauth/services/capabilities.ts';
import type { Identity, TokenSet } from '../oauth/tokenSet.ts';
import { readWorkspace } from './workspace.ts';

/** In characters. */
const longestName = 60;

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
  const { accessToken } = account.tokens;
  const workspace = await readWorkspace({ url: backend.url, workspaceId, accessToken }, { ...options, purpose: 'workspace name' });
  return readName(workspace?.['name'], longestName);
}
