import type { Custody } from '../custody/custody.ts';
import type { SignInError } from '../oauth/errors.ts';
import { asSignInError } from '../oauth/errors.ts';
import type { Clock, Log } from '../oauth/host.ts';
import type { Http } from '../oauth/http.ts';
import type { UsageSnapshot } from './model.ts';
import { readUsage } from './reader.ts';

/** What is known of an account's usage: a failed attempt keeps the last reading. */
export interface UsageState {
  readonly reading?: UsageSnapshot;
  readonly failure?: SignInError;
  readonly isReading: boolean;
}

const nothing: UsageState = { isReading: false };

/** The last reading of each account, and the one request per account that may be under way. */
export class UsageMeter {
  readonly #options: { custody: Pick<Custody, 'usable'>; http: Http; clock: Clock; log: Log };
  readonly #states = new Map<string, UsageState>();
  readonly #running = new Map<string, Promise<void>>();
  readonly #listeners = new Set<() => void>();

  constructor(options: { custody: Pick<Custody, 'usable'>; http: Http; clock: Clock; log: Log }) {
    this.#options = options;
  }

  /** @returns stops listening */
  onDidChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  state(hash: string): UsageState {
    return this.#states.get(hash) ?? nothing;
  }

  /** Reads once; callers that come meanwhile share it. Never throws: see `failure`. */
  refresh(hash: string, flowId: string): Promise<void> {
    const running = this.#running.get(hash) ?? this.#read(hash, flowId).finally(() => this.#running.delete(hash));
    this.#running.set(hash, running);
    return running;
  }

  forget(hash: string): void {
    this.#states.delete(hash);
  }

  async #read(hash: string, flowId: string): Promise<void> {
    const { reading: before } = this.state(hash);
    this.#set(hash, { ...this.state(hash), isReading: true });
    try {
      const reading = await readUsage(hash, { ...this.#options, flowId });
      this.#set(hash, { isReading: false, ...(reading ? { reading } : {}) });
    } catch (error) {
      this.#options.log.error('usage was not read', error, { flow: flowId });
      this.#set(hash, { isReading: false, failure: asSignInError(error), ...(before ? { reading: before } : {}) });
    }
  }

  #set(hash: string, state: UsageState): void {
    this.#states.set(hash, state);
    for (const listener of this.#listeners) listener();
  }
}
