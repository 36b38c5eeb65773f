import { Coalescer } from '../base/async.ts';
import type { Change } from '../base/change.ts';
import { changeBetween, isEmpty } from '../base/change.ts';
import type { Clock } from '../base/clock.ts';
import { day, second } from '../base/duration.ts';
import type { Event } from '../base/emitter.ts';
import { Emitter } from '../base/emitter.ts';
import { AppError, asAppError } from '../base/errors.ts';
import type { Http } from '../base/http.ts';
import type { Log } from '../base/log.ts';
import type { SealKey } from './seal.ts';
import type { SealKeys } from './sealKeys.ts';
import type { Vault, VaultContent } from './vault.ts';

/** What a sealed record of any kind has. */
export interface SealedRow {
  /** The key of the seal. */
  readonly keyId: string;
}

/** A kind of record in the vault: which rows are of it, and what lies in one. */
export interface RecordKind<Row extends SealedRow, T extends SealedRow> {
  /** The rows of this kind. */
  readonly rows: (content: VaultContent) => readonly Row[];
  /** @returns `undefined` where the row does not open with this key */
  readonly open: (key: SealKey, row: Row) => T | undefined;
  /** Names a record among its kind. */
  readonly idOf: (record: T) => string;
  /** What records are sorted by. */
  readonly nameOf: (record: T) => string;
  /** Whether the record is there for anybody but its own room. */
  readonly isListed: (record: T) => boolean;
  /** Whether listeners need not hear of the difference. */
  readonly isEqual: (a: T, b: T) => boolean;
}

/** Before the first read this window knows nothing, so that read waits as long as a caller does. */
const firstReadTimeout = 10 * second;
/** Between reads of a vault that stays busy, doubled each time. */
const busyPause = 250;
const longestBusyPause = 5 * second;
/** How often a window marks its keys as used (also once it knows the service's time), and how long records are kept whose key nobody uses. */
const touchInterval = day;
const keepUnusedFor = 90 * day;

interface VaultCacheOptions {
  readonly vault: Vault;
  readonly keys: SealKeys;
  readonly clock: Clock;
  /** What knows the time by another clock than this machine's. */
  readonly http: Pick<Http, 'clockOffset'>;
  readonly log: Log;
}

/**
 * This window's memory of the vault: what it read last, opened, and who hears when that changes. Each room with records of its
 * own has a `CachedRecords` of it.
 */
export class VaultCache {
  readonly #options: VaultCacheOptions;
  readonly #collections: CachedCollection[] = [];
  #keys = new Map<string, SealKey>();
  readonly #syncs = new Coalescer(() => this.#syncNow());
  #hasSynced = false;
  #busyReads = 0;
  #isWaitingToSync = false;
  #problem: AppError | undefined;
  /** When this window last marked its keys as used, with and without the service's time. */
  readonly #touchedAt = new Map<boolean, number>();
  #touching: Promise<void> = Promise.resolve();

  constructor(options: VaultCacheOptions) {
    this.#options = options;
  }

  /** What keeps the vault from being read; until it can be, the records are those that were read last. */
  get problem(): AppError | undefined {
    return this.#problem;
  }

