/** The account store of one editor window, put together from its parts. */
import type { AccountInfo } from '../../../../../src/accounts/account.ts';
import type { StoredAccount } from '../../../../../src/accounts/store/storedAccount.ts';
import { AccountStore } from '../../../../../src/accounts/store/accountStore.ts';
import type { SealKeyHistory, SecretStore } from '../../../../../src/vault/sealKeys.ts';
import { SealKeys } from '../../../../../src/vault/sealKeys.ts';
import { ProcessLocks } from '../../../../../src/storage/processLock.ts';
import { DiskReserve } from '../../../../../src/storage/diskReserve.ts';
import { Vault } from '../../../../../src/vault/vault.ts';
import { VaultCache } from '../../../../../src/vault/vaultCache.ts';
import { ApiKeys } from '../../../../../src/apiKeys/apiKeys.ts';
import type { Clock } from '../../../../../src/base/clock.ts';
import type { Log } from '../../../../../src/base/log.ts';
import type { Fetch } from '../../../../../src/base/http.ts';
import { Http } from '../../../../../src/base/http.ts';

export interface PartsOptions {
  readonly folder: string;
  readonly clock: Clock;
  readonly secrets: SecretStore;
  readonly history: SealKeyHistory;
  readonly fetch: Fetch;
  readonly log: Log;
  readonly random: () => number;
  readonly fileSystemType?: (path: string) => Promise<number>;
  readonly otherAccounts?: () => Promise<readonly AccountInfo[]>;
  readonly onSignOutGivenUp?: (account: StoredAccount) => void;
}

export interface Parts {
  readonly vault: Vault;
  readonly keys: SealKeys;
  readonly locks: ProcessLocks;
  readonly reserve: DiskReserve;
  readonly http: Http;
  readonly cache: VaultCache;
  readonly store: AccountStore;
  readonly apiKeys: ApiKeys;
}

export function assemble(options: PartsOptions): Parts {
  const { folder, secrets, history, ...common } = options;
  const locks = new ProcessLocks({ folder, ...common });
  const vault = new Vault({ folder, ...common, locks });
  const keys = new SealKeys({ secrets, history, vault, ...common });
  const reserve = new DiskReserve(folder);
  const http = new Http({ ...common, agent: 'test/1' });
  const cache = new VaultCache({ ...common, vault, keys, http });
  const others = { otherAccounts: () => Promise.resolve([]), onSignOutGivenUp: () => undefined };
  const store = new AccountStore({ ...others, ...common, vault, keys, cache, locks, reserve, http });
  return { vault, keys, locks, reserve, http, cache, store, apiKeys: new ApiKeys({ ...common, vault, keys, cache }) };
}
