/** Windows with a UsageService each, which share a folder and a clock that a test moves. */
import { setImmediate } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { ProcessLocks } from '../../../../src/storage/processLock.ts';
import type { Clock } from '../../../../src/base/clock.ts';
import { systemClock } from '../../../../src/base/clock.ts';
import type { AlertRules } from '../../../../src/usage/alertTracker.ts';
import type { ViewRules } from '../../../../src/usage/usageView.ts';
import type { UsageServiceConditions } from '../../../../src/usage/polling/usageService.ts';
import { UsageService } from '../../../../src/usage/polling/usageService.ts';
import { UsageRecorder } from '../../../../src/usage/polling/usageRecorder.ts';
import { UsageStore } from '../../../../src/usage/polling/usageStore.ts';
import { second } from '../../../../src/base/duration.ts';
import { storageFolder } from '../../accounts/store/support/window.ts';
import { workspaceId } from '../../oauth/support/tokens.ts';
import { readFixture } from '../../support/captured.ts';
import { ManualClock } from '../../support/clock.ts';
import type { SentRequest } from '../../support/network.ts';
import { json, Network } from '../../support/network.ts';
import type { AccountInfo, Credential, CredentialOptions } from '../../../../src/accounts/account.ts';
import { chatGptProviderId, isSameTokenSet } from '../../../../src/accounts/account.ts';
import type { AccountsChange } from '../../../../src/accounts/accounts.ts';
import type { AccountSource } from '../../../../src/accounts/accountSource.ts';
import type { TestAccount } from './account.ts';
import { account, OneAccount } from './account.ts';

export { hour, minute, second } from '../../../../src/base/duration.ts';

/** The same time, but waiting for a locked file takes real time. */
export function diskClock(clock: Clock): Clock {
  return { now: () => clock.now(), elapsed: systemClock.elapsed, sleep: systemClock.sleep };
}

/** The accounts of a machine, all signed in unless a test sets others. */
export class SomeAccounts {
  readonly source: AccountSource = { id: 'chatgpt', providerId: chatGptProviderId } as AccountSource;
  readonly calls: CredentialOptions[] = [];
  /** Whether a refused token set is replaced by another. */
  renews = false;
  #accounts: readonly TestAccount[];
  readonly #listeners = new Set<(change: AccountsChange) => void>();

  constructor(...accounts: TestAccount[]) {
    this.#accounts = accounts;
  }

  credential({ hash }: Pick<AccountInfo, 'hash'>, options: CredentialOptions): Promise<Credential> {
    this.calls.push(options);
    if (this.renews)
      this.#accounts = this.#accounts.map(each =>
        isSameTokenSet(each, options.refused) ? { ...each, generation: each.generation + 1 } : each,
      );
    return new OneAccount(...this.#accounts.filter(each => each.hash === hash)).credential(hash, options);
  }

  updateProfile(): Promise<void> {
    return Promise.resolve();
  }

  list(): Promise<readonly AccountInfo[]> {
    return Promise.resolve(this.#accounts);
  }

  onDidChange(listener: (change: AccountsChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  set(...accounts: TestAccount[]): void {
    const before = this.#accounts;
    this.#accounts = accounts;
    const isIn = (list: readonly TestAccount[]) => (each: TestAccount) => list.some(({ hash }) => hash === each.hash);
    const change = {
      added: accounts.filter(each => !isIn(before)(each)),
      removed: before.filter(each => !isIn(accounts)(each)),
      changed: accounts.filter(isIn(before)),
    };
    for (const listener of this.#listeners) listener({ source: this.source, change });
  }
}

/** A usage payload with the weekly window alone, unless a test adds others. */
export function usage(changes: { used?: number; resetAt?: number; [field: string]: unknown } = {}): object {
  const { used = 58, resetAt = Date.parse('2026-11-28T16:00:01Z'), ...rest } = changes;
  const plus = readFixture('usage/01-plus-5h-and-weekly.json') as object;
  const weekly = { used_percent: used, limit_window_seconds: 604_800, reset_at: resetAt / 1000 };
  return {
    ...plus,
    account_id: workspaceId,
    rate_limit: { allowed: true, limit_reached: false, primary_window: weekly, secondary_window: null },
    rate_limit_reset_credits: null,
    ...rest,
  };
}

const watching: UsageServiceConditions = { enabled: true, interval: 'auto', focused: true, panelVisible: false };
const rules: AlertRules & ViewRules = {
  switches: { low: true, pace: false, spent: true, back: true },
  thresholds: { warnAt: 80, criticalAt: 95 },
  workDays: 7,
  interval: 'auto',
};

export interface OpenWindow {
  readonly usageService: UsageService;
  readonly recorder: UsageRecorder;
  readonly store: UsageStore;
  /** The alerts that it raised, e.g. `low codex:weekly`. */
  readonly alerts: string[];
}

export class Machine {
  readonly clock = new ManualClock();
  readonly folder = storageFolder();
  readonly accounts: SomeAccounts;
  readonly network: Network;
  answer: (request: SentRequest) => Response | Promise<Response> = () => json(200, usage());
  /** Whether windows hear that another one has stored something. */
  areNotified = true;
  readonly #windows: OpenWindow[] = [];

  constructor(...accounts: TestAccount[]) {
    this.accounts = new SomeAccounts(...(accounts.length > 0 ? accounts : [account()]));
    this.network = new Network(request => this.answer(request), this.clock);
  }

  /** The number of requests to the service. */
  get requests(): number {
    return this.network.sent.length;
  }

  async open(
    conditions: Partial<UsageServiceConditions> = {},
    options: { folder?: string; random?: () => number } = {},
  ): Promise<OpenWindow> {
    const { folder = this.folder, random = () => 0.5 } = options;
    const { clock } = this;
    const { http, log } = this.network;
    const disk = diskClock(clock);
    const store = new UsageStore({ folder, clock: disk, http, log, random });
    const locks = new ProcessLocks({ folder, clock: disk, random });
    const { accounts } = this;
    const recorder = new UsageRecorder({ store, locks, clock, log, rules: () => rules });
    const usageService = new UsageService({ accounts, recorder, http, clock, log, random });
    const alerts: string[] = [];
    recorder.onAlert(({ alert: { kind, window } }) => alerts.push(`${kind} ${window.id}`));
    const window = { usageService, recorder, store, alerts };
    onTestFinished(async () => {
      usageService.dispose();
      await usageService.settled();
      store.close();
    });
    await usageService.start({ ...watching, ...conditions });
    this.#windows.push(window);
    this.clock.advance(0);
    await this.rest();
    return window;
  }

  /** Moves the clock in steps that are short enough not to count as a sleep; after each, every window hears of the others' changes. */
  async pass(ms: number, step = 5 * second): Promise<void> {
    for (let left = ms; left > 0; left -= step) {
      this.clock.advance(Math.min(step, left));
      await this.rest();
    }
  }

  /** Moves the clock in one step, as a sleep of the machine does; then the timers fire. */
  async sleep(ms: number): Promise<void> {
    this.clock.stop(ms);
    this.clock.advance(1);
    await this.rest();
  }

  /** Waits until nothing is in progress. */
  async rest(): Promise<void> {
    await setImmediate();
    for (const { usageService } of this.#windows) await usageService.settled();
    for (const { recorder } of this.areNotified ? this.#windows : []) await recorder.reload();
    for (const { usageService } of this.#windows) await usageService.settled();
  }
}
