/** A window with the real account store on a real disk, in which every wait is an item of the world. */
import type { StoredAccount } from '../../../../../src/accounts/store/storedAccount.ts';
import { AccountStore } from '../../../../../src/accounts/store/accountStore.ts';
// Loaded before a run, in which nothing takes real time.
import '../../../../../src/accounts/store/revokeAndDelete.ts';
import '../../../../../src/accounts/store/rotation.ts';
import '../../../../../src/accounts/store/saveSignIn.ts';
import '../../../../../src/storage/olderFiles.ts';
import type { KeyCreation } from '../../../../../src/vault/makeSealKey.ts';
import type { SealKeyHistory, SecretStore } from '../../../../../src/vault/sealKeys.ts';
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

/** A full disk: the next writes fail, those of a refresh perhaps only after they went through. */
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

  override async read(timeout?: number): Promise<VaultContent | undefined> {
    const { life } = this.#window;
    await life.pass('read the vault');
    const content = await super.read(timeout);
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
    const result = await super.write(transaction => change({ ...transaction, rows: () => this.#watcher.inOrder(transaction.rows()) }));
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
    await this.#window.life.pass('set the reserve');
    if (this.#window.nextDiskFault() === 'before') throw new AppError('diskFull');
    await this.#world.working(() => super.set(name));
  }

  override async free(name: string): Promise<void> {
    await this.#window.life.pass('free the reserve');
    await this.#world.working(() => super.free(name));
  }
}

/** A secret store whose calls take their time, and whose stored keys the watcher knows. */
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
  readonly history: SealKeyHistory;
}

export class EditorWindow {
  readonly life: Life;
  readonly log = new MemoryLog();
  /** The accounts in the events to its listeners, by hash. */
  readonly seen = new Map<string, StoredAccount>();
  /** The version of the vault that its last reload has read. */
  readVersion = 0;
  diskFault: DiskFault | undefined;
  readonly #store: AccountStore;
  readonly #world: World;
  readonly #watcher: Watcher;
  readonly #model: ModelService;
  readonly #keys: SealKeys;
  #signingIn = 0;

  constructor({ name, folder, world, watcher, model, network, random, secretsOf, history }: EditorOptions) {
    this.life = new Life(world, name);
    const { life, log } = this;
    const { clock } = life;
    this.#world = world;
    this.#watcher = watcher;
    this.#model = model;
    const locks = new WatchedLocks(life, world, { folder, clock, random, fileSystemType: () => Promise.resolve(0) });
    const vault = new WatchedVault(this, watcher, { folder, clock, log, random, locks });
    const secrets = new WatchedSecrets(life, watcher, secretsOf(life));
    const keys = new SealKeys({ secrets, history, vault, clock, log });
    this.#keys = keys;
    const reserve = new WatchedReserve(this, world, folder);
    const http = new Http({ fetch: network.fetchOf(life), clock, log, agent: 'test/1' });
    this.#store = new AccountStore({
      vault,
      keys,
      cache: new VaultCache({ vault, keys, clock, http, log }),
      locks,
      reserve,
      otherAccounts: () => Promise.resolve([]),
      onSignOutGivenUp: () => undefined,
      http,
      clock,
      random,
      log,
    });
    life.whenDead.push(() => {
      vault.close();
    });
    watcher.seenBy.set(life, this.seen);
    this.#store.onDidChange(({ added, removed, changed }) => {
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
    // In any other case a commit that fails has not gone through.
    return this.diskFault.isAfter && this.life.locks.size > 0 && this.#signingIn === 0 ? 'after' : 'before';
  }

  prepare(): void {
    this.#act(() => this.#store.prepare());
  }

  reload(): void {
    this.#act(() => this.#store.reload());
  }

  /** @param isRefused whether a consumer reports that the service refused its access token */
  use(hash: string, isRefused: boolean): void {
    const account = this.seen.get(hash);
    if (isRefused && account) this.#watcher.refused(this.life, account);
    this.#act(async () => {
      const refused = isRefused && account ? { refused: account } : {};
      const credential = await this.#store.credential(hash, { correlationId: 'test', ...refused });
      this.#watcher.handedOut(credential, this.seen.get(hash));
    });
  }

  /** A person signs in, which takes three seconds in the browser. */
  signIn(person: number, creation: KeyCreation): void {
    this.#act(async () => {
      await this.#keys.require(creation);
      await this.#store.finishSignOuts();
      await this.life.clock.sleep(3_000);
      const { tokens } = this.#model.signIn(person, this.#world.now);
      this.#watcher.savingSignIns.add(tokens.refreshToken);
      this.#signingIn++;
      try {
        await this.#store.saveSignIn(service, tokens, { correlationId: 'test' });
        this.#watcher.require(this.#watcher.isStored(tokens.refreshToken), 'a sign-in that succeeded is stored');
      } catch (error) {
        this.#watcher.require(!this.#watcher.isStored(tokens.refreshToken), 'a sign-in that failed is not stored');
        throw error;
      } finally {
        this.#watcher.savingSignIns.delete(tokens.refreshToken);
        this.#signingIn--;
      }
    });
  }

  signOut(hash: string): void {
    const account = this.seen.get(hash);
    this.#act(async () => {
      await this.#store.disconnect(hash, { correlationId: 'test' });
      if (account) this.#watcher.require(this.#watcher.isGone(account.signInId), 'an account that was signed out is gone');
    });
  }

  signOutAll(): void {
    const { signingOutAll: leavingAll, rows, version } = this.#watcher;
    this.#act(async () => {
      // One object for each run: a window may sign out all accounts twice at once.
      const run = { life: this.life };
      leavingAll.add(run);
      try {
        await this.#store.disconnectAll({ correlationId: 'test' });
      } finally {
        leavingAll.delete(run);
      }
      this.#watcher.require(this.#watcher.emptyAt >= version, 'nothing is left after all accounts were signed out');
      const left = this.#watcher.rows.filter(({ signInId }) => rows.some(row => row.signInId === signInId));
      this.#watcher.require(left.length === 0, 'none of the accounts is left after all were signed out');
    });
  }

  /** Closes the window in good order, if it gets the time. */
  close(): void {
    this.#act(async () => {
      await this.#store.close();
      // What is under way in the same turn ends with its process.
      await this.life.pass('ends');
      this.life.die();
    });
  }

  #act(act: () => Promise<void>): void {
    act().catch((error: unknown) => {
      if (error instanceof AppError && error.code !== 'unexpected') return;
      this.#watcher.violate(`every failure has an error code: ${String(error)}`);
    });
  }
}
