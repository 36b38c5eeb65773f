/** How a sign-in becomes a record: loaded when somebody signs in. */
import { randomUUID } from 'node:crypto';
import type { BackgroundTasks } from '../../base/async.ts';
import { defined } from '../../base/defined.ts';
import { AppError } from '../../base/errors.ts';
import { readWorkspaceName } from '../../backend/workspaceName.ts';
import { isWorkspaceAllowed } from '../../oauth/service.ts';
import { readIdentity } from '../../oauth/services/index.ts';
import type { Identity } from '../../oauth/tokenSet.ts';
import type { SealKeys } from '../../vault/sealKeys.ts';
import type { VaultCache } from '../../vault/vaultCache.ts';
import { sessionId } from '../account.ts';
import type { SignInWish } from '../accountSource.ts';
import type { GiveBackParts, Issued } from './giveBack.ts';
import { giveBack } from './giveBack.ts';
import type { StoredAccount } from './storedAccount.ts';
import { newAccount, signedInAgain } from './newAccount.ts';
import { isSignInTo } from './sameAccount.ts';
import { fromRow, toRow } from './storedAccount.ts';

export interface SaveSignInParts extends GiveBackParts {
  readonly keys: SealKeys;
  readonly cache: VaultCache;
  /** Gives tokens back behind the sign-in. */
  readonly background: BackgroundTasks;
}

export interface SaveOptions extends SignInWish {
  readonly correlationId: string;
  /** Aborted when the person cancels. */
  readonly signal?: AbortSignal;
}

/** @throws AppError as `AccountStore.saveSignIn` */
export async function saveSignIn(issued: Issued, options: SaveOptions, parts: SaveSignInParts): Promise<StoredAccount> {
  const { service, tokens } = issued;
  const { background, cache, http } = parts;
  const { correlationId } = options;
  try {
    const identity = readIdentity(service, tokens.idToken);
    if (!identity) throw new AppError('identityInvalid');
    if (!isWorkspaceAllowed(service, identity.workspaceId)) throw new AppError('wrongWorkspace');
    const workspaceName = await readWorkspaceName({ service, identity, tokens }, { ...options, http });
    const { stored, superseded } = await store(issued, { ...identity, ...defined({ workspaceName }) }, options, parts);
    await cache.sync();
    if (superseded) background.add(giveBack(superseded, { ...parts, correlationId }));
    return stored;
  } catch (error) {
    background.add(giveBack(issued, { ...parts, correlationId }));
    throw error;
  }
}

async function store(issued: Issued, identity: Identity, options: SaveOptions, { keys, vault }: SaveSignInParts) {
  const { service, tokens } = issued;
  const key = await keys.require('ifUnused');
  // All keys that this window's secret store has, however busy the vault is, so that no known account is taken for a new one.
  const found = await keys.find(await vault.write(transaction => transaction.keyIds()));
  const keyOf = ({ keyId }: { keyId: string }) => found.find(({ id }) => id === keyId);
  const signInId = randomUUID();
  return vault.write(transaction => {
    if (!transaction.keyIds().includes(key.id)) throw new AppError('keyMissing');
    const others = transaction.rows().flatMap(row => {
      const rowKey = keyOf(row);
      return (rowKey && fromRow(rowKey, row)) ?? [];
    });
    const known = findKnown(others, issued, sessionId(service, identity), options.wanted);
    if (options.wanted !== undefined && options.wanted !== (known?.id ?? sessionId(service, identity))) throw new AppError('wrongAccount');
    if (options.another && known?.state === 'ready') throw new AppError('alreadySignedIn');
    if (options.signal?.aborted) throw new AppError('cancelled');
    // A known account keeps its key: with another key it would be another record.
    const recordKey = (known && keyOf(known)) ?? key;
    const account = known
      ? // The request for the workspace's name may have failed this time.
        signedInAgain(known, signInId, service, identity.workspaceName, tokens)
      : newAccount(recordKey, signInId, service, identity, tokens);
    transaction.put(toRow(recordKey, account));
    return { stored: account, superseded: known };
  });
}

/**
 * The account that a sign-in belongs to. An id_token that leaves out the workspace may be of several: it is the wanted one's, or that of
 * the only one there is, and otherwise of an account of its own.
 */
function findKnown(others: readonly StoredAccount[], { service, tokens }: Issued, id: string, wanted?: string): StoredAccount | undefined {
  const candidates = others.filter(
    account => account.id === id || (account.state !== 'signingOut' && isSignInTo(account, service, tokens.idToken)),
  );
  const named = candidates.find(account => account.id === wanted) ?? candidates.find(account => account.id === id);
  return named ?? (candidates.length === 1 ? candidates[0] : undefined);
}
