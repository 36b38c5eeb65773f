/** The state of the service while it runs. */

import { ApiKeys } from './apiKeys.ts';
import { shiftClock } from './clock.ts';
import type { Mutable, Mutation, Settings, SettingsChange } from './contract.ts';
import { Faults } from './faults.ts';
import type { Keys } from './keys.ts';
import { Ledger } from './ledger.ts';
import { People } from './people.ts';
import { Sessions } from './sessions.ts';

function defaults(): Settings {
  return {
    accessTokenSeconds: 864_000,
    idTokenSeconds: 3600,
    refreshTokenSeconds: 90 * 86_400,
    autoApprove: null,
    authorizeDelayMs: 0,
    approveDelayMs: 0,
    tokenDelayMs: 0,
    revokeDelayMs: 0,
    usageDelayMs: 0,
    deviceDelayMs: 0,
    apiDelayMs: 0,
    deviceCodeSeconds: 900,
    deviceInterval: 'usual',
    clockOffsetSeconds: 0,
  };
}

export class State {
  readonly issuer: string;
  readonly keys: Keys;
  readonly apiKeys = new ApiKeys();
  readonly people = new People();
  readonly ledger = new Ledger();
  readonly sessions = new Sessions();
  readonly faults = new Faults();
  settings = defaults();
  #mutations: Required<Pick<Mutation, 'on' | 'times'>>[] & Mutation[] = [];

  constructor(issuer: string, keys: Keys) {
    this.issuer = issuer;
    this.keys = keys;
  }

  change({ autoApprove, ...rest }: SettingsChange): void {
    this.settings = { ...this.settings, ...rest };
    if (autoApprove !== undefined) this.settings.autoApprove = typeof autoApprove === 'string' ? { account: autoApprove } : autoApprove;
    shiftClock(this.settings.clockOffsetSeconds);
  }

  mutate(mutation: Mutation): void {
    this.#mutations.push({ on: 'code', times: 1, ...mutation });
  }

  /** The change for this response, which is used up when it is taken. */
  takeMutation(on: Mutable): Mutation | undefined {
    const mutation = this.#mutations.find(each => each.on === on);
    if (!mutation) return undefined;
    mutation.times -= 1;
    this.#mutations = this.#mutations.filter(({ times }) => times > 0);
    return mutation;
  }

  /** The fields of the response with the change for it. */
  mutated(on: Mutable, response: Record<string, unknown>): Record<string, unknown> {
    const { set = {}, omit = [] } = this.takeMutation(on) ?? {};
    return Object.fromEntries(Object.entries({ ...response, ...set }).filter(([name]) => !omit.includes(name)));
  }

  reset(): void {
    this.settings = defaults();
    shiftClock(0);
    this.#mutations = [];
    this.faults.clear();
    this.people.forgetReported();
    this.ledger.clear();
  }
}
