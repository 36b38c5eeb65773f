import { asAppError, AppError } from '../base/errors.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { StoredAccount } from '../accounts/account.ts';
import { fromRow } from '../accounts/account.ts';
import type { ApiKey } from '../apiKeys/apiKey.ts';
import { fromApiKeyRow } from '../apiKeys/apiKey.ts';
import type { SealKeys } from './sealKeys.ts';
import type { SealKey } from './seal.ts';
import type { ApiKeyRow, Vault, VaultContent, VaultRow } from './vault.ts';

/** What changed since the last look, whoever did it: this window or another. */
export interface Change<T> {
  readonly added: readonly T[];
  readonly removed: readonly T[];
  readonly changed: readonly T[];
}

export type AccountsChange = Change<StoredAccount>;

/** Without memory there is nothing to answer with, so the first look is as patient as a caller. */
const firstReadTimeout = 10_000;
/** Between looks at a vault that stays busy, doubled each time. */
const busyPause = 250;
const longestBusyPause = 5_000;
/** How often a window says that it has its keys, and how long records are kept whose key nobody has shown. */
const touchInterval = 24 * 60 * 60_000;
const keepUnusedFor = 90 * 24 * 60 * 60_000;

/** This window's memory of the vault: what it has seen at its last look, and who is told when that changes. */
export class VaultCache {
  readonly #options: { vault: Vault; keys: SealKeys; clock: Clock; log: Log };
  readonly #listeners = new Set<(change: AccountsChange) => void>();
  readonly #apiKeyListeners = new Set<(change: Change<ApiKey>) => void>();
  #accounts = new Map<string, StoredAccount>();
  #apiKeys = new Map<string, ApiKey>();
  #keys = new Map<string, SealKey>();
  #syncing: Promise<void> = Promise.resolve();
  #nextSync: Promise<void> | undefined;
  #hasSynced = false;
  #busyReads = 0;
  #isWaitingToSync = false;
  #problem: AppError | undefined;
  #touchedAt: number | undefined;
  #touching: Promise<void> = Promise.resolve();

  constructor(options: { vault: Vault; keys: SealKeys; clock: Clock; log: Log }) {
    this.#options = options;
  }

  /** What keeps the vault from being read; memory answers meanwhile. */
  get problem(): AppError | undefined {
    return this.#problem;
  }

