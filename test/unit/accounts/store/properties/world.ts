/**
 * One thread of time for many windows: whatever a window waits for (the disk, a lock, the network, its secret store, a
 * timer, a person) is an item here, and nothing happens until the item is chosen. Between two choices everything that runs
 * has come to its next item, so an order of choices is an interleaving, and the same order gives the same run.
 */
import type { ProcessLock } from '../../../../../src/storage/processLock.ts';
import type { Clock } from '../../../../../src/base/clock.ts';

/**
 * A window's process, as far as the outside can tell. One that dies is modelled by never continuing it: its code runs only
 * when an item of its own is chosen, those of a dead process never are, and real disk work has always ended before the next
 * choice. What the system does for a dead process is done for it in `whenDead`: its locks are released and its database is
 * closed (a transaction in it is rolled back, as the next process to open the file would do from the journal).
 */
export class Life {
  readonly name: string;
  readonly clock: Clock;
  readonly locks = new Map<string, ProcessLock>();
  readonly whenDead: (() => void)[] = [];
  isAlive = true;
  /** Stopped as by SIGSTOP: alive, with all its locks, and not running. */
  isStopped = false;
  readonly #world: World;

  constructor(world: World, name: string) {
    this.name = name;
    this.#world = world;
    this.clock = { now: () => world.now, elapsed: () => world.now, sleep: (ms, signal) => world.sleep(this, ms, signal) };
  }

  /** A point at which this process can be overtaken, stopped or killed. */
  pass(label: string): Promise<void> {
    return new Promise(resolve => {
      this.#world.add({ owner: this, label, go: resolve });
    });
  }

  die(): void {
    if (!this.isAlive) return;
    this.isAlive = false;
    for (const lock of this.locks.values()) lock.release();
    this.locks.clear();
    for (const each of this.whenDead) each();
  }
}

export interface Item {
  /** The process that continues when the item is chosen; an item without one is on its way through the network, and arrives even if its sender is dead. */
  readonly owner: Life | undefined;
  readonly label: string;
  readonly go: () => void;
}

interface Timer extends Item {
  readonly wakeAt: number;
}

/** If only timers are left, time advances by at least this much: late timers are the rule, and polling would take endless steps. */
const leastJump = 2_000;

export class World {
  now = Date.parse('2026-11-23T16:00:00Z');
  steps = 0;
  readonly trace: string[] = [];
  /** Called after each step, when everything is still. */
  afterStep: () => void = () => undefined;
  #items: (Item | Timer)[] = [];
  #working = 0;

  add(item: Item): void {
    this.#items.push(item);
  }

  sleep(owner: Life, ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const abort = () => {
        this.#items = this.#items.filter(item => item !== timer);
        reject(signal?.reason as Error);
      };
      const go = () => {
        signal?.removeEventListener('abort', abort);
        resolve();
      };
      const timer: Timer = { owner, label: `wake after ${Math.round(ms)}`, wakeAt: this.now + ms, go };
      this.#items.push(timer);
      signal?.addEventListener('abort', abort, { once: true });
    });
  }

  /** Runs disk work that really takes time: no item is chosen meanwhile. */
  async working<T>(work: () => Promise<T>): Promise<T> {
    this.#working++;
    try {
      return await work();
    } finally {
      this.#working--;
    }
  }

  /** Continues one of the items that can continue. @returns `false` if there is none */
  async step(choice: number): Promise<boolean> {
    const ready = this.#ready();
    const item = ready[choice % ready.length];
    if (!item) return false;
    this.#items = this.#items.filter(other => other !== item);
    this.note(`${item.owner?.name ?? 'network'}: ${item.label}`);
    this.steps++;
    item.go();
    await this.quiet();
    this.afterStep();
    return true;
  }

  /** Continues everything in its order, time too, until nobody who can continue waits. @throws Error if that never ends */
  async settle(): Promise<void> {
    await this.quiet();
    for (let steps = 0; steps < 20_000; steps++) {
      if (await this.step(0)) continue;
      const next = Math.min(
        ...this.#items
          .filter(isTimer)
          .filter(canRun)
          .map(({ wakeAt }) => wakeAt),
      );
      if (!Number.isFinite(next)) return;
      this.now = Math.max(next, this.now + leastJump);
    }
    throw new Error('the run never ends');
  }

  /** Resolves when all code that can run has run. */
  async quiet(): Promise<void> {
    for (let still = 0; still < 2; still = this.#working > 0 ? 0 : still + 1) await new Promise(setImmediate);
  }

  note(what: string): void {
    this.trace.push(`${String(this.now)} ${what}`);
  }

  /** Timers of one process end in the order of their times, however late. */
  #ready(): Item[] {
    const first = new Map<Life | undefined, Timer>();
    for (const timer of this.#items.filter(isTimer)) {
      if (timer.wakeAt <= this.now && timer.wakeAt < (first.get(timer.owner)?.wakeAt ?? Infinity)) first.set(timer.owner, timer);
    }
    return this.#items.filter(item => canRun(item) && (!isTimer(item) || first.get(item.owner) === item));
  }
}

function isTimer(item: Item | Timer): item is Timer {
  return 'wakeAt' in item;
}

function canRun({ owner }: Item): boolean {
  return !owner || (owner.isAlive && !owner.isStopped);
}
