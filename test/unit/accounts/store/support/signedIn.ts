import type { StoredAccount } from '../../../../../src/accounts/store/storedAccount.ts';
import { fromRow } from '../../../../../src/accounts/store/storedAccount.ts';
import type { AccountService } from '../../../../../src/oauth/service.ts';
import type { Identity } from '../../../../../src/oauth/tokenSet.ts';
import { ManualClock } from '../../../support/clock.ts';
import { SharedSecrets } from './secrets.ts';
import { ada, FakeService, service, tokensOf } from './service.ts';
import type { Window } from './window.ts';
import { flow, openWindow, storageFolder } from './window.ts';

export interface SignedIn extends Window {
  readonly folder: string;
  readonly secrets: SharedSecrets;
  readonly clock: ManualClock;
  readonly server: FakeService;
  readonly account: StoredAccount;
  /** Another window of the same person, with a clock of its own unless one is given. */
  another(clock?: ManualClock): Window;
}

/** A window in which this person has just signed in. */
export async function signedIn(identity: Identity = ada, at: AccountService = service): Promise<SignedIn> {
  const folder = storageFolder();
  const [secrets, clock, server] = [new SharedSecrets(), new ManualClock(), new FakeService()];
  const open = (ownClock: ManualClock) => openWindow({ folder, secrets, clock: ownClock, fetch: server.fetch, random: () => 0.5 });
  const window = open(clock);
  const account = await window.store.saveSignIn(at, tokensOf(identity, clock.now()), flow);
  window.events.length = 0;
  return { ...window, folder, secrets, clock, server, account, another: (ownClock = new ManualClock(clock.now())) => open(ownClock) };
}

/** The accounts in the vault, including those that are signing out. @param timeout milliseconds, for a vault that others write to */
export async function stored({ vault, keys }: Window, timeout?: number): Promise<StoredAccount[]> {
  const { rows, keyIds } = (await vault.read(timeout)) ?? { rows: [], keyIds: [] };
  const known = await keys.find(keyIds);
  return rows.flatMap(row => known.flatMap(key => (key.id === row.keyId ? (fromRow(key, row) ?? []) : [])));
}
