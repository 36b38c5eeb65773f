/** What a person's answer to a sign-in request becomes: a grant with its session, or a refusal. */

import type { InteractionResults, Provider } from 'oidc-provider';
import type { Member } from './people.ts';
import type { Sessions } from './sessions.ts';

/** The application that asks. */
export interface Application {
  id: string;
  /** What it is called on the consent page. */
  name: string;
  /** Whom its access tokens are for. */
  audience?: string;
}

/** The parameters of a sign-in request that matter to an approval. */
export interface SignInRequest {
  scope: string;
  organizations: boolean;
  /** Empty: any workspace. */
  allowedWorkspaces: string[];
}

export function readRequest(params: Record<string, unknown>): SignInRequest {
  const text = (name: string): string => (typeof params[name] === 'string' ? params[name] : '');
  return {
    scope: text('scope'),
    organizations: text('id_token_add_organizations') === 'true',
    allowedWorkspaces: text('allowed_workspace_id').split(',').filter(Boolean),
  };
}

/** Why this member may not sign in, as the service words it. */
export function refusal({ person, workspace }: Member, { allowedWorkspaces }: SignInRequest): string | undefined {
  if (!person.entitled) return 'missing_codex_entitlement';
  if (allowedWorkspaces.length > 0 && !allowedWorkspaces.includes(workspace.accountId)) return 'workspace not allowed';
  return undefined;
}

export function accountIdOf({ person, workspace }: Member): string {
  return `${person.key}/${workspace.key}`;
}

/** Starts a session, and returns the id of its grant. */
export async function grant(
  provider: Provider,
  { id, audience }: Application,
  sessions: Sessions,
  member: Member,
  { scope, organizations }: SignInRequest,
): Promise<string> {
  const made = new provider.Grant({ accountId: accountIdOf(member), clientId: id });
  made.addOIDCScope(scope);
  if (audience !== undefined) made.addResourceScope(audience, scope);
  const grantId = await made.save();
  sessions.start(provider, grantId, member, organizations);
  return grantId;
}

export function approved(member: Member, grantId: string): InteractionResults {
  return { login: { accountId: accountIdOf(member), amr: ['pwd'] }, consent: { grantId } };
}
