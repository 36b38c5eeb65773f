/** The result of a sign-in request that a person approves or denies: a grant with its session, or a refusal. */

import type { InteractionResults, Provider } from 'oidc-provider';
import type { Member } from './people.ts';
import type { Sessions } from './sessions.ts';

/** The application that requests the sign-in. */
export interface Application {
  id: string;
  /** The name on the consent page. */
  name: string;
  /** The audience of its access tokens. */
  audience?: string;
}

/** The parameters of a sign-in request that matter to an approval. */
export interface SignInRequest {
  scope: string;
  organizations: boolean;
  /** The workspaces that may sign in; any if empty. */
  allowedWorkspaces: string[];
  /** Whether the person has to say who they are, although their browser is signed in. */
  mustAsk: boolean;
  /** The email that the application expects to sign in. */
  hint: string;
}

export function readRequest(params: Record<string, unknown>): SignInRequest {
  const text = (name: string): string => (typeof params[name] === 'string' ? params[name] : '');
  return {
    scope: text('scope'),
    organizations: text('id_token_add_organizations') === 'true',
    allowedWorkspaces: text('allowed_workspace_id').split(',').filter(Boolean),
    mustAsk: text('prompt').split(' ').includes('login'),
    hint: text('login_hint'),
  };
}

/** The service's reason why this member may not sign in. */
export function refusal({ person, workspace }: Member, { allowedWorkspaces }: SignInRequest): string | undefined {
  if (!person.entitled) return 'missing_codex_entitlement';
  if (allowedWorkspaces.length > 0 && !allowedWorkspaces.includes(workspace.accountId)) return 'workspace not allowed';
  return undefined;
}

export function accountIdOf({ person, workspace }: Member): string {
  return `${person.key}/${workspace.key}`;
}

/** Starts a session, and returns the ID of its grant. */
export async function grant(
  provider: Provider,
  { id, audience }: Application,
  sessions: Sessions,
  member: Member,
  { scope, organizations }: SignInRequest,
): Promise<string> {
  const newGrant = new provider.Grant({ accountId: accountIdOf(member), clientId: id });
  newGrant.addOIDCScope(scope);
  if (audience !== undefined) newGrant.addResourceScope(audience, scope);
  const grantId = await newGrant.save();
  sessions.start(provider, grantId, member, organizations);
  return grantId;
}

export function approved(member: Member, grantId: string): InteractionResults {
  return { login: { accountId: accountIdOf(member), amr: ['pwd'] }, consent: { grantId } };
}
