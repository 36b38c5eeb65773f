/** The state of the service while it runs. */

import { ApiKeys } from './apiKeys.ts';
import { Browsers } from './browsers.ts';
import { shiftClock } from './clock.ts';
import type { Mutable, Settings, SettingsChange } from './contract.ts';
import { GivenReasoning } from './givenReasoning.ts';
import type { Keys } from './keys.ts';
import { Ledger } from './ledger.ts';
import { OrderBook } from './orders.ts';
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
    streamDelayMs: 10,
    turnPercent: 1,
    reasoning: 'required',
    namesLimit: false,
    deviceCodeSeconds: 900,
    deviceInterval: 'usual',
    revocation: 'everySession',
    clockOffsetSeconds: 0,
  };
}

export class State {
  readonly issuer: string;
  readonly keys: Keys;
  readonly apiKeys = new ApiKeys();
  readonly browsers = new Browsers();
  readonly people = new People();
  readonly ledger = new Ledger();
  readonly sessions = new Sessions();
  readonly orders = new OrderBook();
  readonly reasoning = new GivenReasoning();
  settings = defaults();

  constructor(issuer: string, keys: Keys) {
    this.issuer = issuer;
    this.keys = keys;
  }

  change({ autoApprove, ...rest }: SettingsChange): void {
    this.settings = { ...this.settings, ...rest };
    if (autoApprove !== undefined) this.settings.autoApprove = typeof autoApprove === 'string' ? { account: autoApprove } : autoApprove;
    shiftClock(this.settings.clockOffsetSeconds);
  }

  /** The fields of the response with the change for it. */
  mutated(on: Mutable, response: Record<string, unknown>): Record<string, unknown> {
    const { set = {}, omit = [] } = this.orders.own.takeMutation(on) ?? {};
    return Object.fromEntries(Object.entries({ ...response, ...set }).filter(([name]) => !omit.includes(name)));
  }

  reset(): void {
    this.settings = defaults();
    shiftClock(0);
    this.orders.reset();
    this.browsers.clear();
    this.people.forgetReported();
    this.ledger.clear();
  }
}
