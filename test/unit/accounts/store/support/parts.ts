/** Custody as one editor window has it, put together from its parts. */
import { Custody } from '../../../../../src/accounts/store/accountStore.ts';
import type { KeyNotes, SecretStore } from '../../../../../src/vault/sealKeys.ts';
import { Keys } from '../../../../../src/vault/sealKeys.ts';
import { Locks } from '../../../../../src/storage/processLock.ts';
import { Reserve } from '../../../../../src/storage/diskReserve.ts';
import { Vault } from '../../../../../src/vault/vault.ts';
import type { Clock } from '../../../../../src/base/clock.ts';
import type { Log } from '../../../../../src/base/log.ts';
import type { Fetch } from '../../../../../src/base/http.ts';
import { Http } from '../../../../../src/base/http.ts';

export interface PartsOptions {
  readonly folder: string;
  readonly clock: Clock;
  readonly secrets: SecretStore;
  readonly notes: KeyNotes;
  readonly fetch: Fetch;
  readonly log: Log;
  readonly random: () => number;
  readonly fileSystemType?: (path: string) => Promise<number>;
}

export interface Parts {
  readonly vault: Vault;
  readonly keys: Keys;
  readonly locks: Locks;
  readonly reserve: Reserve;
  readonly http: Http;
  readonly custody: Custody;
}

export function assemble(options: PartsOptions): Parts {
  const { folder, secrets, notes, ...common } = options;
  const locks = new Locks({ folder, ...common });
  const vault = new Vault({ folder, ...common, locks });
  const keys = new Keys({ secrets, notes, vault, ...common });
  const reserve = new Reserve(folder);
  const http = new Http({ ...common, agent: 'test/1' });
  return { vault, keys, locks, reserve, http, custody: new Custody({ ...common, vault, keys, locks, reserve, http }) };
}