  /** Every account that is signed in or was ended by the service, by its label. */
  get accounts(): readonly StoredAccount[] {
    return [...this.#accounts.values()].sort((a, b) => (a.label < b.label ? -1 : 1));
  }

  /** Every API key, by its name. */
  get apiKeys(): readonly ApiKey[] {
    return [...this.#apiKeys.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  get(hash: string): StoredAccount | undefined {
    return this.#accounts.get(hash);
  }

  keyOf({ keyId }: Pick<StoredAccount | ApiKey, 'keyId'>): SealKey | undefined {
    return this.#keys.get(keyId);
  }

  /** The accounts of those rows whose key is here, leaving ones too. */
  open(rows: readonly VaultRow[]): StoredAccount[] {
    return rows.flatMap(row => {
      const key = this.#keys.get(row.keyId);
      const account = key && fromRow(key, row);
      return account ? [account] : [];
    });
  }

  /** The API keys of those rows whose key of the seal is here. */
  openApiKeys(rows: readonly ApiKeyRow[]): ApiKey[] {
    return rows.flatMap(row => {
      const key = this.#keys.get(row.keyId);
      const apiKey = key && fromApiKeyRow(key, row);
      return apiKey ? [apiKey] : [];
    });
  }

  /** @returns stops listening */
  onDidChange(listener: (change: AccountsChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** @returns stops listening */
  onDidChangeApiKeys(listener: (change: Change<ApiKey>) => void): () => void {
    this.#apiKeyListeners.add(listener);
    return () => this.#apiKeyListeners.delete(listener);
  }

  /**
   * Reads the vault, one look at a time, and tells the listeners what is new. Wishes that come before a look has begun
   * share it. Never throws: see `problem`.
   */
  sync(): Promise<void> {
    this.#nextSync ??= this.#syncing.then(() => {
      this.#nextSync = undefined;
      return this.#syncNow();
    });
    this.#syncing = this.#nextSync;
    return this.#syncing;
  }

  /** Resolves when nothing that a look began is under way any more. */
  async settled(): Promise<void> {
    await this.sync();
    await this.#touching;
  }

  async #syncNow(): Promise<void> {
    const [before, apiKeysBefore] = [this.#accounts, this.#apiKeys];
    const problemBefore = this.#problem?.code;
    try {
      const seen = await (this.#hasSynced ? this.#options.vault.read() : this.#options.vault.read(firstReadTimeout));
      if (!seen) this.#syncAgain();
      if (!seen && this.#hasSynced) return;
      if (!seen) throw new AppError('vaultUnavailable');
      const keys = await this.#options.keys.find(seen.keyIds);
      this.#keys = new Map(keys.map(key => [key.id, key]));
      this.#remember(seen);
      this.#hasSynced = true;
      this.#busyReads = 0;
      this.#problem = undefined;
      this.#touching = this.#touchKeys(keys);
    } catch (error) {
      this.#problem = asAppError(error);
      if (this.#problem.code !== problemBefore) this.#options.log.error('the vault cannot be read', error);
    }
    this.#notify(this.#listeners, difference(before, this.#accounts, isSame), problemBefore !== this.#problem?.code);
    this.#notify(this.#apiKeyListeners, difference(apiKeysBefore, this.#apiKeys, isSameApiKey), false);
  }

  #remember({ rows, apiKeys }: VaultContent): void {
    const accounts = this.open(rows).filter(({ state }) => state !== 'signingOut');
    this.#accounts = new Map(accounts.map(account => [account.hash, account]));
    this.#apiKeys = new Map(this.openApiKeys(apiKeys).map(apiKey => [apiKey.id, apiKey]));
  }

  /** Says that these keys are still somebody's, and lets go of what nobody can open any more. No look waits for it. */
  async #touchKeys(keys: readonly SealKey[]): Promise<void> {
    const { vault, clock, log } = this.#options;
    const now = clock.now();
    if (keys.length === 0 || (this.#touchedAt !== undefined && now - this.#touchedAt < touchInterval)) return;
    this.#touchedAt = now;
    try {
      await vault.write(transaction => {
        transaction.touchKeys(
          keys.map(({ id }) => id),
          now,
        );
        transaction.deleteKeysUnusedSince(now - keepUnusedFor);
      });
    } catch (error) {
      log.error('the keys could not be shown', error);
    }
  }

  /** What changed while the vault was busy may be told by no further event. */
  #syncAgain(): void {
    if (this.#isWaitingToSync) return;
    this.#isWaitingToSync = true;
    const ms = Math.min(busyPause * 2 ** this.#busyReads++, longestBusyPause);
    void this.#options.clock.sleep(ms).then(() => {
      this.#isWaitingToSync = false;
      return this.sync();
    });
  }

  #notify<T>(listeners: ReadonlySet<(change: Change<T>) => void>, change: Change<T>, always: boolean): void {
    if (!always && change.added.length + change.removed.length + change.changed.length === 0) return;
    for (const listener of [...listeners]) {
      try {
        listener(change);
      } catch (error) {
        this.#options.log.error('a listener failed', error);
      }
    }
  }
}

function difference<T>(before: ReadonlyMap<string, T>, after: ReadonlyMap<string, T>, isEqual: (a: T, b: T) => boolean): Change<T> {
  return {
    added: [...after].filter(([id]) => !before.has(id)).map(([, value]) => value),
    removed: [...before].filter(([id]) => !after.has(id)).map(([, value]) => value),
    changed: [...after].flatMap(([id, value]) => {
      const old = before.get(id);
      return old === undefined || isEqual(old, value) ? [] : [value];
    }),
  };
}

function isSame(a: StoredAccount, b: StoredAccount): boolean {
  return (
    a.signInId === b.signInId &&
    a.generation === b.generation &&
    (a.state === 'expired') === (b.state === 'expired') &&
    JSON.stringify(a.identity) === JSON.stringify(b.identity)
  );
}

function isSameApiKey(a: ApiKey, b: ApiKey): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
