/** The grants, codes and tokens of oidc-provider: plain maps that forget nothing by themselves. */

import type { Adapter, AdapterPayload } from 'oidc-provider';
import { nowSeconds } from './clock.ts';

class ModelStore implements Adapter {
  readonly #items = new Map<string, AdapterPayload>();

  upsert(id: string, payload: AdapterPayload): Promise<void> {
    this.#items.set(id, payload);
    return Promise.resolve();
  }

  find(id: string): Promise<AdapterPayload | undefined> {
    return Promise.resolve(this.#items.get(id));
  }

  findByUserCode(userCode: string): Promise<AdapterPayload | undefined> {
    return Promise.resolve([...this.#items.values()].find(item => item.userCode === userCode));
  }

  findByUid(uid: string): Promise<AdapterPayload | undefined> {
    return Promise.resolve([...this.#items.values()].find(item => item.uid === uid));
  }

  consume(id: string): Promise<void> {
    const item = this.#items.get(id);
    if (item) item.consumed = nowSeconds();
    return Promise.resolve();
  }

  destroy(id: string): Promise<void> {
    this.#items.delete(id);
    return Promise.resolve();
  }

  revokeByGrantId(grantId: string): Promise<void> {
    for (const [id, item] of this.#items) if (item.grantId === grantId) this.#items.delete(id);
    return Promise.resolve();
  }
}

export function makeStore(): (model: string) => Adapter {
  const stores = new Map<string, ModelStore>();
  return model => {
    const store = stores.get(model) ?? new ModelStore();
    stores.set(model, store);
    return store;
  };
}
