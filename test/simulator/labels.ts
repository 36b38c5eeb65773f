/** The labels that the extension gives to the accounts of the service. */

import { sessionId } from '../../src/accounts/account.ts';
import { accountLabel } from '../../src/accounts/accountLabel.ts';
import { codexIdPrefix } from '../../src/codexCli/codexId.ts';
import type { Identity } from '../../src/oauth/tokenSet.ts';
import type { Member } from './people.ts';
import { People } from './people.ts';

/**
 * @param account key or email
 * @param workspace key or name; the first one where absent
 */
export function labelOf(issuer: string, account: string, workspace?: string): string {
  const member = memberOf(account, workspace);
  const { name, structure } = member.workspace;
  const identity = { ...identityOf(member), ...(structure === 'personal' ? {} : { workspaceName: name }) };
  return accountLabel({ issuer }, identity, sessionId({ issuer }, identity));
}

/** At the issuer that follows OpenID Connect and knows no workspaces. */
export function plainLabelOf(issuer: string, account: string): string {
  const { person, workspace } = memberOf(account);
  const { email } = person;
  const userId = `${person.key}/${workspace.key}`;
  return accountLabel({ issuer }, { userId, email }, sessionId({ issuer }, { userId }));
}

/** Of the Codex CLI's account. */
export function codexLabelOf(issuer: string, account: string): string {
  const identity = identityOf(memberOf(account));
  return accountLabel({ issuer }, identity, `${codexIdPrefix}:${sessionId({ issuer }, identity)}`, 'Codex CLI');
}

function memberOf(account: string, workspace?: string): Member {
  const member = new People().member(account, workspace);
  if (!member) throw new Error(`no account ${account}`);
  return member;
}

function identityOf({ person: { userId, email }, workspace: { accountId: workspaceId } }: Member): Identity {
  return { userId, workspaceId, email };
}
