/** A machine with one storage folder, an account that has signed in at the simulator, and windows in as many processes as a test starts. */
import { renameSync, writeFileSync } from 'node:fs';
import { beforeEach } from 'vitest';
import type { StoredAccount } from '../../../../../src/accounts/store/storedAccount.ts';
import type { Fetch } from '../../../../../src/base/http.ts';
import type { SessionEntry, Simulator, SimulatorControl } from '../../../../simulator/client.ts';
import { useSimulator } from '../../../support/simulator.ts';
import type { Child, ChildOptions } from './child.ts';
import { start } from './child.ts';
import { MovedClock } from './movedClock.ts';
import { SharedSecrets } from './secrets.ts';
import { hour } from './service.ts';
import { serviceOf, signIn } from './simulated.ts';
import type { Window, WindowOptions } from './window.ts';
import { flow, openWindow, storageFolder } from './window.ts';

/** A time that is longer than an access token lives. */
export const month = 30 * 24 * hour;

export interface Machine extends Window {
  readonly folder: string;
  readonly clock: MovedClock;
  readonly account: StoredAccount;
  /** Another window of this process. */
  another(options?: Partial<WindowOptions>): Window;
  /** Lets time pass for every window of the machine, in whichever process, and for the service. */
  pass(ms: number): Promise<void>;
  /** A window in a process of its own. */
  process(options?: ChildOptions): Promise<Child>;
}

export interface MachineOptions {
  /** How long ago the person signed in, in milliseconds. */
  readonly ahead?: number;
  readonly folder?: string;
  readonly fetch?: Fetch;
}

export async function machine(simulator: SimulatorControl, options: MachineOptions = {}): Promise<Machine> {
  const { ahead = 0, folder = storageFolder() } = options;
  const [clock, secrets] = [new MovedClock(), new SharedSecrets()];
  const common = { folder, clock, secrets, fetch: options.fetch ?? ((url, init) => fetch(url, init)) };
  const another = (more: Partial<WindowOptions> = {}) => openWindow({ ...common, ...more });
  const window = another();
  const account = await window.store.saveSignIn(serviceOf(simulator), await signIn(simulator, 'ada', clock), flow);
  // The file is not beside the folder, whose disk may be full.
  const clockFile = `${storageFolder()}-clock`;
  const pass = async (ms: number) => {
    const ahead = clock.ahead + ms;
    // The service first: a window that hears of it between the two takes its tokens for due, as they are afterwards.
    await simulator.set({ clockOffsetSeconds: ahead / 1000 });
    clock.ahead = ahead;
    // The file is replaced in one step, so that nobody reads half of it.
    writeFileSync(`${clockFile}-next`, String(clock.ahead));
    renameSync(`${clockFile}-next`, clockFile);
  };
  await pass(ahead);
  const process = ({ env = {}, ...more }: ChildOptions = {}) =>
    start('window', [folder, clockFile], { ...more, env: { SECRETS: JSON.stringify(Object.fromEntries(secrets.entries)), ...env } });
  return { ...window, folder, clock, account, another, pass, process };
}

export function use({ store }: Window, { hash }: StoredAccount): Promise<StoredAccount> {
  return store.credential(hash, flow);
}

/** What the service has seen since the test began: one simulator serves all tests of a file. */
class Records {
  readonly #simulator: SimulatorControl;
  #earlier: ReadonlySet<string> = new Set();

  constructor(simulator: SimulatorControl) {
    this.#simulator = simulator;
  }

  /** Forgets earlier sessions and requests, and every setting. */
  async begin(): Promise<void> {
    await this.#simulator.reset();
    this.#earlier = new Set((await this.#simulator.sessions({ all: true })).map(({ sessionId }) => sessionId));
  }

  async sessions(): Promise<SessionEntry[]> {
    return (await this.#simulator.sessions({ all: true })).filter(({ sessionId }) => !this.#earlier.has(sessionId));
  }

  /** The reasons why the sessions ended; a refresh token that is presented twice ends its session. */
  async endings(): Promise<(string | undefined)[]> {
    return (await this.sessions()).map(({ revoked }) => revoked);
  }

  async liveAccounts(): Promise<string[]> {
    return (await this.sessions()).flatMap(({ account, revoked }) => (revoked === undefined ? [account] : []));
  }

  async refreshes(): Promise<number> {
    return (await this.#simulator.counts()).refresh;
  }

  /** Resolves when the simulator has received such a request, with or without a response. */
  async requested(kind: 'refresh' | 'revoke'): Promise<void> {
    while ((await this.#simulator.counts())[kind] === 0);
  }
}

/** The account service for the tests of a file, and what it has seen since each of them began. */
export async function useRecords(): Promise<{ simulator: Simulator; records: Records }> {
  const simulator = await useSimulator();
  const records = new Records(simulator);
  beforeEach(() => records.begin());
  return { simulator, records };
}
