import type { AccountService } from '../../oauth/service.ts';
import type { Identity, TokenSet } from '../../oauth/tokenSet.ts';
import { accountId, isSameTokenSet } from '../account.ts';
import type { AccountState } from './accountState.ts';
import { accountStates, storedStates } from './accountState.ts';
import { defined } from '../../base/defined.ts';
import { isRecord } from '../../base/json.ts';
import type { RecordHeader, SealKey } from '../../vault/seal.ts';
import { accountHash, seal, unseal } from '../../vault/seal.ts';
import type { VaultRow } from '../../vault/vault.ts';
import type { CachedRecords, RecordKind } from '../../vault/vaultCache.ts';

/** What is known of refreshes that brought no new tokens, stored so that all windows go by it. Times in milliseconds since the epoch. */
export interface RefreshHistory {
  /** While `refreshing`: when the refresh token was last presented, and how often without a known response. */
  readonly refreshAttempt?: { readonly at: number; readonly times: number };
  /** No request before this time: the service asked for it, or refused without a readable code. */
  readonly waitUntil?: number;
  /** Refusals of the service without a readable code. */
  readonly unexplainedRefusals?: { readonly since: number; readonly times: number };
}

interface AccountContent extends RefreshHistory {
  /** What VS Code keys its grants by: unique, and never changed once given. */
  readonly label: string;
  readonly service: AccountService;
  readonly identity: Identity;
  readonly tokens: TokenSet;
}

/**
 * One ChatGPT user in one workspace, signed in, with its tokens: a record of the vault. It does not leave this folder; everybody
 * else gets an `AccountInfo` or a `Credential`.
 */
export interface StoredAccount extends AccountContent {
  /** Names the account in the vault, and its lock: see `accountHash`. */
  readonly hash: string;
  /** A random id for each sign-in. */
  readonly signInId: string;
  /** Counts the token sets of one sign-in, from 1 on. */
  readonly generation: number;
  readonly state: AccountState;
  /** The key that the record is sealed with. */
  readonly keyId: string;
  /** `<user id>/<workspace id>`, or the user id alone. */
  readonly id: string;
}

/** The sealed part, in the words that it was first written in. */
type StoredContent = Omit<AccountContent, 'refreshAttempt' | 'unexplainedRefusals'> & {
  readonly asked?: RefreshHistory['refreshAttempt'];
  readonly unexplained?: RefreshHistory['unexplainedRefusals'];
};

/** The account of a sign-in that has just succeeded. */
export function newAccount(
  key: SealKey,
  signInId: string,
  label: string,
  service: AccountService,
  identity: Identity,
  tokens: TokenSet,
): StoredAccount {
  const id = accountId(identity);
  const hash = accountHash(key, service.issuer, id);
  return { hash, signInId, generation: 1, state: 'ready', keyId: key.id, id, label, service, identity, tokens };
}

/** The account without its refresh history. */
export function withoutHistory({
  hash,
  signInId,
  generation,
  state,
  keyId,
  id,
  label,
  service,
  identity,
  tokens,
}: StoredAccount): StoredAccount {
  return { hash, signInId, generation, state, keyId, id, label, service, identity, tokens };
}

export function toRow(key: SealKey, account: StoredAccount): VaultRow {
  const { keyId, label, service, identity, tokens, refreshAttempt, waitUntil, unexplainedRefusals } = account;
  const header = headerOf(account);
  const content: StoredContent = {
    ...{ label, service, identity, tokens },
    ...defined({ asked: refreshAttempt, waitUntil, unexplained: unexplainedRefusals }),
  };
  return { ...header, keyId, sealed: seal(key, header, content) };
}

/** @returns `undefined` where the row does not open with this key, or is in a state that only a newer version knows */
export function fromRow(key: SealKey, row: VaultRow): StoredAccount | undefined {
  const content = unseal(key, row, row.sealed);
  if (!isRecord(content)) return undefined;
  const { hash, login: signInId, generation, keyId } = row;
  // Whatever opens was sealed by this extension: GCM authenticates every byte.
  const { asked, unexplained, ...known } = content as unknown as StoredContent;
  const state = accountStates.find(each => storedStates[each] === row.state);
  if (!state) return undefined;
  const history = defined({ refreshAttempt: asked, unexplainedRefusals: unexplained });
  return { ...known, ...history, hash, signInId, generation, state, keyId, id: accountId(known.identity) };
}

/** The readable part of an account's record. */
export function headerOf({ hash, signInId, generation, state }: StoredAccount): RecordHeader {
  return { hash, login: signInId, generation, state: storedStates[state] };
}

/** Those who listen hear of a new token set, of a session that expired, and of a new profile. */
function isEqual(a: StoredAccount, b: StoredAccount): boolean {
  return (
    isSameTokenSet(a, b) && (a.state === 'expired') === (b.state === 'expired') && JSON.stringify(a.identity) === JSON.stringify(b.identity)
  );
}

/** Accounts as records of the vault, by their hash. One that is signing out is there for nobody but who revokes it. */
export const accountRecords: RecordKind<VaultRow, StoredAccount> = {
  rows: ({ rows }) => rows,
  open: fromRow,
  idOf: ({ hash }) => hash,
  nameOf: ({ label }) => label,
  isListed: ({ state }) => state !== 'signingOut',
  isEqual,
};

export type AccountRecords = CachedRecords<VaultRow, StoredAccount>;
