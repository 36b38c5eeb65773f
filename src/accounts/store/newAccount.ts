import { defined } from '../../base/defined.ts';
import type { AccountService } from '../../oauth/service.ts';
import type { Identity, TokenSet } from '../../oauth/tokenSet.ts';
import type { SealKey } from '../../vault/seal.ts';
import { accountHash } from '../../vault/seal.ts';
import { accountId, sessionId } from '../account.ts';
import { accountLabel } from '../accountLabel.ts';
import { learn } from './sameAccount.ts';
import type { StoredAccount } from './storedAccount.ts';

/** The account of the first sign-in to it. */
export function newAccount(key: SealKey, signInId: string, service: AccountService, identity: Identity, tokens: TokenSet): StoredAccount {
  const id = sessionId(service, identity);
  const hash = accountHash(key, service.issuer, accountId(identity));
  return {
    hash,
    signInId,
    generation: 1,
    state: 'ready',
    keyId: key.id,
    id,
    label: accountLabel(service, identity, id),
    service,
    identity,
    tokens,
  };
}

/** A known account after another sign-in: it keeps its id, its label and what the new id_token does not say. */
export function signedInAgain(
  known: StoredAccount,
  signInId: string,
  service: AccountService,
  workspaceName: string | undefined,
  tokens: TokenSet,
): StoredAccount {
  const { hash, keyId, id, label } = known;
  // What was reported of the account before is older than this id_token.
  const { identity, ...learnt } = learn({ ...known, service, reported: {} }, tokens.idToken);
  return {
    ...{ hash, signInId, generation: 1, state: 'ready', keyId, id, label, service, tokens },
    ...learnt,
    identity: { ...identity, ...defined({ workspaceName }) },
  };
}
