import type { ApiKeyOwner } from './apiKeyOwner.ts';
import { readOwner } from './apiKeyOwner.ts';
import { safeLabel } from '../accounts/markedName.ts';
import { defined } from '../base/defined.ts';
import { isRecord } from '../base/json.ts';
import type { SealKey } from '../vault/seal.ts';
import { seal, unseal } from '../vault/seal.ts';
import type { ApiKeyRow } from '../vault/vault.ts';
import type { RecordKind } from '../vault/vaultCache.ts';

/** An API key, billed per token. It has no session and is never refreshed. */
export interface ApiKey {
  /** Our own id, independent of the key. It stays as long as the name does. */
  readonly id: string;
  /** The key of the seal. */
  readonly keyId: string;
  /** What the person calls it: unique among the keys that are there. */
  readonly name: string;
  /** What VS Code keys its grants by: the name, marked so that no other key ever gets it. Absent in keys of earlier versions: the name. */
  readonly label?: string;
  readonly secret: string;
  /** The API that accepted the key, without a trailing slash. The key is sent to no other URL. */
  readonly apiUrl: string;
  readonly owner: ApiKeyOwner;
  /** Whether the API refused the key at the last check: it may be revoked. */
  readonly isRefused: boolean;
  /** Milliseconds since the epoch. */
  readonly addedAt: number;
}

type ApiKeyContent = Omit<ApiKey, 'id' | 'keyId'>;

export function toApiKeyRow(sealKey: SealKey, { id, name, label, secret, apiUrl, owner, isRefused, addedAt }: ApiKey): ApiKeyRow {
  const content: ApiKeyContent = { name, secret, apiUrl, owner, isRefused, addedAt, ...defined({ label }) };
  return { id, keyId: sealKey.id, sealed: seal(sealKey, headerOf(id), content) };
}

/** @returns `undefined` where the row does not open with this key */
export function fromApiKeyRow(sealKey: SealKey, { id, keyId, sealed }: ApiKeyRow): ApiKey | undefined {
  const content = unseal(sealKey, headerOf(id), sealed);
  // What opens was sealed by us: GCM vouches for every byte.
  if (!isRecord(content)) return undefined;
  // Earlier versions kept names as they came.
  const { name, owner, ...known } = content as unknown as ApiKeyContent;
  return { ...known, id, keyId, name: safeLabel(name, id), owner: readOwner(owner) };
}

/** No record of an account opens as one of these, and none of these as an account. */
function headerOf(id: string) {
  return { hash: id, login: 'api-key', generation: 0, state: 'ready' };
}

/** API keys as records of the vault, by their id. */
export const apiKeyRecords: RecordKind<ApiKeyRow, ApiKey> = {
  rows: ({ apiKeys }) => apiKeys,
  open: fromApiKeyRow,
  idOf: ({ id }) => id,
  nameOf: ({ name }) => name,
  isListed: () => true,
  isEqual: (a, b) => JSON.stringify(a) === JSON.stringify(b),
};
