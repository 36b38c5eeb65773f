import { plainText } from '../base/plainText.ts';
import { hostOf } from '../base/url.ts';
import { codexDefaults } from '../oauth/services/codexClient.ts';
import type { AccountService } from '../oauth/service.ts';
import type { Identity } from '../oauth/tokenSet.ts';
import { markedName } from './markedName.ts';

const longestPart = 24;

/**
 * The label of a new account: whose it is, where, and the host of any issuer but OpenAI's own.
 * @param id of its sessions, see `sessionId`
 * @param where the workspace, or what stands in its place
 */
export function accountLabel(
  { issuer }: Pick<AccountService, 'issuer'>,
  { email, userId, workspaceName }: Identity,
  id: string,
  where = workspaceName,
): string {
  const host = issuer === codexDefaults.issuer ? [] : [hostOf(issuer, longestPart)];
  return markedName(email ?? userId, id, [...(where === undefined ? [] : [plainText(where, longestPart)]), ...host]);
}
