import type { DatabaseSync } from 'node:sqlite';
import { SharedDatabase } from '../../storage/sharedDatabase.ts';
import type { Clock } from '../../base/clock.ts';
import type { Http } from '../../base/http.ts';
import type { Log } from '../../base/log.ts';
import { defined } from '../../base/defined.ts';
import { isRecord } from '../../base/json.ts';
import type { AlertMark } from '../alerts.ts';
import type { UsageSnapshot } from '../snapshot.ts';
import type { UsageSample } from '../history.ts';
import { historyLength } from '../history.ts';
import type { FailureState } from './backoff.ts';
import { failureKinds } from './classifyResponse.ts';
import type { PollState } from './pollSchedule.ts';
import { untouched } from './pollSchedule.ts';

/** What all VS Code windows of a computer know of an account's usage. */
export interface StoredUsage {
  /** Counts the changes, from 1 on; 0 where nothing is stored. */
  readonly revision: number;
  readonly progress: PollState;
  readonly snapshot?: UsageSnapshot;
  readonly marks: readonly AlertMark[];
}

/** A change to it. What is absent stays, but a snapshot that is `undefined` is deleted. */
export interface UsageChange {
  readonly progress?: PollState;
  readonly snapshot?: UsageSnapshot | undefined;
  readonly marks?: readonly AlertMark[];
  /** Added to the history. */
  readonly samples?: readonly UsageSample[];
}

export const nothingStored: StoredUsage = { revision: 0, progress: untouched, marks: [] };

const version = 1;
const schema = `
CREATE TABLE usage (hash TEXT PRIMARY KEY, revision INTEGER NOT NULL, progress TEXT NOT NULL, snapshot TEXT, marks TEXT NOT NULL) STRICT;
CREATE TABLE sample (
  hash TEXT NOT NULL, window_id TEXT NOT NULL, at REAL NOT NULL, used REAL NOT NULL, reset_at REAL, length_seconds REAL,
  PRIMARY KEY (hash, window_id, at)
) STRICT, WITHOUT ROWID;
CREATE INDEX sample_by_time ON sample (at);
`;

/** Readings, back-off, alert marks and history of each account, by its hash, in a database of its own. */
export class UsageStore {
  readonly #database: SharedDatabase;
  readonly #clock: Clock;
  readonly #http: Pick<Http, 'clockOffset'>;

  /** @param options.http what knows the service's time */
  constructor(options: { folder: string; clock: Clock; http: Pick<Http, 'clockOffset'>; log: Log; random: () => number }) {
    this.#database = new SharedDatabase({ name: 'usage', schema, version }, options);
    this.#clock = options.clock;
    this.#http = options.http;
  }

  /**
   * @returns by account; `undefined` where the file stayed busy: what is known has to do
   * @throws AppError `vaultNewer`, what the storage failed with (`isStorageFailure`)
   */
  read(): Promise<ReadonlyMap<string, StoredUsage> | undefined> {
    return this.#database.read(database => {
      const rows = database.prepare('SELECT hash, revision, progress, snapshot, marks FROM usage').all() as unknown as Row[];
      return new Map(rows.map(row => [row.hash, fromRow(row)]));
    });
  }

  /**
   * Changes what is stored of an account, in the transaction that reads it.
   * @param change gets what is stored, and the account's history
   * @throws AppError as `read`, or what `change` throws
   */
  update(hash: string, change: (stored: StoredUsage, history: History) => UsageChange): Promise<StoredUsage> {
    return this.#database.write(database => {
      const row = database.prepare('SELECT hash, revision, progress, snapshot, marks FROM usage WHERE hash = ?').get(hash);
      const before = row ? fromRow(row as unknown as Row) : nothingStored;
      const changes = change(before, historyIn(database, hash));
      const { samples = [] } = changes;
      const after = withChange(before, changes);
      database
        .prepare('INSERT OR REPLACE INTO usage (hash, revision, progress, snapshot, marks) VALUES (?, ?, ?, ?, ?)')
        .run(hash, after.revision, JSON.stringify(toStoredProgress(after.progress)), toJson(after.snapshot), JSON.stringify(after.marks));
      addSamples(database, hash, samples);
      // This machine's clock may have been set ahead.
      const now = this.#clock.now() + Math.min(0, this.#http.clockOffset ?? 0);
      if (samples.length > 0) database.prepare('DELETE FROM sample WHERE at < ?').run(now - historyLength);
      return after;
    });
  }

  /**
   * The samples of all windows of an account, oldest first.
   * @returns `undefined` where the file stayed busy
   * @throws AppError as `read`
   */
  history(hash: string, from = this.#clock.now() - historyLength): Promise<UsageSample[] | undefined> {
    return this.#database.read(database => historyIn(database, hash).since(from));
  }

  /** Everything of an account: it was disconnected. */
  async forget(hash: string): Promise<void> {
    await this.#database.write(database => {
      for (const table of ['usage', 'sample']) database.prepare(`DELETE FROM ${table} WHERE hash = ?`).run(hash);
    });
  }

  async forgetAll(): Promise<void> {
    await this.#database.write(database => {
      database.exec('DELETE FROM usage; DELETE FROM sample');
    });
    await (await this.#database.olderFiles()).delete();
  }

  close(): void {
    this.#database.close();
  }
}

