import { createHash } from 'node:crypto';
import type { AccountInfo, Credential, ProfileUpdate, TokenSetId } from '../accounts/account.ts';
import { sessionId } from '../accounts/account.ts';
import { accountLabel } from '../accounts/accountLabel.ts';
import { defined } from '../base/defined.ts';
import { second } from '../base/duration.ts';
import { hostOf } from '../base/url.ts';
import type { AccountService } from '../oauth/service.ts';
import { capabilitiesOf } from '../oauth/services/capabilities.ts';
import { protocolOf } from '../oauth/services/index.ts';
import type { AccessToken, Identity } from '../oauth/tokenSet.ts';
import { readClaims } from '../oauth/claims.ts';
import { codexIdPrefix } from './codexId.ts';

/** The account that the Codex CLI is signed in to: with an access token, and without its refresh token. */
export interface CodexAccount extends TokenSetId {
  readonly hash: string;
  readonly id: string;
  readonly label: string;
  readonly service: AccountService;
  readonly identity: Identity;
  readonly tokens: AccessToken;
}

/**
 * The account of an access token; `undefined` for a token of another service or of nobody: it is sent only to the service that issued
 * it.
 * @param options.profile what the CLI says about the account, which may be newer than the token
 */
export function codexAccount(
  service: AccountService,
  accessToken: string,
  options: { profile: ProfileUpdate; generation: number; now: number },
): CodexAccount | undefined {
  const claims = readClaims(accessToken);
  const read = claims && protocolOf(service).readIdentity(claims);
  if (!claims || !read || claims['iss'] !== service.issuer) return undefined;
  const identity: Identity = { ...read, ...options.profile };
  // Differs from the id of the same account signed in here: VS Code may have both at once.
  const id = `${codexIdPrefix}:${sessionId(service, identity)}`;
  const [issuedAt, expiresAt] = [readTime(claims['iat']), readTime(claims['exp'])];
  return {
    id,
    hash: `${codexIdPrefix}-${createHash('sha256').update(id).digest('hex').slice(0, 32)}`,
    // By the token alone: what the CLI says besides comes later, and a label stays.
    label: accountLabel(service, read, id, 'Codex CLI'),
    // One sign-in of the CLI, as its tokens name it; `generation` counts the tokens that this window has seen.
    signInId: typeof claims['session_id'] === 'string' ? claims['session_id'] : id,
    generation: options.generation,
    service,
    identity,
    tokens: { accessToken, issuedAt: issuedAt ?? options.now, ...defined({ expiresAt }) },
  };
}

/** A NumericDate (RFC 7519, 2) in milliseconds since the epoch. */
function readTime(claim: unknown): number | undefined {
  return typeof claim === 'number' && Number.isFinite(claim) ? claim * second : undefined;
}

/** The account without its token, as everybody else sees it. Its session does not expire here: the CLI keeps it. */
export function codexAccountInfo({ hash, id, label, signInId, service, identity }: CodexAccount): AccountInfo {
  const capabilities = capabilitiesOf(service);
  const host = hostOf(service.issuer);
  const { backendUrl } = service;
  return { source: 'codexCli', hash, id, label, signInId, isExpired: false, identity, host, capabilities, ...defined({ backendUrl }) };
}

/** A refusal leads to the CLI: signing in here does not help. */
export function codexCredential(account: CodexAccount): Credential {
  const { signInId, generation, tokens } = account;
  return {
    account: codexAccountInfo(account),
    accessToken: tokens.accessToken,
    tokenSetId: { signInId, generation },
  };
}
