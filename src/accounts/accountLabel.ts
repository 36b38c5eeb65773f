import { codexDefaults } from '../oauth/services/codexProtocol.ts';
import type { AccountService } from '../oauth/service.ts';
import type { Identity } from '../oauth/tokenSet.ts';

/**
 * The label of a new account: its email, and as much more as keeps it apart from the labels that are taken. VS Code keys
 * access grants and preferences by the label, so two accounts never share one.
 */
export function accountLabel(service: AccountService, identity: Identity, taken: readonly string[]): string {
  const host = hostInLabel(service);
  const name = identity.email ?? identity.userId;
  const workspace = identity.workspaceName ?? identity.workspaceId?.slice(0, 8);
  const candidates = [host, [workspace, ...host], [identity.workspaceId, ...host], [identity.userId, identity.workspaceId, ...host]];
  const labels = candidates.map(parts => {
    const known = parts.filter(part => part !== undefined);
    return known.length > 0 ? `${name} (${known.join(', ')})` : name;
  });
  for (const label of labels) if (!taken.includes(label)) return label;
  const last = labels.at(-1) ?? name;
  for (let n = 2; ; n++) if (!taken.includes(`${last} ${String(n)}`)) return `${last} ${String(n)}`;
}

/** Labels leave OpenAI's own host out. */
export function hostInLabel({ issuer }: AccountService): string[] {
  return issuer === codexDefaults.issuer ? [] : [new URL(issuer).host];
}
