/**
 * The API keys room: OpenAI API keys as sessions of a provider of their own. Start here: this file keeps them, `apiKeySource.ts` is
 * how other rooms get them, `checkApiKey.ts` asks the API whether a key is valid.
 */
import { randomUUID } from 'node:crypto';
import type { ApiKeyOwner } from './checkApiKey.ts';
import { AppError } from '../base/errors.ts';
import type { Clock } from '../base/clock.ts';
import type { ApiKey } from './apiKey.ts';
import { apiKeyRecords, toApiKeyRow } from './apiKey.ts';
import type { SealKeys } from '../vault/sealKeys.ts';
import type { CachedRecords, VaultCache } from '../vault/vaultCache.ts';
import type { Change } from '../base/change.ts';
import type { ApiKeyRow, Vault } from '../vault/vault.ts';

export interface ApiKeysParts {
  readonly vault: Vault;
  readonly keys: SealKeys;
  readonly cache: VaultCache;
  readonly clock: Clock;
}

/** Where the API keys lie: sealed in the vault beside the accounts, and shared by all windows. */
export class ApiKeys {
  readonly #parts: ApiKeysParts;
  readonly #records: CachedRecords<ApiKeyRow, ApiKey>;

  constructor(parts: ApiKeysParts) {
    this.#parts = parts;
    this.#records = parts.cache.records(apiKeyRecords);
  }

  /** @returns stops listening */
  onDidChange(listener: (change: Change<ApiKey>) => void): () => void {
    return this.#records.onDidChange(listener);
  }

  /** By name; never the network. */
  async list(): Promise<readonly ApiKey[]> {
    await this.#parts.cache.sync();
    return this.#records.all;
  }

  /**
   * Keeps a key that the API has taken. One that is here already gets this name.
   * @throws AppError `apiKeyNameTaken`, `keyMissing`, or what keeps the vault from being written
   */
  add(key: Pick<ApiKey, 'name' | 'secret' | 'apiUrl' | 'owner'>): Promise<ApiKey> {
    return this.#put(others => {
      const same = others.find(({ secret, apiUrl }) => secret === key.secret && apiUrl === key.apiUrl);
      return { ...key, isRefused: false, addedAt: same?.addedAt ?? this.#parts.clock.now(), instead: same };
    });
  }

  /** Puts another key in the place of one, under its name. @throws AppError as `add` */
  replace({ id, name, apiUrl }: ApiKey, key: Pick<ApiKey, 'secret' | 'owner'>): Promise<ApiKey> {
    return this.#put(others => {
      const instead = others.find(other => other.id === id);
      return { ...key, name, apiUrl, isRefused: false, addedAt: this.#parts.clock.now(), instead };
    });
  }

  /**
   * Keeps what the API has said of a key that is here, if it is here still: whose it is, or that it was refused.
   * @throws AppError what keeps the vault from being written
   */
  async saveCheckResult(key: ApiKey, said: { owner: ApiKeyOwner } | 'refused'): Promise<void> {
    const { vault, cache } = this.#parts;
    await vault.write(transaction => {
      const [current] = this.#records.open(transaction.apiKeys().filter(({ id }) => id === key.id));
      const sealKey = current && cache.keyOf(current);
      // Another one may have taken its place meanwhile.
      if (!sealKey || current.secret !== key.secret) return;
      const news = said === 'refused' ? { isRefused: true } : { owner: said.owner, isRefused: false };
      transaction.putApiKey(toApiKeyRow(sealKey, { ...current, ...news }));
    });
    await cache.sync();
  }

  /** Forgets it here; at the API it stays good. @throws AppError what keeps the vault from being written */
  async remove({ id }: ApiKey): Promise<void> {
    await this.#parts.vault.write(transaction => {
      transaction.removeApiKey(id);
    });
    await this.#parts.cache.sync();
  }

  /** @param make gets the keys that are here, and tells the one that the new one takes the place of */
  async #put(make: (others: readonly ApiKey[]) => Omit<ApiKey, 'id' | 'keyId'> & { instead: ApiKey | undefined }): Promise<ApiKey> {
    const { vault, keys, cache } = this.#parts;
    const sealKey = await keys.require('ifUnused');
    // All keys that are here, so that no name is given twice.
    await cache.sync();
    const stored = await vault.write(transaction => {
      if (!transaction.keyIds().includes(sealKey.id)) throw new AppError('keyMissing');
      const others = this.#records.open(transaction.apiKeys());
      const { instead, ...content } = make(others);
      if (others.some(({ id, name }) => name === content.name && id !== instead?.id)) throw new AppError('apiKeyNameTaken');
      // VS Code goes by the name: under another one it is another session.
      const id = instead?.name === content.name ? instead.id : randomUUID();
      if (instead) transaction.removeApiKey(instead.id);
      const key = { ...content, id, keyId: sealKey.id };
      transaction.putApiKey(toApiKeyRow(sealKey, key));
      return key;
    });
    await cache.sync();
    return stored;
  }
}
