import { createHash } from 'node:crypto';
import type { AccountInfo } from '../accounts/account.ts';
import { accountId } from '../accounts/account.ts';
import type { ProfileUpdate } from '../accounts/store/accountStore.ts';
import { protocolOf } from '../oauth/services/index.ts';
import { codexDefaults } from '../oauth/services/codex.ts';
import type { AccountService } from '../oauth/service.ts';
import type { Identity } from '../oauth/tokenSet.ts';
import { readClaims } from '../oauth/tokenSet.ts';
import { codexIdPrefix } from './borrowedId.ts';

/** The account that the Codex CLI is signed in to: its access token on loan, and nothing that could renew it. */
export interface CodexAccount extends AccountInfo {
  readonly source: 'codexCli';
  readonly state: 'ready';
}

/**
 * What an access token says of its account; for another service, or nobody, `undefined`: a token goes nowhere but where it is from.
 * @param options.told what is said of it besides, which may be newer
 */
export function codexAccount(
  service: AccountService,
  accessToken: string,
  options: { told: ProfileUpdate; generation: number; now: number },
): CodexAccount | undefined {
  const claims = readClaims(accessToken);
  const read = claims && protocolOf(service).readIdentity(claims);
  if (!claims || !read || claims['iss'] !== service.issuer) return undefined;
  const identity: Identity = { ...read, ...options.told };
  // Another than that of the same account signed in here: both may be there at once.
  const id = `${codexIdPrefix}:${accountId(identity)}`;
  const elsewhere = service.issuer === codexDefaults.issuer ? [] : [new URL(service.issuer).host];
  const [issuedAt, expiresAt] = [seconds(claims['iat']), seconds(claims['exp'])];
  return {
    source: 'codexCli',
    id,
    hash: `${codexIdPrefix}-${createHash('sha256').update(id).digest('hex').slice(0, 32)}`,
    label: `${identity.email ?? identity.userId} (${['Codex CLI', ...elsewhere].join(', ')})`,
    state: 'ready',
    // One sign-in of the CLI, as its tokens name it, and how many tokens of it this window has seen.
    signInId: typeof claims['session_id'] === 'string' ? claims['session_id'] : id,
    generation: options.generation,
    service,
    identity,
    tokens: { accessToken, issuedAt: issuedAt ?? options.now, ...(expiresAt === undefined ? {} : { expiresAt }) },
  };
}

function seconds(claim: unknown): number | undefined {
  return typeof claim === 'number' && Number.isFinite(claim) ? claim * 1000 : undefined;
}
