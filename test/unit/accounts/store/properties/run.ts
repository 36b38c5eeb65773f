/** One run of a program, from an empty disk to the check of what is left. */
import { existsSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { SecretStore } from '../../../../../src/vault/sealKeys.ts';
import { bytesOf } from '../support/disk.ts';
import { DesktopSecrets, MemorySealKeyHistory, PrivateSecrets, SharedSecrets } from '../support/secrets.ts';
import { EditorWindow } from './editorWindow.ts';
import { ModelService } from './modelService.ts';
import { Network } from './network.ts';
import type { Event, Program } from './program.ts';
import type { Counts } from './watcher.ts';
import { Watcher } from './watcher.ts';
import type { Life } from './world.ts';
import { World } from './world.ts';

const hour = 3_600_000;
/** The number of windows at a time. */
const mostWindows = 4;

export interface Result {
  readonly counts: Counts;
  /** Every step in its order: the same for the same program. */
  readonly trace: readonly string[];
}

/** @throws Error the guarantees that were broken, and the steps before */
export async function run(program: Program): Promise<Result> {
  // Thousands of runs wait for thousands of commits, which take less time in memory, where the system has such a folder.
  const parent = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'interleaving-'));
  const machine = new Machine(program, join(parent, 'storage'));
  try {
    await machine.live();
    await machine.check();
    return machine.result;
  } finally {
    machine.end();
    await rm(parent, { recursive: true, force: true });
  }
}

/** One machine with its editor, its disk and its network. */
class Machine {
  readonly #program: Program;
  readonly #folder: string;
  readonly #random: () => number;
  readonly #world = new World();
  readonly #model: ModelService;
  readonly #watcher: Watcher;
  readonly #network: Network;
  readonly #history = new MemorySealKeyHistory();
  readonly #desktop: DesktopSecrets;
  readonly #browsers: { map: ReadonlyMap<string, string> }[] = [{ map: new Map() }, { map: new Map() }];
  /** The windows that live. */
  readonly #windows = new Set<EditorWindow>();
  readonly #stores = new Map<Life, SecretStore>();
  /** Windows that have been notified of a change, and have not reloaded yet. */
  readonly #notified = new Set<EditorWindow>();
  #notifiedVersion = 0;
  #opened = 0;
  /** Another program that uses the vault: a backup, or a window that was stopped in a commit. */
  #outsider: DatabaseSync | undefined;

