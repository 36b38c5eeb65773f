/**
 * The API keys room: OpenAI API keys as sessions of a provider of their own. Start here: this file keeps them, `apiKeySource.ts` is
 * how other rooms get them, `checkApiKey.ts` asks the API whether a key is valid.
 */
import { randomUUID } from 'node:crypto';
import type { ApiKeyOwner } from './apiKeyOwner.ts';
import { AppError } from '../base/errors.ts';
import type { Clock } from '../base/clock.ts';
import { defined } from '../base/defined.ts';
import { markedName } from '../accounts/markedName.ts';
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
   * Saves a key that the API accepted. A key that is saved already gets this name.
   * @throws AppError `apiKeyNameTaken`, `keyMissing`, or what keeps the vault from being written
   */
  add(key: Pick<ApiKey, 'name' | 'secret' | 'apiUrl' | 'owner'>): Promise<ApiKey> {
    return this.#put(others => {
      const same = others.find(({ secret, apiUrl }) => secret === key.secret && apiUrl === key.apiUrl);
      return { ...key, isRefused: false, addedAt: same?.addedAt ?? this.#parts.clock.now(), instead: same };
    });
  }

  /** Replaces a key, and keeps its name. @throws AppError `apiKeyRemoved`, and as `add` */
  replace({ id }: ApiKey, key: Pick<ApiKey, 'secret' | 'owner'>): Promise<ApiKey> {
    return this.#put(others => {
      const instead = requireKey(others, id);
      return { ...instead, ...key, isRefused: false, addedAt: this.#parts.clock.now(), instead };
    });
  }

  /** Gives a key another name, and takes everything else as it is stored by now. @throws AppError `apiKeyRemoved`, and as `add` */
  rename({ id }: ApiKey, name: string): Promise<ApiKey> {
    return this.#put(others => {
      const instead = requireKey(others, id);
      return { ...instead, name, instead };
    });
  }

  /**
   * Saves the API's verdict on a key, if it is still here: its owner, or that the API refused it.
   * @throws AppError the error that prevents writing the vault
   */
  async saveCheckResult(key: ApiKey, result: { owner: ApiKeyOwner } | 'refused'): Promise<void> {
    const { vault, cache } = this.#parts;
    await vault.write(transaction => {
      const [current] = this.#records.open(transaction.apiKeys().filter(({ id }) => id === key.id));
      const sealKey = current && cache.keyOf(current);
      // Another window may have replaced the key meanwhile.
      if (!sealKey || current.secret !== key.secret) return;
      const news = result === 'refused' ? { isRefused: true } : { owner: result.owner, isRefused: false };
      transaction.putApiKey(toApiKeyRow(sealKey, { ...current, ...news }));
    });
    await cache.sync();
  }

  /** Removes it here; it stays valid at the API. @throws AppError the error that prevents writing the vault */
  async remove({ id }: ApiKey): Promise<void> {
    await this.#parts.vault.write(transaction => {
      transaction.removeApiKey(id);
    });
    await this.#parts.cache.sync();
  }

  /** @param make gets the saved keys; `instead` is the one that the new key replaces */
  async #put(
    make: (others: readonly ApiKey[]) => Omit<ApiKey, 'id' | 'keyId' | 'label'> & { instead: ApiKey | undefined },
  ): Promise<ApiKey> {
    const { vault, keys, cache } = this.#parts;
    const sealKey = await keys.require('ifUnused');
    // Reads all saved keys, so that no name is used twice.
    await cache.sync();
    const stored = await vault.write(transaction => {
      if (!transaction.keyIds().includes(sealKey.id)) throw new AppError('keyMissing');
      const others = this.#records.open(transaction.apiKeys());
      const { instead, ...content } = make(others);
      if (others.some(({ id, name }) => name === content.name && id !== instead?.id)) throw new AppError('apiKeyNameTaken');
      // VS Code identifies a session by its label, which has the name: another name makes it another session.
      const { id, label } = instead?.name === content.name ? instead : newSession(content.name);
      if (instead) transaction.removeApiKey(instead.id);
      const key = { ...content, id, ...defined({ label }), keyId: sealKey.id };
      transaction.putApiKey(toApiKeyRow(sealKey, key));
      return key;
    });
    await cache.sync();
    return stored;
  }
}

/** @throws AppError `apiKeyRemoved` where another window has removed or renamed it meanwhile */
function requireKey(keys: readonly ApiKey[], id: string): ApiKey {
  const found = keys.find(key => key.id === id);
  if (!found) throw new AppError('apiKeyRemoved');
  return found;
}

function newSession(name: string): Pick<ApiKey, 'id' | 'label'> {
  const id = randomUUID();
  return { id, label: markedName(name, id) };
}
