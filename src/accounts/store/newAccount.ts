import type { AccountService } from '../../oauth/service.ts';
import type { Identity, TokenSet } from '../../oauth/tokenSet.ts';
import type { SealKey } from '../../vault/seal.ts';
import { accountHash } from '../../vault/seal.ts';
import { accountId, sessionId } from '../account.ts';
import { accountLabel } from '../accountLabel.ts';
import type { StoredAccount } from './storedAccount.ts';

/** The account of a sign-in that has just succeeded. */
export function newAccount(
  key: SealKey,
  signInId: string,
  label: string | undefined,
  service: AccountService,
  identity: Identity,
  tokens: TokenSet,
): StoredAccount {
  const id = sessionId(service, identity);
  const hash = accountHash(key, service.issuer, accountId(identity));
  return {
    hash,
    signInId,
    generation: 1,
    state: 'ready',
    keyId: key.id,
    id,
    label: label ?? accountLabel(service, identity, id),
    service,
    identity,
    tokens,
  };
}
