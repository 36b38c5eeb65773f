/** What a person's answer to a sign-in request becomes: a grant with its session, or a refusal. */

import type { InteractionResults, Provider } from 'oidc-provider';
import { apiAudience, clientId } from './contract.ts';
import type { Member } from './people.ts';
import type { Sessions } from './sessions.ts';

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

export async function approve(provider: Provider, sessions: Sessions, member: Member, request: SignInRequest): Promise<InteractionResults> {
  const accountId = accountIdOf(member);
  const grant = new provider.Grant({ accountId, clientId });
  grant.addOIDCScope(request.scope);
  grant.addResourceScope(apiAudience, request.scope);
  const grantId = await grant.save();
  sessions.start(grantId, member, request.organizations);
  return { login: { accountId, amr: ['pwd'] }, consent: { grantId } };
}
