import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Clock } from '../../../../src/base/clock.ts';
import { systemClock } from '../../../../src/base/clock.ts';
import type { UsageSnapshot } from '../../../../src/usage/snapshot.ts';
import { untouched } from '../../../../src/usage/polling/pollSchedule.ts';
import { nothingStored, UsageStore } from '../../../../src/usage/polling/usageStore.ts';
import { start } from '../../accounts/store/support/child.ts';
import { bytesOf } from '../../accounts/store/support/disk.ts';
import { passDamage, storageFolder } from '../../accounts/store/support/window.ts';
import { ManualClock } from '../../support/clock.ts';
import { MemoryLog } from '../../support/log.ts';

const day = 24 * 60 * 60_000;
const now = Date.now();
const snapshot: UsageSnapshot = { v: 1, fetchedAt: now, plan: 'plus', windows: [], extra: [], spend: [], partial: [] };
const sample = (windowId: string, at: number, used: number) => ({ windowId, at, used });

function openStore(folder: string, log = new MemoryLog(), clock: Clock = systemClock, clockOffset = 0): UsageStore {
  const store = new UsageStore({ folder, clock, http: { clockOffset }, log, random: Math.random });
  onTestFinished(() => {
    store.close();
  });
  return store;
}

describe('UsageStore', () => {
  it('a new store is empty and creates its folder', async () => {
    const folder = storageFolder();
    expect(await openStore(folder).read()).toEqual(new Map());
    expect(readdirSync(folder)).toEqual(['usage-1.db']);
  });

  it('the database and its folder are private to the user', async () => {
    const folder = storageFolder();
    await openStore(folder).update('a', () => ({ snapshot }));
    expect(statSync(join(folder, 'usage-1.db')).mode & 0o777).toBe(0o600);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  it('every window sees a change at once, and each change raises the revision', async () => {
    const folder = storageFolder();
    const [one, two] = [openStore(folder), openStore(folder)];
    const progress = { ...untouched, readAt: now };
    const marks = [{ kind: 'spent' as const, windowId: 'w', at: now }];
    expect(await one.update('a', () => ({ progress, snapshot, marks }))).toEqual({ revision: 1, progress, snapshot, marks });
    expect((await two.read())?.get('a')).toEqual({ revision: 1, progress, snapshot, marks });
    await two.update('a', stored => ({ progress: { ...stored.progress, spread: 0.7 } }));
    expect((await one.read())?.get('a')).toEqual({ revision: 2, progress: { ...progress, spread: 0.7 }, snapshot, marks });
  });

  it('a failure is stored in the names that earlier versions read and wrote', async () => {
    const folder = storageFolder();
    const store = openStore(folder);
    const failure = {
      kind: 'outage',
      code: 'serviceUnavailable',
      signInId: 'of-ada',
      times: 2,
      since: now - day,
      at: now,
      nextAt: now + day,
    } as const;
    await store.update('a', () => ({ progress: { ...untouched, failure } }));
    const database = new DatabaseSync(join(folder, 'usage-1.db'));
    onTestFinished(() => {
      database.close();
    });
    const [row] = database.prepare('SELECT progress FROM usage').all();
    const { signInId: login, ...rest } = failure;
    expect(JSON.parse(String(row?.['progress']))).toEqual({ ...untouched, trouble: { ...rest, login } });
    expect((await openStore(folder).read())?.get('a')?.progress).toEqual({ ...untouched, failure });
  });

  it.each([
    ['took for the end of a session is forgotten', 'sessionEnded', undefined],
    ['never retried is retried', 'accountInactive', { kind: 'accountInactive', signInId: 'of-ada', nextAt: now }],
    ['of a later version means nothing to this one', 'somethingNew', undefined],
  ])('a failure that another version %s', async (_what, kind, expected) => {
    const folder = storageFolder();
    await openStore(folder).update('a', () => ({ progress: untouched }));
    const database = new DatabaseSync(join(folder, 'usage-1.db'));
    const trouble = { kind, code: 'signedOut', login: 'of-ada', times: 1, since: now, at: now };
    database.prepare('UPDATE usage SET progress = ?').run(JSON.stringify({ ...untouched, trouble }));
    database.close();
    const { failure } = (await openStore(folder).read())?.get('a')?.progress ?? {};
    if (expected) expect(failure).toMatchObject(expected);
    else expect(failure).toBeUndefined();
  });

  it('an update can delete the reading and keep the rest', async () => {
    const store = openStore(storageFolder());
    await store.update('a', () => ({ snapshot, marks: [{ kind: 'low', windowId: 'w', at: now }] }));
    expect(await store.update('a', () => ({ snapshot: undefined }))).toEqual({
      ...nothingStored,
      revision: 2,
      marks: [{ kind: 'low', windowId: 'w', at: now }],
    });
    expect((await store.read())?.get('a')).not.toHaveProperty('snapshot');
  });

  it('a failed update changes nothing', async () => {
    const store = openStore(storageFolder());
    await store.update('a', () => ({ snapshot }));
    const fail = store.update('a', () => {
      throw new RangeError('a defect');
    });
    await expect(fail).rejects.toThrow('a defect');
    expect((await store.read())?.get('a')?.revision).toBe(1);
  });

  it('concurrent updates of several windows lose nothing', async () => {
    const folder = storageFolder();
    const stores = [openStore(folder), openStore(folder), openStore(folder)];
    const add = (store: UsageStore) =>
      store.update('a', ({ progress }) => ({ progress: { ...progress, askedAt: (progress.askedAt ?? 0) + 1 } }));
    await Promise.all(Array.from({ length: 10 }, () => stores.map(add)).flat());
    expect((await openStore(folder).read())?.get('a')).toMatchObject({ revision: 30, progress: { askedAt: 30 } });
  });
});

describe('the history of UsageStore', () => {
  it('history is kept per account for 56 days, oldest first', async () => {
    const store = openStore(storageFolder());
    await store.update('a', () => ({ samples: [sample('w', now - 57 * day, 1), sample('w', now - 55 * day, 2)] }));
    await store.update('b', () => ({ samples: [sample('w', now, 9)] }));
    await store.update('a', () => ({ samples: [{ ...sample('v', now, 3), resetAt: now + day, lengthSeconds: 604_800 }] }));
    expect(await store.history('a')).toEqual([
      sample('w', now - 55 * day, 2),
      { ...sample('v', now, 3), resetAt: now + day, lengthSeconds: 604_800 },
    ]);
    expect(await store.history('a', now)).toHaveLength(1);
  });

  it("history is kept where only this machine's clock is ahead", async () => {
    const [folder, ahead] = [storageFolder(), new ManualClock(now + 365 * day)];
    await openStore(folder).update('a', () => ({ samples: [sample('w', now, 1)] }));
    await openStore(folder, new MemoryLog(), ahead, -365 * day).update('a', () => ({ samples: [sample('w', ahead.now(), 2)] }));
    expect(await openStore(folder).history('a')).toEqual([sample('w', now, 1), sample('w', ahead.now(), 2)]);
  });

  it('an update sees the samples since a time', async () => {
    const store = openStore(storageFolder());
    await store.update('a', () => ({ samples: [sample('w', now - 2, 1), sample('w', now - 1, 2), sample('v', now - 2, 3)] }));
    await store.update('a', (_stored, history) => {
      expect(history.since(now - 1)).toEqual([sample('w', now - 1, 2)]);
      return {};
    });
    expect.assertions(1);
  });
});

describe('UsageStore.forget', () => {
  it('a forgotten account leaves no bytes in the file, and the other accounts stay', async () => {
    const folder = storageFolder();
    const store = openStore(folder);
    const write = (hash: string) => store.update(hash, () => ({ snapshot, samples: [sample(`window-of-${hash}`, now, 1)] }));
    await write('hash-1');
    await write('hash-2');
    await store.forget('hash-1');
    expect([...((await store.read())?.keys() ?? [])]).toEqual(['hash-2']);
    expect([await store.history('hash-1'), (await store.history('hash-2'))?.length]).toEqual([[], 1]);
    await store.forgetAll();
    expect([(await store.read())?.size, await store.history('hash-2')]).toEqual([0, []]);
    store.close();
    expect(bytesOf(folder)['usage-1.db']?.includes('hash-')).toBe(false);
  });
});

describe('the database file of UsageStore', () => {
  it('a file of a newer version is not changed', async () => {
    const folder = storageFolder();
    const store = openStore(folder);
    await store.update('a', () => ({ snapshot }));
    const newer = new DatabaseSync(join(folder, 'usage-1.db'));
    newer.exec('PRAGMA user_version = 2');
    newer.close();
    await expect(store.read()).rejects.toMatchObject({ code: 'vaultNewer' });
    await expect(store.update('a', () => ({}))).rejects.toMatchObject({ code: 'vaultNewer' });
    await expect(openStore(folder).forget('a')).rejects.toMatchObject({ code: 'extensionOutdated' });
    expect(readdirSync(folder)).toEqual(['usage-1.db']);
  });

  it('a damaged file stays in place, and one window starts the next file for all', async () => {
    const folder = storageFolder();
    mkdirSync(folder);
    writeFileSync(join(folder, 'usage-1.db'), 'no database at all, and long enough to be taken for one'.repeat(100));
    const log = new MemoryLog();
    const clock = new ManualClock();
    await passDamage(
      clock,
      openStore(folder, log, clock).update('a', () => ({ snapshot })),
    );
    expect((await openStore(folder).read())?.get('a')).toMatchObject({ snapshot });
    expect(readdirSync(folder)).toEqual(['usage-1.db', 'usage-2.db']);
    expect(log.entries).toMatchObject([{ level: 'warn', fields: { name: 'usage', number: 1 } }]);
  });

  it('a file that another window started is used from then on', async () => {
    const folder = storageFolder();
    const [old, next] = [openStore(folder), openStore(folder)];
    await old.update('a', () => ({ snapshot }));
    writeFileSync(join(folder, 'usage-2.db'), '');
    await next.update('b', () => ({ snapshot }));
    expect([...((await old.read())?.keys() ?? [])]).toEqual(['b']);
  });

  it('a deleted file is created again', async () => {
    const folder = storageFolder();
    const store = openStore(folder);
    await store.update('a', () => ({ snapshot }));
    rmSync(join(folder, 'usage-1.db'));
    await store.update('b', () => ({ snapshot }));
    expect([...((await openStore(folder).read())?.keys() ?? [])]).toEqual(['b']);
  });

  it('an update waits for a locked file, and a read returns undefined at once', async () => {
    const folder = storageFolder();
    const store = openStore(folder);
    await store.update('a', () => ({ snapshot }));
    const other = await start('statement', [join(folder, 'usage-1.db')]);
    other.say('BEGIN EXCLUSIVE');
    expect(await other.hear()).toBe('done');
    expect(await store.read()).toBeUndefined();
    const change = store.update('a', () => ({ snapshot: undefined }));
    other.say('COMMIT');
    expect((await change).revision).toBe(2);
  });

  it('a folder that cannot be written is reported as vaultUnavailable', async () => {
    await expect(openStore('/dev/null/storage').read()).rejects.toMatchObject({ code: 'vaultUnavailable' });
  });
});
