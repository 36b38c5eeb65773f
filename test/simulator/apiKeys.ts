/** The keys of the API: each issued key with its owner and its state. */

import { randomBytes } from 'node:crypto';
import type { ApiKeyIssue, ApiKeyState } from './contract.ts';

export interface ApiKey {
  readonly secret: string;
  readonly organization?: string | undefined;
  readonly project?: string | undefined;
  state: ApiKeyState;
}

export class ApiKeys {
  readonly #all = new Map<string, ApiKey>();

  issue({ organization, project }: ApiKeyIssue): ApiKey {
    const key: ApiKey = { secret: `sk-proj-${randomBytes(48).toString('base64url')}`, organization, project, state: 'good' };
    this.#all.set(key.secret, key);
    return key;
  }

  find(secret: string): ApiKey | undefined {
    return this.#all.get(secret);
  }

  all(): readonly ApiKey[] {
    return [...this.#all.values()];
  }
}
