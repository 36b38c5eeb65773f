/** Windows in processes of their own, with a clock that the test moves, against the simulated account service. */
import { expect, it } from 'vitest';
import type { Child } from '../../../accounts/store/support/child.ts';
import { start } from '../../../accounts/store/support/child.ts';
import { bytesOf } from '../../../accounts/store/support/disk.ts';
import { SharedSecrets } from '../../../accounts/store/support/secrets.ts';
import { serviceOf, signIn } from '../../../accounts/store/support/simulated.ts';
import { flow, openWindow, storageFolder } from '../../../accounts/store/support/window.ts';
import { ManualClock } from '../../../support/clock.ts';
import { hour, minute, second } from '../../support/machine.ts';
import { useSimulator } from '../../../support/simulator.ts';

const simulator = await useSimulator();

class Processes {
  readonly folder: string;
  readonly #children: readonly Child[];
  #now: number;

  private constructor(folder: string, children: readonly Child[], now: number) {
    this.folder = folder;
    this.#children = children;
    this.#now = now;
  }

  /** Opens windows for one account that has just signed in. */
  static async open(count: number): Promise<Processes> {
    const [folder, secrets, clock] = [storageFolder(), new SharedSecrets(), new ManualClock(Date.now())];
    const { store, vault } = openWindow({ folder, secrets, clock, fetch: (url, init) => fetch(url, init) });
    await store.saveSignIn(serviceOf(simulator), await signIn(simulator, 'ada', clock), flow);
    vault.close();
    const env = { SECRETS: JSON.stringify(Object.fromEntries(secrets.entries)), NOW: String(clock.now()) };
    const children = Array.from({ length: count }, () => start('../../../usage/polling/programs/usageService', [folder], { env }));
    return new Processes(folder, await Promise.all(children), clock.now());
  }

  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 10 * second) await this.say('at', 10 * second);
  }

  /** Sends an order to all processes at once. @returns the readings they show */
  async say(order: 'at' | 'wake', ms: number): Promise<string[]> {
    this.#now += ms;
    for (const child of this.#children) child.say(`${order} ${this.#now}`);
    return Promise.all(this.#children.map(child => child.hear()));
  }
}

async function usageRequests(): Promise<number> {
  return (await simulator.counts()).usage;
}

it('four processes send as many requests in an hour as one, one after the other', async () => {
  const one = await Processes.open(1);
  await one.pass(hour);
  const alone = await usageRequests();
  expect(alone).toBe(12);
  await simulator.reset();
  const four = await Processes.open(4);
  await four.pass(hour);
  expect(await usageRequests()).toBe(alone);
  // The other processes show the reading as soon as they notice it.
  const shown = async () => [...new Set(await four.say('at', 0))];
  while ((await shown()).length > 1);
  expect(await shown()).not.toEqual(['nothing']);
});

it('four processes send one request after a sleep of eight hours', async () => {
  const four = await Processes.open(4);
  await four.pass(minute);
  expect(await usageRequests()).toBe(1);
  await four.say('wake', 8 * hour);
  await four.pass(2 * minute);
  expect(await usageRequests()).toBe(2);
});

it('no personal data or secret that the service returned is in the storage folder', async () => {
  const one = await Processes.open(1);
  await one.pass(minute);
  expect(await usageRequests()).toBe(1);
  const files = bytesOf(one.folder);
  expect(files['usage-1.db']?.includes('"weekly"')).toBe(true);
  const ids = ['ada@example.com', 'user-', 'auth0|', '-0000-4000-8000-'];
  const forbidden = [...ids, ...(await simulator.secrets()).map(({ value }) => value)];
  for (const [name, bytes] of Object.entries(files)) {
    for (const value of forbidden) expect(bytes.includes(value), name).toBe(false);
  }
});
