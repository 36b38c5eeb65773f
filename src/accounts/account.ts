import type { AccountService } from '../oauth/service.ts';
import type { AccessToken, Identity, TokenSet } from '../oauth/tokenSet.ts';
import { isRecord } from '../base/json.ts';
import type { RecordHeader, SealKey } from '../vault/seal.ts';
import { accountHash, seal, unseal } from '../vault/seal.ts';
import type { VaultRow } from '../vault/vault.ts';

/**
 * - `ready`: the refresh token has not been presented
 * - `asking`: it is being presented, or was, and the answer is not known: perhaps it is spent
 * - `ended`: the service said that the session is over; the account keeps its place until it signs in again
 * - `leaving`: disconnected here, not yet revoked at the service
 */
export const accountStates = ['ready', 'asking', 'ended', 'leaving'] as const;
export type AccountState = (typeof accountStates)[number];

/** What is remembered of refreshes that brought no new tokens, so that all windows go by it. Times in milliseconds since the epoch. */
export interface RefreshHistory {
  /** While `asking`: when the refresh token was last presented, and how often without an answer. */
  readonly asked?: { readonly at: number; readonly times: number };
  /** The service asked not to be asked before. */
  readonly waitUntil?: number;
  /** It refused without a word that can be read. */
  readonly unexplained?: { readonly since: number; readonly times: number };
}

interface AccountContent extends RefreshHistory {
  /** What VS Code keys its grants by: unique, and never changed once given. */
  readonly label: string;
  readonly service: AccountService;
  readonly identity: Identity;
  readonly tokens: TokenSet;
}

/** One ChatGPT user in one workspace, signed in. */
export interface Account extends RecordHeader, AccountContent {
  readonly state: AccountState;
  readonly keyId: string;
  /** `<user id>/<workspace id>`, or the user id alone. */
  readonly id: string;
}

/** An account as those know it who use it, wherever its tokens are kept. */
export interface AnyAccount extends Pick<Account, 'hash' | 'login' | 'generation' | 'state' | 'id' | 'label' | 'service' | 'identity'> {
  readonly tokens: AccessToken;
  /** Whose session it is; absent: our own. */
  readonly from?: 'codexCli';
}

/** One token set of one sign-in; a new sign-in counts from 1 again. */
export type Generation = Pick<Account, 'login' | 'generation'>;

export function isGeneration({ login, generation }: Generation, other: Generation | undefined): boolean {
  return login === other?.login && generation === other.generation;
}

export function accountId(identity: Identity): string {
  return identity.workspaceId === undefined ? identity.userId : `${identity.userId}/${identity.workspaceId}`;
}

/** A sign-in that has just succeeded, as the account's first generation. */
export function newAccount(
  key: SealKey,
  login: string,
  label: string,
  service: AccountService,
  identity: Identity,
  tokens: TokenSet,
): Account {
  const id = accountId(identity);
  const hash = accountHash(key, service.issuer, id);
  return { hash, login, generation: 1, state: 'ready', keyId: key.id, id, label, service, identity, tokens };
}

/** The account without what earlier refreshes left behind. */
export function withoutHistory({ hash, login, generation, state, keyId, id, label, service, identity, tokens }: Account): Account {
  return { hash, login, generation, state, keyId, id, label, service, identity, tokens };
}

export function toRow(key: SealKey, account: Account): VaultRow {
  const { hash, login, generation, state, keyId, label, service, identity, tokens, asked, waitUntil, unexplained } = account;
  const header = { hash, login, generation, state };
  const content: { [K in keyof AccountContent]: AccountContent[K] | undefined } = {
    ...{ label, service, identity, tokens },
    ...{ asked, waitUntil, unexplained },
  };
  return { ...header, keyId, sealed: seal(key, header, content) };
}

/** @returns `undefined` where the row does not open with this key */
export function fromRow(key: SealKey, row: VaultRow): Account | undefined {
  const content = unseal(key, row, row.sealed);
  if (!isRecord(content)) return undefined;
  const { hash, login, generation, keyId } = row;
  // What opens was sealed by us: GCM vouches for every byte.
  const known = content as unknown as AccountContent;
  return { ...known, hash, login, generation, state: row.state as AccountState, keyId, id: accountId(known.identity) };
}
