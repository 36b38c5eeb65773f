/** A window with the real custody on a real disk, in which every wait is an item of the world. */
import type { StoredAccount } from '../../../../../src/accounts/store/storedAccount.ts';
import { AccountStore } from '../../../../../src/accounts/store/accountStore.ts';
import type { SealKeyHistory, KeyCreation, SecretStore } from '../../../../../src/vault/sealKeys.ts';
import { VaultCache } from '../../../../../src/vault/vaultCache.ts';
import { SealKeys } from '../../../../../src/vault/sealKeys.ts';
import type { ProcessLock } from '../../../../../src/storage/processLock.ts';
import { ProcessLocks } from '../../../../../src/storage/processLock.ts';
import { DiskReserve } from '../../../../../src/storage/diskReserve.ts';
import type { VaultContent, VaultTransaction } from '../../../../../src/vault/vault.ts';
import { Vault } from '../../../../../src/vault/vault.ts';
import { AppError } from '../../../../../src/base/errors.ts';
import { Http } from '../../../../../src/base/http.ts';
import { MemoryLog } from '../../../support/log.ts';
import { service } from '../support/service.ts';
import type { ModelService } from './modelService.ts';
import type { Network } from './network.ts';
import type { Watcher } from './watcher.ts';
import type { World } from './world.ts';
import { Life } from './world.ts';

/** The disk is full: the next writes fail, and a refresh’s perhaps only after they went through. */
interface DiskFault {
  writes: number;
  readonly isAfter: boolean;
}

class WatchedVault extends Vault {
  readonly #window: EditorWindow;
  readonly #watcher: Watcher;

  constructor(window: EditorWindow, watcher: Watcher, options: ConstructorParameters<typeof Vault>[0]) {
    super(options);
    this.#window = window;
    this.#watcher = watcher;
  }

