import type { Credential, CredentialOptions, PresentCredential } from '../../../../src/accounts/account.ts';
import { chatGptProviderId } from '../../../../src/accounts/account.ts';
import type { TestAccount } from '../../usage/support/account.ts';
import { credentialOf, OneAccount } from '../../usage/support/account.ts';
import type { AccountActions, AccountSource } from '../../../../src/accounts/accountSource.ts';
import { Accounts } from '../../../../src/accounts/accounts.ts';
import type { AccountStore } from '../../../../src/accounts/store/accountStore.ts';
import { SignedInAccounts } from '../../../../src/accounts/store/signedInAccounts.ts';
import type { Clock } from '../../../../src/base/clock.ts';
import type { Log } from '../../../../src/base/log.ts';
import { ManualClock } from '../../support/clock.ts';

const notRun = () => Promise.reject(new Error('no test runs an action'));

/** The actions of a source, of which no test runs one. */
export const noActions: AccountActions = {
  signIn: notRun,
  signOut: notRun,
  confirmAndSignOut: notRun,
  disconnectAll: notRun,
};

/** A registry with these sources. */
export function registry(log: Log, ...sources: readonly AccountSource[]): Accounts {
  return registryAt(new ManualClock(), log, ...sources);
}

function registryAt(clock: Clock, log: Log, ...sources: readonly AccountSource[]): Accounts {
  const accounts = new Accounts(log, clock);
  for (const source of sources) accounts.register(source, noActions);
  return accounts;
}

/** The registry with the accounts that are signed in here, as a window has it. */
export function registryOf(store: AccountStore, { clock, log }: { clock: Clock; log: Log }, allowed: readonly string[] = []): Accounts {
  return registryAt(clock, log, new SignedInAccounts(store, { clock, log, allowedWorkspaces: () => allowed }));
}

/** A source with these accounts, whose access tokens are always valid. */
export class TestSource implements AccountSource {
  readonly id = 'chatgpt';
  readonly providerId = chatGptProviderId;
  readonly #accounts: readonly TestAccount[];

  constructor(...accounts: TestAccount[]) {
    this.#accounts = accounts;
  }

  accounts(): Promise<readonly TestAccount[]> {
    return Promise.resolve(this.#accounts);
  }

  credential(hash: string, options: CredentialOptions): Promise<Credential> {
    return new OneAccount(...this.#accounts.filter(each => each.hash === hash)).credential(hash, options);
  }

  presentCredentials(): Promise<PresentCredential[]> {
    return Promise.resolve(this.#accounts.map(each => ({ ...credentialOf(each), isValid: true })));
  }

  reportRefused(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  updateProfile(): Promise<void> {
    return Promise.resolve();
  }

  reload(): Promise<void> {
    return Promise.resolve();
  }

  onDidChange(): () => void {
    return () => undefined;
  }
}
