import type { AccountInfo, Credential, PresentCredential } from '../accounts/account.ts';
import type { AccountSource } from '../accounts/accountSource.ts';
import type { RefusedTokenOutcome } from '../accounts/refusedToken.ts';
import type { Change } from '../base/change.ts';
import { mapChange } from '../base/change.ts';
import { AppError } from '../base/errors.ts';
import { hostOf } from '../base/url.ts';
import type { ApiKey } from './apiKey.ts';
import type { ApiKeys } from './apiKeys.ts';

/** API keys as everybody else sees them: a credential is the key itself, until it is removed. Only the API can say whether it is still valid. */
export class ApiKeySource implements AccountSource {
  readonly id = 'apiKeys';
  readonly providerId = 'openai-api-key';
  readonly #keys: ApiKeys;
  readonly #check: (key: ApiKey) => Promise<void>;
  readonly #checking = new Map<string, Promise<void>>();

  /** @param check asks the API whether it still accepts the key, and saves the result; never throws */
  constructor(keys: ApiKeys, check: (key: ApiKey) => Promise<void>) {
    this.#keys = keys;
    this.#check = check;
  }

  async accounts(): Promise<readonly AccountInfo[]> {
    return (await this.#keys.list()).map(key => this.infoOf(key));
  }

  async credential(hash: string): Promise<Credential> {
    const key = (await this.#keys.list()).find(({ id }) => id === hash);
    if (!key) throw new AppError('signedOut');
    return this.#credentialOf(key);
  }

  async presentCredentials(): Promise<readonly PresentCredential[]> {
    return (await this.#keys.list()).map(key => ({ ...this.#credentialOf(key), isValid: true }));
  }

  /** Checks the key again, unless the API has rejected it before. */
  async reportRefused(id: string, accessToken: string): Promise<RefusedTokenOutcome | undefined> {
    const keyOf = async () => (await this.#keys.list()).find(each => each.id === id);
    const key = await keyOf();
    if (!key) return undefined;
    if (key.isRefused) return 'over';
    if (key.secret !== accessToken) return 'refreshed';
    const checking = this.#checking.get(id) ?? this.#check(key).finally(() => this.#checking.delete(id));
    this.#checking.set(id, checking);
    await checking;
    return (await keyOf())?.isRefused === false ? 'unchanged' : 'over';
  }

  /** A check saves everything that the API says of a key. */
  updateProfile(): Promise<void> {
    return Promise.resolve();
  }

  async reload(): Promise<void> {
    await this.#keys.list();
  }

  onDidChange(listener: (change: Change<AccountInfo>) => void): () => void {
    return this.#keys.onDidChange(change => {
      listener(mapChange(change, key => this.infoOf(key)));
    });
  }

  infoOf({ id, name, label = name, isRefused, apiUrl }: ApiKey): AccountInfo {
    return {
      source: this.id,
      hash: id,
      id,
      label,
      signInId: id,
      isExpired: isRefused,
      identity: {},
      host: hostOf(apiUrl),
      capabilities: {},
      backendUrl: apiUrl,
    };
  }

  #credentialOf(key: ApiKey): Credential {
    return {
      account: this.infoOf(key),
      accessToken: key.secret,
      tokenSetId: { signInId: key.id, generation: 1 },
    };
  }
}