  override async read(patience?: number): Promise<VaultContent | undefined> {
    const { life } = this.#window;
    await life.pass('read the vault');
    const content = await super.read(patience);
    this.#watcher.observe();
    if (content) this.#window.readVersion = this.#watcher.version;
    await life.pass('has read the vault');
    return content && { ...content, rows: this.#watcher.inOrder(content.rows) };
  }

  override async write<T>(change: (transaction: VaultTransaction) => T): Promise<T> {
    const { life } = this.#window;
    await life.pass('write to the vault');
    const fault = this.#window.nextDiskFault();
    if (fault === 'before') throw new AppError('diskFull');
    const result = await super.write(given => change({ ...given, rows: () => this.#watcher.inOrder(given.rows()) }));
    this.#watcher.observe(life);
    await life.pass('has written to the vault');
    if (fault === 'after') throw new AppError('diskFull');
    return result;
  }
}

class WatchedLocks extends ProcessLocks {
  readonly #life: Life;
  readonly #world: World;

  constructor(life: Life, world: World, options: ConstructorParameters<typeof ProcessLocks>[0]) {
    super(options);
    this.#life = life;
    this.#world = world;
  }

  override async tryAcquire(name: string): Promise<ProcessLock | undefined> {
    await this.#life.pass('try the lock');
    const lock = await this.#world.working(() => super.tryAcquire(name));
    if (lock) this.#life.locks.set(name, lock);
    await this.#life.pass(lock ? 'has the lock' : 'does not have the lock');
    if (!lock) return undefined;
    return {
      release: () => {
        this.#life.locks.delete(name);
        lock.release();
      },
    };
  }
}

class WatchedReserve extends DiskReserve {
  readonly #window: EditorWindow;
  readonly #world: World;

  constructor(window: EditorWindow, world: World, folder: string) {
    super(folder);
    this.#window = window;
    this.#world = world;
  }

  override async set(name: string): Promise<void> {
    await this.#window.life.pass('set room aside');
    if (this.#window.nextDiskFault() === 'before') throw new AppError('diskFull');
    await this.#world.working(() => super.set(name));
  }

  override async free(name: string): Promise<void> {
    await this.#window.life.pass('free the room');
    await this.#world.working(() => super.free(name));
  }
}

/** A call of a window's own store takes its time, and the key that is stored is known to the watcher. */
class WatchedSecrets implements SecretStore {
  readonly #life: Life;
  readonly #watcher: Watcher;
  readonly #store: SecretStore;

  constructor(life: Life, watcher: Watcher, store: SecretStore) {
    this.#life = life;
    this.#watcher = watcher;
    this.#store = store;
  }

  async get(name: string): Promise<string | undefined> {
    await this.#life.pass('read a secret');
    const value = await this.#store.get(name);
    await this.#life.pass('has read a secret');
    return value;
  }

  async store(name: string, value: string): Promise<void> {
    await this.#life.pass('store a secret');
    const id = name.replace('key:', '');
    const secret = Buffer.from(value, 'base64');
    this.#watcher.require(this.#watcher.keys.get(id)?.secret.equals(secret) ?? true, 'a key is never overwritten');
    this.#watcher.keys.set(id, { id, secret });
    await this.#store.store(name, value);
    await this.#life.pass('has stored a secret');
  }

  async delete(name: string): Promise<void> {
    await this.#life.pass('delete a secret');
    await this.#store.delete(name);
  }
}

export interface EditorOptions {
  readonly name: string;
  readonly folder: string;
  readonly world: World;
  readonly watcher: Watcher;
  readonly model: ModelService;
  readonly network: Network;
  readonly random: () => number;
  readonly secretsOf: (life: Life) => SecretStore;
  readonly notes: SealKeyHistory;
}

export class EditorWindow {
  readonly life: Life;
  readonly log = new MemoryLog();
  /** What its listeners were told of, by hash. */
  readonly seen = new Map<string, StoredAccount>();
  /** The version of the vault that its last look has read. */
  readVersion = 0;
  diskFault: DiskFault | undefined;
  readonly #custody: AccountStore;
  readonly #world: World;
  readonly #watcher: Watcher;
  readonly #model: ModelService;
  #signingIn = 0;

  constructor({ name, folder, world, watcher, model, network, random, secretsOf, notes }: EditorOptions) {
    this.life = new Life(world, name);
    const { life, log } = this;
    const { clock } = life;
    this.#world = world;
    this.#watcher = watcher;
    this.#model = model;
    const locks = new WatchedLocks(life, world, { folder, clock, random, fileSystemType: () => Promise.resolve(0) });
    const vault = new WatchedVault(this, watcher, { folder, clock, log, random, locks });
    const secrets = new WatchedSecrets(life, watcher, secretsOf(life));
    const keys = new SealKeys({ secrets, history: notes, vault, clock, log });
    const reserve = new WatchedReserve(this, world, folder);
    const http = new Http({ fetch: network.fetchOf(life), clock, log, agent: 'test/1' });
    this.#custody = new AccountStore({
      vault,
      keys,
      cache: new VaultCache({ vault, keys, clock, log }),
      locks,
      reserve,
      http,
      clock,
      random,
      log,
    });
    life.whenDead.push(() => {
      vault.close();
    });
    this.#custody.onDidChange(({ added, removed, changed }) => {
      for (const { hash } of removed) this.seen.delete(hash);
      for (const account of [...added, ...changed]) {
        this.seen.set(account.hash, account);
        watcher.shown(account, this.readVersion);
      }
    });
  }

  /** @returns how the next use of the disk fails, if it does */
  nextDiskFault(): 'before' | 'after' | undefined {
    if (!this.diskFault || this.diskFault.writes-- <= 0) return undefined;
    // Elsewhere a commit that fails has not gone through.
    return this.diskFault.isAfter && this.life.locks.size > 0 && this.#signingIn === 0 ? 'after' : 'before';
  }

  prepare(): void {
    this.#act(() => this.#custody.prepare());
  }

  look(): void {
    this.#act(() => this.#custody.reload());
  }

  /** @param isRefused a consumer says that the service refused the token it was given */
  use(hash: string, isRefused: boolean): void {
    const account = this.seen.get(hash);
    if (isRefused && account) this.#watcher.refused(this.life, account);
    this.#act(async () => {
      const refused = isRefused && account ? { refused: account } : {};
      const given = await this.#custody.credential(hash, { correlationId: 'test', ...refused });
      this.#watcher.handedOut(given, this.seen.get(hash));
    });
  }

  /** A person signs in; their way through the browser takes three seconds. */
  signIn(person: number, creation: KeyCreation): void {
    this.#act(async () => {
      await this.#custody.requireSealKey(creation);
      await this.life.clock.sleep(3_000);
      const { tokens } = this.#model.signIn(person, this.#world.now);
      this.#watcher.adopting.add(tokens.refreshToken);
      this.#signingIn++;
      try {
        await this.#custody.saveSignIn(service, tokens, { correlationId: 'test' });
        this.#watcher.require(this.#watcher.isStored(tokens.refreshToken), 'a sign-in that succeeded is stored');
      } catch (error) {
        this.#watcher.require(!this.#watcher.isStored(tokens.refreshToken), 'a sign-in that failed is not stored');
        throw error;
      } finally {
        this.#watcher.adopting.delete(tokens.refreshToken);
        this.#signingIn--;
      }
    });
  }

  signOut(hash: string): void {
    const account = this.seen.get(hash);
    this.#act(async () => {
      await this.#custody.disconnect(hash, { correlationId: 'test' });
      if (account) this.#watcher.require(this.#watcher.isGone(account.signInId), 'who was signed out is gone');
    });
  }

  signOutAll(): void {
    const { leavingAll, rows, version } = this.#watcher;
    this.#act(async () => {
      // One each: a window may be told so twice.
      const run = { life: this.life };
      leavingAll.add(run);
      try {
        await this.#custody.disconnectAll({ correlationId: 'test' });
      } finally {
        leavingAll.delete(run);
      }
      this.#watcher.require(this.#watcher.emptyAt >= version, 'after everybody was signed out nothing is left');
      const left = this.#watcher.rows.filter(({ signInId }) => rows.some(row => row.signInId === signInId));
      this.#watcher.require(left.length === 0, 'after everybody was signed out none of them is left');
    });
  }

  /** The window is closed in good order, if it is given the time. */
  close(): void {
    this.#act(async () => {
      await this.#custody.close();
      // What is under way in the same turn is over when its process is.
      await this.life.pass('ends');
      this.life.die();
    });
  }

  #act(act: () => Promise<void>): void {
    act().catch((error: unknown) => {
      if (error instanceof AppError && error.code !== 'unexpected') return;
      this.#watcher.violate(`what fails has a word for it: ${String(error)}`);
    });
  }
}
