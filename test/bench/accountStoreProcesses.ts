// The account store in several processes, as windows are: token requests for a number of windows, and the delay of the next one when the lock's holder is killed.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../src/base/clock.ts';
import type { Simulator } from '../simulator/client.ts';
import { startSimulator } from '../simulator/client.ts';
import type { Parts } from '../unit/accounts/store/support/parts.ts';
import { assemble } from '../unit/accounts/store/support/parts.ts';
import { MemorySealKeyHistory, SharedSecrets } from '../unit/accounts/store/support/secrets.ts';
import { serviceOf, signIn } from '../unit/accounts/store/support/simulated.ts';
import { MemoryLog } from '../unit/support/log.ts';
import { ms, timed } from './figures.ts';

const sizes = [1, 2, 4, 8, 16];
const rotations = 5;
const kills = 20;
/** Longer than the lifetime of the simulator's access tokens. */
const month = 30 * 24 * 3_600_000;

class Window {
  readonly #child;
  readonly #lines;

  constructor(folder: string, secrets: SharedSecrets) {
    const program = fileURLToPath(new URL('accountStoreWindow.ts', import.meta.url));
    const env = { ...process.env, SECRETS: JSON.stringify(Object.fromEntries(secrets.entries)) };
    this.#child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, folder], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env,
    });
    this.#lines = createInterface(this.#child.stdout)[Symbol.asyncIterator]();
  }

  async hear(expected?: string): Promise<string> {
    const line = await this.#lines.next();
    if (line.done) throw new Error('A window ended.');
    if (expected !== undefined && line.value !== expected) throw new Error(`A window said ${line.value}, not ${expected}.`);
    return line.value;
  }

  send(order: string): Promise<string> {
    this.#child.stdin.write(`${order}\n`);
    return this.hear();
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
  }
}

/** A machine with one account, and its windows. */
class Machine {
  readonly windows: Window[] = [];
  ahead = 0;
  readonly #simulator: Simulator;
  readonly #parent = mkdtempSync(path.join(tmpdir(), 'csi-bench-'));
  readonly #folder = path.join(this.#parent, 'storage');
  readonly #secrets = new SharedSecrets();
  readonly #first: Parts;

  constructor(simulator: Simulator) {
    this.#simulator = simulator;
    this.#first = assemble({
      folder: this.#folder,
      clock: { ...systemClock, now: () => Date.now() + this.ahead },
      secrets: this.#secrets,
      history: new MemorySealKeyHistory(),
      fetch: (url, init) => fetch(url, init),
      log: new MemoryLog(),
      random: Math.random,
    });
  }

  async signIn(): Promise<void> {
    await this.#simulator.reset();
    const tokens = await signIn(this.#simulator, 'ada', systemClock);
    await this.#first.store.saveSignIn(serviceOf(this.#simulator), tokens, { correlationId: 'bench' });
    await this.#first.store.settled();
  }

  async open(count: number): Promise<void> {
    const opened = Array.from({ length: count }, () => new Window(this.#folder, this.#secrets));
    this.windows.push(...opened);
    await Promise.all(opened.map(window => window.hear('ready')));
  }

  /** Lets tokens expire, here and at the service. */
  async pass(): Promise<void> {
    this.ahead += month;
    await this.#simulator.set({ clockOffsetSeconds: this.ahead / 1000 });
  }

  async clear(): Promise<void> {
    await Promise.all(this.windows.map(window => window.kill()));
    this.#first.vault.close();
    await rm(this.#parent, { recursive: true, force: true });
  }
}

const simulator = await startSimulator();
try {
  console.log(`Token requests per rotation, ${rotations} rotations, 20 callers in each window:`);
  for (const size of sizes) await countRequests(size);
  await timeKills();
} finally {
  await simulator.stop();
}

async function countRequests(size: number): Promise<void> {
  const machine = new Machine(simulator);
  try {
    await machine.signIn();
    await machine.open(size);
    const times: number[] = [];
    for (let round = 1; round <= rotations; round++) {
      await machine.pass();
      let generations: string[] = [];
      times.push(
        await timed(async () => {
          generations = await Promise.all(machine.windows.map(window => window.send(`use ${machine.ahead}`)));
        }),
      );
      if (generations.some(generation => generation !== String(round + 1)))
        throw new Error(`After rotation ${round}: ${generations.join(', ')}.`);
    }
    const { refresh } = await simulator.counts();
    const [session] = await simulator.sessions();
    const ended = session?.generation === rotations ? '' : ', and the session was revoked';
    console.log(
      `  ${String(size).padStart(2)} windows: ${(refresh / rotations).toFixed(2)}${ended}; all have the new token after ${ms(times)}`,
    );
  } finally {
    await machine.clear();
  }
}

/** The time from the kill to the request of a window that waits for the lock. */
async function timeKills(): Promise<void> {
  const times: number[] = [];
  for (let round = 0; round < kills; round++) {
    const machine = new Machine(simulator);
    try {
      await machine.signIn();
      await machine.open(2);
      await machine.pass();
      const [holder, waiter] = machine.windows;
      if ((await holder?.send('hold')) !== 'held') throw new Error('The lock was not acquired.');
      const used = waiter?.send(`use ${machine.ahead}`);
      // The window waits for the lock by then; the random time falls between two of its attempts.
      await pause(300 + Math.random() * 100);
      if ((await simulator.counts()).refresh !== 0) throw new Error('The lock was not respected.');
      const killed = Date.now();
      await holder?.kill();
      if ((await used) !== '2') throw new Error('The waiting window got no new token.');
      const request = (await simulator.requests()).find(({ kind }) => kind === 'refresh');
      times.push(Date.parse(request?.at ?? '') - machine.ahead - killed);
    } finally {
      await machine.clear();
    }
  }
  console.log(`From kill -9 of the holder to the request of the waiting window: ${ms(times)}, of ${kills}`);
}
