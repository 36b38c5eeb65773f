import { createHash } from 'node:crypto';
import { accountId } from '../custody/account.ts';
import { dialectOf } from '../oauth/dialects.ts';
import type { AccountService } from '../oauth/service.ts';
import type { AccessToken, Identity } from '../oauth/tokens.ts';
import { readClaims } from '../oauth/tokens.ts';
import type { CliAccount } from './appServer.ts';

/** The account that the Codex CLI is signed in to: its access token on loan, and nothing that could renew it. */
export interface BorrowedAccount {
  readonly from: 'codexCli';
  /** Another than that of the same account signed in here: both may be there at once. */
  readonly id: string;
  /** What usage and menus know it by, as they know one of custody. */
  readonly hash: string;
  readonly label: string;
  readonly state: 'ready';
  /** One sign-in of the CLI, as its tokens name it, and how many tokens of it this window has seen. */
  readonly login: string;
  readonly generation: number;
  readonly service: AccountService;
  readonly identity: Identity;
  readonly tokens: AccessToken;
}

/**
 * What an access token says of its account; for another service, or nobody, `undefined`: a token goes nowhere but where it is from.
 * @param told what the CLI says beside it, which may be newer
 */
export function borrow(
  service: AccountService,
  accessToken: string,
  options: { told?: CliAccount; workspaceId?: string; generation: number; now: number },
): BorrowedAccount | undefined {
  const claims = readClaims(accessToken);
  const read = claims && dialectOf(service).readIdentity(claims);
  if (!claims || !read || claims['iss'] !== service.issuer) return undefined;
  const { told, workspaceId } = options;
  const { email, plan, workspaceName } = told?.kind === 'chatgpt' ? told : {};
  const identity: Identity = {
    ...(workspaceId === undefined ? {} : { workspaceId }),
    ...read,
    ...(email === undefined ? {} : { email }),
    ...(plan === undefined ? {} : { plan }),
    ...(workspaceName === undefined ? {} : { workspaceName }),
  };
  const id = `codex-cli/${accountId(identity)}`;
  const [issuedAt, expiresAt] = [seconds(claims['iat']), seconds(claims['exp'])];
  return {
    from: 'codexCli',
    id,
    hash: `codex-cli-${createHash('sha256').update(id).digest('hex').slice(0, 32)}`,
    label: `${identity.email ?? identity.userId} (Codex CLI)`,
    state: 'ready',
    login: typeof claims['session_id'] === 'string' ? claims['session_id'] : id,
    generation: options.generation,
    service,
    identity,
    tokens: { accessToken, issuedAt: issuedAt ?? options.now, ...(expiresAt === undefined ? {} : { expiresAt }) },
  };
}

function seconds(claim: unknown): number | undefined {
  return typeof claim === 'number' && Number.isFinite(claim) ? claim * 1000 : undefined;
}
