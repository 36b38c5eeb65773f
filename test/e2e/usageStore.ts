// The stored usage, changed as if time had passed; windows of VS Code read it as if another window had stored it.
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Where the extension keeps its files. */
interface Folder {
  readonly globalStorage: string;
}

/** The minimum interval between refreshes by a person, in milliseconds. */
const spacing = 10_000;

/** Lets the minimum interval pass, so that the next refresh by a person is sent at once. */
export function passSpacing(storage: Folder): void {
  passTime(storage, spacing);
}

/** Moves all past requests, responses, alerts and samples back by this time. Resets stay. */
export function passTime(storage: Folder, ms: number): void {
  change(storage, database => {
    const update = database.prepare('UPDATE usage SET revision = revision + 1, progress = ?, snapshot = ?, marks = ? WHERE hash = ?');
    const rows = database.prepare('SELECT hash, progress, snapshot, marks FROM usage').all();
    for (const { hash, progress, snapshot, marks } of rows as {
      hash: string;
      progress: string;
      snapshot: string | null;
      marks: string;
    }[]) {
      update.run(earlier(progress, ms), snapshot === null ? null : earlier(snapshot, ms), earlier(marks, ms), hash);
    }
    // In two steps, so that no two samples ever have one time.
    database.exec(`UPDATE sample SET at = ${String(ms)} - at; UPDATE sample SET at = -at`);
  });
}

const times = new Set(['askedAt', 'readAt', 'detailsAt', 'fetchedAt', 'since', 'at', 'nextAt', 'until']);

/** Moves the times in the JSON of progress or snapshot. */
function earlier(json: string, ms: number): string {
  return JSON.stringify(JSON.parse(json), function (this: Record<string, unknown>, name: string, value: unknown) {
    const isReset = 'isAwaited' in this;
    return times.has(name) && typeof value === 'number' && !isReset ? value - ms : value;
  });
}

/** Deletes all readings. */
export function withoutReadings(storage: Folder): void {
  change(storage, database => {
    database.exec('DELETE FROM usage');
  });
}

/** The rows that a statement returns. */
export function inUsage(storage: Folder, sql: string): Record<string, unknown>[] {
  let rows: Record<string, unknown>[] = [];
  change(storage, database => {
    rows = database.prepare(sql).all();
  });
  return rows;
}

function change({ globalStorage }: Folder, work: (database: DatabaseSync) => void): void {
  const database = new DatabaseSync(path.join(globalStorage, 'usage-1.db'), { timeout: 5_000 });
  try {
    database.exec('BEGIN IMMEDIATE');
    work(database);
    database.exec('COMMIT');
  } finally {
    database.close();
  }
}

const hour = 60 * 60_000;
const day = 24 * hour;
const step = hour / 2;

interface Last {
  /** Percent. */
  readonly used: number;
  /** Seconds until the reset. */
  readonly left: number;
}

/** Adds weeks of readings: work on weekdays, some days without readings, ending at the given usage. */
export function addHistory(storage: Folder, { now, ...last }: { now: number } & Record<'5h' | 'weekly', Last>): void {
  change(storage, database => {
    const { hash } = database.prepare('SELECT hash FROM usage').get() as { hash: string };
    const insert = database.prepare(
      'INSERT OR REPLACE INTO sample (hash, window_id, at, used, reset_at, length_seconds) VALUES (?, ?, ?, ?, ?, ?)',
    );
    for (const { id, length, end } of [
      { id: 'codex:5h', length: 5 * hour, end: last['5h'] },
      { id: 'codex:weekly', length: 7 * day, end: last.weekly },
    ]) {
      for (let resetAt = now + end.left * 1000, cycle = 0; resetAt > now - 55 * day; resetAt -= length, cycle++) {
        const until = Math.min(resetAt, now - step / 2);
        const times = Array.from(
          { length: Math.floor((until - resetAt + length) / step) },
          (_, index) => resetAt - length + (index + 1) * step,
        );
        const whole = times.reduce((sum, at) => sum + workIn(at), 0);
        const most = cycle === 0 ? end.used : 55 + ((cycle * 37) % 46);
        let done = 0;
        for (const at of times) {
          done += workIn(at);
          if (isRead(at)) insert.run(hash, id, at, whole === 0 ? 0 : Math.round((most * done) / whole), resetAt, length / 1000);
        }
      }
    }
  });
}

function workIn(at: number): number {
  const time = new Date(at);
  const isWork = time.getUTCHours() >= 8 && time.getUTCHours() < 19 && time.getUTCDay() % 6 !== 0;
  return isWork ? 1 + Math.sin(at / hour) : 0.02;
}

/** Leaves out one day of nine, and the first hours of another. */
function isRead(at: number): boolean {
  const days = Math.floor(at / day);
  return days % 9 !== 4 && (days % 9 !== 7 || new Date(at).getUTCHours() > 6);
}
