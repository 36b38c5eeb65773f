/** The automatic approval: an authorize request is redirected at once, as the account that is set. */

import { setTimeout as sleep } from 'node:timers/promises';
import { errors, type KoaContextWithOIDC } from 'oidc-provider';
import { accountIdOf, approved, grant, readRequest, refusal, type Application } from './approval.ts';
import type { State } from './state.ts';

export async function approveAutomatically(ctx: KoaContextWithOIDC, application: Application, state: State): Promise<void> {
  const { autoApprove, approveDelayMs } = state.settings;
  if (!autoApprove || ctx.oidc.route !== 'authorization') return;
  await sleep(approveDelayMs);
  const member = state.people.member(autoApprove.account, autoApprove.workspace);
  const request = readRequest(ctx.oidc.params ?? {});
  const refusedBy = autoApprove.deny === true ? 'The resource owner denied the request' : member && refusal(member, request);
  if (!member || refusedBy !== undefined) throw new errors.AccessDenied(refusedBy ?? 'no such account');
  ctx.oidc.session?.loginAccount({ accountId: accountIdOf(member), amr: ['pwd'] });
  const grantId = await grant(ctx.oidc.provider, application, state.sessions, member, request);
  Object.assign(ctx.oidc, { result: approved(member, grantId) });
  // The provider asks the person nothing more, whatever the application requests.
  Object.defineProperty(ctx.oidc, 'prompts', { value: new Set() });
}
