import { createHash } from 'node:crypto';
import { plainText } from '../base/plainText.ts';
import { hostOf } from '../base/url.ts';
import { codexDefaults } from '../oauth/services/codexProtocol.ts';
import type { AccountService } from '../oauth/service.ts';
import type { Identity } from '../oauth/tokenSet.ts';

const longestLabel = 80;
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

/**
 * A name that no other id is ever given, by a mark of its own. VS Code keys access grants and preferences by the label and keeps them
 * after a sign-out, when nothing is left here that could say whose the label was.
 */
export function markedName(name: string, id: string, about: readonly string[] = []): string {
  const mark = createHash('sha256').update(id).digest('hex').slice(0, 8);
  const tail = `(${[...about, mark].join(', ')})`;
  return `${plainText(name, longestLabel - tail.length - 1)} ${tail}`.trimStart();
}

/** A label as an earlier version gave it, which kept text from outside as it was. */
export function safeLabel(label: string, id: string): string {
  return label === plainText(label) ? label : markedName(label, id);
}
