/** The requests that came in, and the secrets in requests and responses. Secrets are kept until the process ends. */

import type { Counts, RequestEntry, RequestKind, SecretEntry } from './contract.ts';
import type { Received } from './received.ts';

const secretParams: Record<string, string> = {
  code: 'authorization_code',
  code_verifier: 'code_verifier',
  refresh_token: 'refresh_token',
  access_token: 'access_token',
  id_token: 'id_token',
  id_token_hint: 'id_token',
  subject_token: 'id_token',
  token: 'token',
  state: 'state',
  nonce: 'nonce',
  device_auth_id: 'device_auth_id',
  device_code: 'device_code',
  user_code: 'user_code',
};

const maskedHeaders = new Set(['authorization', 'cookie', 'proxy-authorization']);
const mask = '***';

function noCounts(): Counts {
  return { authorize: 0, code: 0, refresh: 0, revoke: 0, usage: 0, deviceStart: 0, devicePoll: 0, api: 0, other: 0 };
}

export class Ledger {
  #counts = noCounts();
  #requests: RequestEntry[] = [];
  readonly #secrets = new Map<string, SecretEntry>();

  counts(): Counts {
    return { ...this.#counts };
  }

  requests(): readonly RequestEntry[] {
    return this.#requests;
  }

  secrets(): SecretEntry[] {
    return [...this.#secrets.values()];
  }

  clear(): void {
    this.#counts = noCounts();
    this.#requests = [];
  }

  /** Records a request; the returned entry gets its status later. */
  open(
    kind: RequestKind,
    method: string,
    path: string,
    headers: NodeJS.Dict<string | string[]>,
    params: Record<string, string>,
  ): RequestEntry {
    this.#counts[kind] += 1;
    this.#noteBearer(kind === 'api' ? 'api_key' : 'access_token', headers['authorization']);
    for (const [name, value] of Object.entries(params)) {
      const secretKind = secretParams[name];
      if (secretKind !== undefined) this.note(secretKind, value);
    }
    const entry: RequestEntry = {
      kind,
      method,
      path,
      headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, maskedHeaders.has(name) ? mask : String(value)])),
      params: Object.fromEntries(Object.entries(params).map(([name, value]) => [name, name in secretParams ? mask : value])),
      strays: [],
      status: 0,
      at: new Date().toISOString(),
    };
    this.#requests.push(entry);
    return entry;
  }

  /** The kinds of credentials in a request that do not belong there, see `RequestEntry`. */
  straysIn({ request, body }: Received, isApi: boolean): string[] {
    const { authorization = '', ...headers } = request.headers;
    const otherParts = [request.url, JSON.stringify(headers), body].join('\n');
    const found = this.secrets().filter(({ kind, value }) => {
      if (kind === 'api_key') return otherParts.includes(value) || (!isApi && authorization.includes(value));
      return isApi && (otherParts.includes(value) || authorization.includes(value));
    });
    return [...new Set(found.map(({ kind }) => kind))];
  }

  /** Remembers a secret, and the signature of a JWT too. A secret keeps the first kind that it had. */
  note(kind: string, value: unknown): void {
    if (typeof value !== 'string' || value.length < 8) return;
    if (!this.#secrets.has(value)) this.#secrets.set(value, { value, kind });
    const [, , signature, ...more] = value.split('.');
    if (value.startsWith('eyJ') && signature !== undefined && more.length === 0) this.note(`${kind}_signature`, signature);
  }

  #noteBearer(kind: string, authorization: string | string[] | undefined): void {
    if (typeof authorization === 'string') this.note(kind, authorization.replace(/^bearer /i, ''));
  }
}
