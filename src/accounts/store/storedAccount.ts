import { AppError } from '../../base/errors.ts';
import { refusalOf } from '../../base/refusal.ts';
import type { AccountService } from '../../oauth/service.ts';
import type { Identity, TokenSet } from '../../oauth/tokenSet.ts';
import type { ProfileUpdate } from '../account.ts';
import { isSameTokenSet, sessionId } from '../account.ts';
import { safeLabel } from '../markedName.ts';
import type { AccountState } from './accountState.ts';
import { accountStates, storedStates } from './accountState.ts';
import { defined } from '../../base/defined.ts';
import { isRecord } from '../../base/json.ts';
import { readName } from '../../base/plainText.ts';
import type { RecordHeader, SealKey } from '../../vault/seal.ts';
import { seal, unseal } from '../../vault/seal.ts';
import type { VaultRow } from '../../vault/vault.ts';
import type { CachedRecords, RecordKind } from '../../vault/vaultCache.ts';

/** What is known of refreshes that brought no new tokens, stored so that all windows go by it. Times in milliseconds since the epoch. */
export interface RefreshHistory {
  /** While `refreshing`: when the refresh token was last presented, and how often without a known response. */
  readonly refreshAttempt?: { readonly at: number; readonly times: number };
  /** No request before this time, because the service asked for it or refused the last one. */
  readonly waitUntil?: number;
  /**
   * Refusals since the last new tokens: how many, when the last one came, the code that stands for it, and for how many milliseconds it
   * has been the same code, where this version cannot tell whether that one passes. `clockOffset`: how far the service's clock was ahead.
   */
  readonly refusals?: {
    readonly times: number;
    readonly at: number;
    readonly code?: string;
    readonly lasting: number;
    readonly clockOffset?: number;
  };
}

interface AccountContent extends RefreshHistory {
  /** While `signingOut`: since when, in milliseconds since the epoch. */
  readonly signedOutAt?: number;
  /** What VS Code keys its grants by: unique, and never changed once given. */
  readonly label: string;
  readonly service: AccountService;
  readonly identity: Identity;
  /** What the service says of the account outside its tokens: it goes before their claims, which may differ at every refresh. */
  readonly reported?: ReportedProfile;
  /** What the tokens did not say at the sign-in, and is no part of the id, and a `sub` that they do not say any more. */
  readonly learnt?: { readonly workspaceId?: string; readonly subject?: string };
  readonly tokens: TokenSet;
  /** The code that stands for the service's refusal to refresh the session, where this version does not know what it means. */
  readonly refusalCode?: string;
}

type ReportedProfile = Pick<Identity, 'plan' | 'email'>;

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
  /** The id of its VS Code sessions, see `sessionId`. */
  readonly id: string;
}

/** The sealed part, in the words that it was first written in. */
type StoredContent = Omit<AccountContent, 'refreshAttempt'> & {
  readonly asked?: RefreshHistory['refreshAttempt'];
  readonly accessOnly?: boolean;
};

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
  reported,
  tokens,
}: StoredAccount): StoredAccount {
  return { hash, signInId, generation, state, keyId, id, label, service, identity, tokens, ...defined({ reported }) };
}

/** The account as the service reports it outside its tokens. */
export function withProfile(account: StoredAccount, update: ProfileUpdate): StoredAccount {
  const { plan, email } = update;
  const reported = { ...account.reported, ...defined({ plan, email }) };
  return { ...account, identity: { ...account.identity, ...update }, reported };
}

export function toRow(key: SealKey, account: StoredAccount): VaultRow {
  const { keyId, label, service, identity, reported, learnt, tokens, signedOutAt, refusalCode, refreshAttempt, waitUntil, refusals } =
    account;
  const header = headerOf(account);
  const content: StoredContent = {
    ...{ label, service, tokens },
    identity: learnt?.workspaceId === undefined ? identity : withoutWorkspace(identity),
    ...(account.state === 'accessOnly' ? { accessOnly: true } : {}),
    ...defined({
      reported,
      learnt,
      signedOutAt,
      refusalCode,
      asked: refreshAttempt,
      waitUntil,
      refusals,
    }),
  };
  return { ...header, keyId, sealed: seal(key, header, content) };
}

/** @returns `undefined` where the row does not open with this key, or is in a state that only a newer version knows */
export function fromRow(key: SealKey, row: VaultRow): StoredAccount | undefined {
  const content = unseal(key, row, row.sealed);
  if (!isRecord(content)) return undefined;
  const { hash, login: signInId, generation, keyId } = row;
  // Whatever opens was sealed by this extension: GCM authenticates every byte.
  const { asked, accessOnly = false, ...known } = content as unknown as StoredContent;
  const state = accountStates.find(each => storedStates[each] === row.state && (each === 'accessOnly') === accessOnly);
  if (!state) return undefined;
  const id = sessionId(known.service, known.identity);
  const identity = { ...plainIdentity(known.identity), ...defined({ workspaceId: known.learnt?.workspaceId }) };
  return {
    ...known,
    ...defined({ refreshAttempt: asked }),
    hash,
    signInId,
    generation,
    state,
    keyId,
    id,
    label: safeLabel(known.label, id),
    identity,
  };
}

/** The id is made of what is stored as the identity. */
function withoutWorkspace(identity: Identity): Identity {
  return { ...defined({ ...identity, workspaceId: undefined }), userId: identity.userId };
}

/** Earlier versions kept names as the service sent them. */
function plainIdentity({ email, plan, workspaceName, ...ids }: Identity): Identity {
  return { ...ids, ...defined({ email: readName(email), plan: readName(plan), workspaceName: readName(workspaceName) }) };
}

/** The readable part of an account's record. */
export function headerOf({ hash, signInId, generation, state }: StoredAccount): RecordHeader {
  return { hash, login: signInId, generation, state: storedStates[state] };
}

/** The error where somebody has to sign in again, with the code by which the service refuses the account, if there is one. */
export function signedOut(account?: StoredAccount): AppError {
  return new AppError('signedOut', account?.refusalCode === undefined ? {} : { refusal: refusalOf('refresh', account.refusalCode) });
}

export function hasProfile({ identity }: StoredAccount, update: ProfileUpdate): boolean {
  return (Object.keys(update) as (keyof ProfileUpdate)[]).every(name => identity[name] === update[name]);
}

/** Those who listen hear of a new token set, of a session that is over, and of a new profile. */
function isEqual(a: StoredAccount, b: StoredAccount): boolean {
  return isSameTokenSet(a, b) && endOf(a) === endOf(b) && JSON.stringify(a.identity) === JSON.stringify(b.identity);
}

function endOf({ state }: StoredAccount): AccountState | undefined {
  return state === 'expired' || state === 'accessOnly' ? state : undefined;
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
