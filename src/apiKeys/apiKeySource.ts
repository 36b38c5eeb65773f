import type { AccountInfo, Credential, CredentialResult } from '../accounts/account.ts';
import type { AccountSource } from '../accounts/accountSource.ts';
import type { Change } from '../base/change.ts';
import { mapChange } from '../base/change.ts';
import { AppError } from '../base/errors.ts';
import type { ApiKey } from './apiKey.ts';
import type { ApiKeys } from './apiKeys.ts';

/** API keys as everybody else sees them: a credential is the key itself, until it is removed. Only the API can say whether it is still valid. */
export class ApiKeySource implements AccountSource {
  readonly id = 'apiKeys';
  readonly providerId = 'openai-api-key';
  readonly #keys: ApiKeys;
  readonly #check: (key: ApiKey) => Promise<void>;
  readonly #checking = new Set<string>();

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

  async credentials(id: string | undefined): Promise<readonly CredentialResult[]> {
    const all = await this.#keys.list();
    return all.filter(key => id === undefined || key.id === id).map(key => this.#credentialOf(key));
  }

  /** Checks the key again, unless the API has rejected it before. */
  async reportRefused(id: string, accessToken: string): Promise<void> {
    const key = (await this.#keys.list()).find(each => each.id === id && each.secret === accessToken);
    if (!key || key.isRefused || this.#checking.has(key.id)) return;
    this.#checking.add(key.id);
    try {
      await this.#check(key);
    } finally {
      this.#checking.delete(key.id);
    }
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

  infoOf({ id, name, isRefused, apiUrl }: ApiKey): AccountInfo {
    const { host } = new URL(apiUrl);
    return { source: this.id, hash: id, id, label: name, signInId: id, isExpired: isRefused, identity: {}, host, capabilities: {} };
  }

  #credentialOf(key: ApiKey): Credential {
    return {
      account: this.infoOf(key),
      accessToken: key.secret,
      tokenSetId: { signInId: key.id, generation: 1 },
      refusedCode: 'apiKeyRefused',
    };
  }
}
