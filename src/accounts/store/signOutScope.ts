import type { ServiceProtocol } from '../../oauth/protocol.ts';
import { protocolOf } from '../../oauth/services/index.ts';
import { endingWith } from './giveBack.ts';
import type { StoredAccount } from './storedAccount.ts';

export interface SignOutScope {
  readonly revocation: ServiceProtocol['revocation'];
  /** Whether another program signs in with the same client, see `ServiceProtocol.foreignClientId`. */
  readonly hasForeignClient: boolean;
  /** The labels of the accounts here whose sessions a revocation would end as well. */
  readonly others: readonly string[];
}

/** What a sign-out of this account ends: its session alone, or every one of the person, which it leaves to the last of `others`. */
export function signOutScopeOf(account: StoredAccount, accounts: readonly StoredAccount[]): SignOutScope {
  const protocol = protocolOf(account.service);
  return {
    revocation: protocol.revocation,
    hasForeignClient: protocol.foreignClientId(account.service) !== undefined,
    others: endingWith(account, accounts).map(({ label }) => label),
  };
}