  constructor(program: Program, folder: string) {
    this.#program = program;
    this.#folder = folder;
    this.#random = randomOf(program.seed);
    this.#model = new ModelService(program.tokenLifetime);
    const [world, model, random] = [this.#world, this.#model, this.#random];
    this.#watcher = new Watcher({ world, model, folder });
    this.#network = new Network({ world, model, watcher: this.#watcher, random });
    this.#desktop = new DesktopSecrets({ now: () => world.now, random });
    world.afterStep = () => {
      this.#watcher.observe();
      this.#notify();
    };
  }

  get result(): Result {
    const { counts } = this.#watcher;
    return { counts: { ...counts, steps: this.#world.steps }, trace: this.#world.trace };
  }

  /** Runs the events of the program, and then waits until nobody waits for anything. */
  async live(): Promise<void> {
    const { start, tokenLifetime, refreshFates, revokeFates, events } = this.#program;
    const first = this.#open();
    if (start !== 'empty') {
      await this.#settle();
      first.signIn(0, 'ifUnused');
      await this.#settle();
    }
    if (start === 'due') this.#world.now += 0.93 * tokenLifetime;
    this.#network.expect(refreshFates, revokeFates);
    for (const { event, choices } of events) {
      this.#world.note(JSON.stringify(event));
      this.#happen(event);
      await this.#world.quiet();
      for (const choice of choices) await this.#step(choice);
    }
    this.#outsider?.close();
    this.#outsider = undefined;
    this.#resume();
    await this.#settle();
  }

  /** Checks what is left, and whether a later window can work with it. */
  async check(): Promise<void> {
    this.#watcher.checkSurvival();
    this.#countKeys();
    for (const { life } of [...this.#windows]) life.die();
    this.#scan();
    this.#network.expect([], []);
    const later = this.#openWith(allKeys(this.#watcher));
    later.prepare();
    await this.#settle();
    this.#watcher.require(!this.#watcher.rows.some(({ state }) => state === 'signingOut'), 'an interrupted sign-out is completed');
    // This is longer than any token, any pause and any Retry-After.
    this.#world.now += this.#model.tokenLifetime + 7 * hour;
    for (const { hash } of this.#watcher.rows) later.use(hash, false);
    await this.#settle();
    for (const { state, tokens } of this.#watcher.rows) {
      const issued = this.#model.issued.get(tokens.refreshToken);
      const works = issued?.family.isLive === true && !issued.successor && tokens.issuedAt >= this.#world.now - hour;
      this.#watcher.require(state === 'expired' || works, 'an account that was kept works');
    }
    later.signOutAll();
    await this.#settle();
    this.#watcher.require(
      this.#watcher.rows.length === 0 && this.#watcher.keyIds.length === 0,
      'nothing is left after all accounts were signed out',
    );
    later.life.die();
    this.#scan();
    this.#fail();
  }

  end(): void {
    for (const { life } of [...this.#windows]) life.die();
    this.#outsider?.close();
    this.#watcher.close();
  }

  #happen(event: Event): void {
    if ('window' in event) {
      const window = [...this.#windows][event.window % this.#windows.size];
      if (window) this.#happenIn(window, event);
      else this.#open();
      return;
    }
    switch (event.kind) {
      case 'pass':
        this.#world.now += event.ms;
        return;
      case 'updateProfile':
        this.#rename(event.person);
        return;
      case 'hold':
        this.#hold(event.how);
        return;
      case 'release':
        this.#outsider?.close();
        this.#outsider = undefined;
        return;
      case 'resume':
        this.#resume();
        return;
      case 'open':
        if (this.#windows.size < mostWindows) this.#open();
        return;
    }
  }

  #happenIn(window: EditorWindow, event: Extract<Event, { window: number }>): void {
    switch (event.kind) {
      case 'close':
        window.close();
        return;
      case 'kill':
        window.life.die();
        return;
      case 'stop':
        window.life.isStopped = true;
        return;
      case 'reload':
        window.reload();
        return;
      case 'signOutAll':
        window.signOutAll();
        return;
      case 'storesForOthers':
        void this.#stores.get(window.life)?.store('of another extension', 'x');
        return;
      case 'use': {
        const hash = this.#hashIn(window, event.account);
        for (let n = 0; hash !== undefined && n < event.callers; n++) window.use(hash, event.isRefused);
        return;
      }
      case 'signIn':
        window.signIn(event.person, event.creation);
        return;
      case 'signOut': {
        const hash = this.#hashIn(window, event.account);
        if (hash !== undefined) window.signOut(hash);
        return;
      }
      case 'fillDisk':
        window.diskFault = { writes: event.writes, isAfter: event.isAfter };
        return;
    }
  }

  #resume(): void {
    for (const { life } of this.#windows) life.isStopped = false;
  }

  /** One of the accounts that the window shows, or else one that it may not know. */
  #hashIn(window: EditorWindow, account: number): string | undefined {
    const shown = [...window.seen.values()].sort((a, b) => (a.label < b.label ? -1 : 1));
    const known = shown.length > 0 ? shown : this.#watcher.rows;
    return known[account % known.length]?.hash;
  }

  #rename(person: number): void {
    const identity = this.#model.people[person];
    if (!identity) return;
    const n = String(this.#world.steps);
    this.#model.people[person] = { ...identity, plan: `plan-${n}`, email: `renamed-${n}@example.com`, workspaceName: `Workspace ${n}` };
  }

  #hold(how: 'read' | 'write' | 'exclude'): void {
    const path = join(this.#folder, 'vault-1.db');
    if (this.#outsider || this.#watcher.version === 0 || !existsSync(path)) return;
    const outsider = new DatabaseSync(path, { timeout: 0 });
    try {
      outsider.exec({ read: 'BEGIN; SELECT * FROM account', write: 'BEGIN IMMEDIATE', exclude: 'BEGIN EXCLUSIVE' }[how]);
      this.#outsider = outsider;
    } catch {
      // A window locked the vault first.
      outsider.close();
    }
  }

  #open(): EditorWindow {
    const window = this.#openWith(life => {
      const store = this.#storeOf(life);
      this.#stores.set(life, store);
      return store;
    });
    this.#windows.add(window);
    window.life.whenDead.push(() => {
      this.#windows.delete(window);
      this.#watcher.counts.deaths++;
    });
    window.prepare();
    return window;
  }

  #openWith(secretsOf: (life: Life) => SecretStore): EditorWindow {
    const [folder, world, watcher, model, network] = [this.#folder, this.#world, this.#watcher, this.#model, this.#network];
    const name = `window ${String(++this.#opened)}`;
    return new EditorWindow({ name, folder, world, watcher, model, network, random: this.#random, secretsOf, history: this.#history });
  }

  #storeOf(life: Life): SecretStore {
    switch (this.#program.store) {
      case 'desktop':
        life.whenDead.push(() => {
          this.#desktop.die(life);
        });
        return this.#desktop.of(life);
      case 'server':
        return new PrivateSecrets(this.#browsers[this.#opened % this.#browsers.length] ?? { map: new Map() });
      case 'memory':
        return new SharedSecrets();
    }
  }

  /** Notifies each window of a change of the folder some time later, of several changes at once. */
  #notify(): void {
    if (!this.#program.isWatched || this.#notifiedVersion === this.#watcher.version) return;
    this.#notifiedVersion = this.#watcher.version;
    for (const window of this.#windows) {
      if (this.#notified.has(window)) continue;
      this.#notified.add(window);
      const go = () => {
        this.#notified.delete(window);
        window.reload();
      };
      this.#world.add({ owner: window.life, label: 'is notified of a change', go });
    }
  }

  async #step(choice: number): Promise<void> {
    await this.#world.step(choice);
    this.#fail();
  }

  async #settle(): Promise<void> {
    await this.#world.settle();
    this.#fail();
  }

  #fail(): void {
    const { violations } = this.#watcher;
    if (violations.length === 0) return;
    throw new Error(`${violations.join('\n')}\n\n${this.#world.trace.slice(-80).join('\n')}`);
  }

  #countKeys(): void {
    const isThere = (id: string) => {
      const name = `key:${id}`;
      const isInMemory = [...this.#windows].some(({ life }) => {
        const store = this.#stores.get(life);
        return store instanceof SharedSecrets && store.entries.has(name);
      });
      return isInMemory || this.#desktop.has(name) || this.#browsers.some(({ map }) => map.has(name));
    };
    const without = this.#watcher.rows.filter(({ keyId }) => !isThere(keyId));
    this.#watcher.counts.withoutKey += without.length;
    const isLost = without.every(({ keyId }) => this.#desktop.lost.has(`key:${keyId}`));
    if (this.#program.store === 'desktop')
      this.#watcher.require(isLost, 'a desktop’s key is lost only by a process that dies within 250 ms');
  }

  /** Searches every file, when no process has one open, for anything readable of a token, a person or a key. */
  #scan(): void {
    if (!existsSync(this.#folder)) return;
    const tokens = [...this.#model.issued.values()].flatMap(({ tokens: each }) => [each.accessToken, each.refreshToken, each.idToken]);
    const people = ['user-', 'workspace-', 'Workspace ', '@example.com', 'plan-'];
    const keys = [...this.#watcher.keys.values()].flatMap(({ secret }) => [secret, Buffer.from(secret.toString('base64'))]);
    const needles = [...[...tokens, ...people].map(text => Buffer.from(text)), ...keys];
    for (const [name, bytes] of Object.entries(bytesOf(this.#folder))) {
      const isReadable = needles.some(needle => bytes.includes(needle) || name.includes(needle.toString('latin1')));
      this.#watcher.require(!isReadable, `nothing can be read on the disk: ${name}`);
    }
  }
}

/** The keys of all stores, for a window that can open everything. */
function allKeys(watcher: Watcher): () => SecretStore {
  const store = new SharedSecrets();
  for (const { id, secret } of watcher.keys.values()) store.entries.set(`key:${id}`, secret.toString('base64'));
  return () => store;
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}