/** An account's samples. */
export interface History {
  /** Oldest first. */
  since(from: number): UsageSample[];
}

/** What is stored once the change is made. */
export function withChange(stored: StoredUsage, change: UsageChange): StoredUsage {
  const { progress, marks, snapshot } = { ...stored, ...change };
  const after = { revision: stored.revision + 1, progress, marks };
  return snapshot ? { ...after, snapshot } : after;
}

function historyIn(database: DatabaseSync, hash: string): History {
  return {
    since: from => {
      const rows = database.prepare('SELECT * FROM sample WHERE hash = ? AND at >= ? ORDER BY at, window_id').all(hash, from);
      return (rows as unknown as SampleRow[]).map(fromSampleRow);
    },
  };
}

interface Row {
  readonly hash: string;
  readonly revision: number;
  readonly progress: string;
  readonly snapshot: string | null;
  readonly marks: string;
}

interface SampleRow {
  readonly window_id: string;
  readonly at: number;
  readonly used: number;
  readonly reset_at: number | null;
  readonly length_seconds: number | null;
}

/** In the names that it was first written with. */
type StoredProgress = Omit<PollState, 'failure'> & {
  readonly trouble?: Omit<FailureState, 'signInId' | 'nextAt'> & { readonly login: string; readonly nextAt?: number };
};

function toStoredProgress({ failure, ...rest }: PollState): StoredProgress {
  if (!failure) return rest;
  const { signInId: login, ...known } = failure;
  return { ...rest, trouble: { ...known, login } };
}

function fromStoredProgress({ trouble, ...rest }: StoredProgress): PollState {
  // An earlier version took a response about usage for the end of a session, and never asked again.
  if (!trouble || !failureKinds.includes(trouble.kind)) return rest;
  const { login: signInId, nextAt = trouble.at, ...known } = trouble;
  return { ...rest, failure: { ...known, nextAt, signInId } };
}

function fromRow({ revision, progress, snapshot, marks }: Row): StoredUsage {
  const known = snapshot === null ? undefined : (JSON.parse(snapshot) as UsageSnapshot);
  return {
    revision,
    progress: fromStoredProgress(JSON.parse(progress) as StoredProgress),
    ...(isRecord(known) ? { snapshot: known } : {}),
    marks: JSON.parse(marks) as AlertMark[],
  };
}

function fromSampleRow({ window_id: windowId, at, used, reset_at: resetAt, length_seconds: lengthSeconds }: SampleRow): UsageSample {
  return { windowId, at, used, ...defined({ resetAt: resetAt ?? undefined, lengthSeconds: lengthSeconds ?? undefined }) };
}

function addSamples(database: DatabaseSync, hash: string, samples: readonly UsageSample[]): void {
  const insert = database.prepare(
    'INSERT OR REPLACE INTO sample (hash, window_id, at, used, reset_at, length_seconds) VALUES (?, ?, ?, ?, ?, ?)',
  );
  for (const { windowId, at, used, resetAt, lengthSeconds } of samples) {
    insert.run(hash, windowId, at, used, resetAt ?? null, lengthSeconds ?? null);
  }
}

function toJson(snapshot: UsageSnapshot | undefined): string | null {
  return snapshot ? JSON.stringify(snapshot) : null;
}