  /** The records of a kind. Called before the first `sync`. */
  records<Row extends SealedRow, T extends SealedRow>(kind: RecordKind<Row, T>): CachedRecords<Row, T> {
    const records = new CachedRecords(kind, this, this.#options.log);
    this.#collections.push(records);
    return records;
  }

  keyOf({ keyId }: SealedRow): SealKey | undefined {
    return this.#keys.get(keyId);
  }

  /**
   * Reads the vault, once at a time, and notifies the listeners of changes. Callers that come before a read has begun share it.
   * Never throws: see `problem`.
   */
  sync(): Promise<void> {
    return this.#syncs.run();
  }

  /** Resolves when nothing that a sync began is under way any more. */
  async settled(): Promise<void> {
    await this.sync();
    await this.#touching;
  }

  async #syncNow(): Promise<void> {
    const problemBefore = this.#problem?.code;
    let content: VaultContent | undefined;
    try {
      content = await (this.#hasSynced ? this.#options.vault.read() : this.#options.vault.read(firstReadTimeout));
      if (!content) this.#syncAgain();
      if (!content && this.#hasSynced) return;
      if (!content) throw new AppError('vaultUnavailable');
      const keys = await this.#options.keys.find(content.keyIds);
      this.#keys = new Map(keys.map(key => [key.id, key]));
      this.#hasSynced = true;
      this.#busyReads = 0;
      this.#problem = undefined;
      this.#touching = this.#touchKeys(keys);
    } catch (error) {
      content = undefined;
      this.#problem = asAppError(error);
      if (this.#problem.code !== problemBefore) this.#options.log.error('the vault cannot be read', error);
    }
    const isProblemNew = problemBefore !== this.#problem?.code;
    // All are read before anybody hears of one.
    const changes = this.#collections.map(collection => collection.replace(content));
    for (const notify of changes) notify(isProblemNew);
  }

  /**
   * Marks these keys as used, and deletes what nobody can open any more: what is out of date by this machine's clock and by the
   * service's, because either may be wrong. No sync waits for it.
   */
  async #touchKeys(keys: readonly SealKey[]): Promise<void> {
    const { vault, clock, http, log } = this.#options;
    const [now, elapsed, offset] = [clock.now(), clock.elapsed(), http.clockOffset];
    const isMeasured = offset !== undefined;
    const touchedAt = this.#touchedAt.get(isMeasured) ?? -touchInterval;
    if (keys.length === 0 || elapsed - touchedAt < touchInterval) return;
    this.#touchedAt.set(isMeasured, elapsed);
    const times = [now, now + (offset ?? 0)];
    try {
      await vault.write(transaction => {
        transaction.touchKeys(
          keys.map(({ id }) => id),
          Math.max(...times),
        );
        if (isMeasured) transaction.deleteKeysUnusedSince(Math.min(...times) - keepUnusedFor);
      });
    } catch (error) {
      log.error('the keys could not be marked as used', error);
    }
  }

  /** What changed while the vault was busy may be announced by no further event. */
  #syncAgain(): void {
    if (this.#isWaitingToSync) return;
    this.#isWaitingToSync = true;
    const ms = Math.min(busyPause * 2 ** this.#busyReads++, longestBusyPause);
    void this.#options.clock.sleep(ms).then(() => {
      this.#isWaitingToSync = false;
      return this.sync();
    });
  }
}

/** What the cache asks of a collection, whatever its kind. */
interface CachedCollection {
  /** @returns notifies the listeners; also without changes, where the vault's problem is another one */
  replace(content: VaultContent | undefined): (isProblemNew: boolean) => void;
}

/** The records of one kind that this window can open. */
export class CachedRecords<Row extends SealedRow, T extends SealedRow> implements CachedCollection {
  readonly #kind: RecordKind<Row, T>;
  readonly #cache: VaultCache;
  readonly #changes: Emitter<Change<T>>;
  #records: ReadonlyMap<string, T> = new Map();

  /** The change is empty where only the vault's problem changed. */
  readonly onDidChange: Event<Change<T>>;

  constructor(kind: RecordKind<Row, T>, cache: VaultCache, log: Log) {
    this.#kind = kind;
    this.#cache = cache;
    this.#changes = new Emitter(log);
    this.onDidChange = this.#changes.event;
  }

  /** Every listed record, by its name. */
  get all(): readonly T[] {
    const { nameOf } = this.#kind;
    return [...this.#records.values()].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  }

  get(id: string): T | undefined {
    return this.#records.get(id);
  }

  /** The records of those rows whose key is here, also those that are not listed. */
  open(rows: readonly Row[]): T[] {
    return rows.flatMap(row => {
      const key = this.#cache.keyOf(row);
      const record = key && this.#kind.open(key, row);
      return record ? [record] : [];
    });
  }

  replace(content: VaultContent | undefined): (isProblemNew: boolean) => void {
    const before = this.#records;
    const { rows, idOf, isListed, isEqual } = this.#kind;
    if (content)
      this.#records = new Map(
        this.open(rows(content))
          .filter(isListed)
          .map(record => [idOf(record), record]),
      );
    const change = changeBetween(before, this.#records, isEqual);
    return isProblemNew => {
      if (!isEmpty(change) || isProblemNew) this.#changes.fire(change);
    };
  }
}
