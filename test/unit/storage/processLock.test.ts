import { readdirSync, statSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ProcessLocks } from '../../../src/storage/processLock.ts';
import { ManualClock } from '../support/clock.ts';
import type { Child } from '../accounts/store/support/child.ts';
import { start } from '../accounts/store/support/child.ts';
import { storageFolder } from '../accounts/store/support/window.ts';

const name = 'a1b2';
const retry = 20;
const never = new AbortController().signal;

async function prepare(): Promise<{ folder: string; clock: ManualClock; locks: ProcessLocks }> {
  const folder = storageFolder();
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const clock = new ManualClock();
  return { folder, clock, locks: new ProcessLocks({ folder, clock, random: () => 0 }) };
}

async function holder(folder: string, flags: string[] = []): Promise<Child> {
  const other = await start('lock', [folder, name], { flags });
  other.say('acquire');
  expect(await other.hear()).toBe('held');
  return other;
}

describe('a process lock', () => {
  it('a lock is free at first, held until its release, and free again', async () => {
    const { locks } = await prepare();
    const lock = await locks.acquire(name, never);
    expect(await locks.tryAcquire(name)).toBeUndefined();
    lock.release();
    const again = await locks.tryAcquire(name);
    expect(again).toBeDefined();
    again?.release();
  });

  it('a lock excludes only locks of the same name', async () => {
    const { locks } = await prepare();
    const both = [await locks.tryAcquire(name), await locks.tryAcquire('c3d4')];
    for (const lock of both) {
      expect(lock).toBeDefined();
      lock?.release();
    }
  });

  it('a lock leaves its file behind, for this user alone', async () => {
    const { folder, locks } = await prepare();
    const lock = await locks.acquire(name, never);
    for (const file of readdirSync(folder)) expect(statSync(join(folder, file)).mode & 0o777).toBe(0o600);
    lock.release();
    expect(readdirSync(folder)).toEqual([`lock-${name}.db`]);
  });

  it('a lock that another process holds is acquired after its release', async () => {
    const { folder, clock, locks } = await prepare();
    const other = await holder(folder);
    const waiting = locks.acquire(name, never);
    for (let round = 0; round < 3; round++) {
      await clock.untilSleeping(retry);
      clock.advance(retry);
    }
    await clock.untilSleeping(retry);
    other.say('release');
    expect(await other.hear()).toBe('released');
    clock.advance(retry);
    (await waiting).release();
  });

  it('a lock is held by one of two processes at a time, whichever comes first', async () => {
    const { folder, clock, locks } = await prepare();
    const lock = await locks.acquire(name, never);
    const other = await start('lock', [folder, name]);
    other.say('acquire');
    const line = other.hear();
    lock.release();
    expect(await line).toBe('held');
    expect(await locks.tryAcquire(name)).toBeUndefined();
    expect(clock.sleeping).toEqual([]);
  });

  it('a lock is free at once when its holder is killed', async () => {
    const { folder, locks } = await prepare();
    const other = await holder(folder);
    expect(await locks.tryAcquire(name)).toBeUndefined();
    await other.kill();
    const lock = await locks.tryAcquire(name);
    expect(lock).toBeDefined();
    lock?.release();
  });

  it('a lock stays held when garbage is collected and nothing else refers to its handle', async () => {
    const { folder, locks } = await prepare();
    const other = await holder(folder, ['--expose-gc']);
    other.say('forget');
    expect(await other.hear()).toBe('forgotten');
    expect(await locks.tryAcquire(name)).toBeUndefined();
  });

  it('an aborted wait for a lock ends and does not take the lock afterwards', async () => {
    const { folder, clock, locks } = await prepare();
    const other = await holder(folder);
    const abort = new AbortController();
    const waiting = locks.acquire(name, abort.signal);
    await clock.untilSleeping(retry);
    abort.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    await other.kill();
    const lock = await locks.tryAcquire(name);
    expect(lock).toBeDefined();
    lock?.release();
  });

  it('a wait for a lock that was aborted before it began does not take the lock', async () => {
    const { locks } = await prepare();
    await expect(locks.acquire(name, AbortSignal.abort(new Error('too late')))).rejects.toThrow('too late');
    const lock = await locks.tryAcquire(name);
    expect(lock).toBeDefined();
    lock?.release();
  });

  it('a wait for a lock has jitter', async () => {
    const { folder } = await prepare();
    await holder(folder);
    const clock = new ManualClock();
    const numbers = [0, 0.5, 0.99];
    const locks = new ProcessLocks({ folder, clock, random: () => numbers.shift() ?? 0 });
    const abort = new AbortController();
    const waiting = locks.acquire(name, abort.signal);
    for (const ms of [20, 60, 99.2]) {
      await clock.untilSleeping(ms);
      clock.advance(ms);
    }
    abort.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
  });

  it('a lock that the disk does not allow is reported as an unavailable vault', async () => {
    const locks = new ProcessLocks({ folder: storageFolder(), clock: new ManualClock(), random: () => 0 });
    await expect(locks.tryAcquire(name)).rejects.toMatchObject({ code: 'vaultUnavailable' });
    await expect(locks.acquire(name, never)).rejects.toMatchObject({ code: 'vaultUnavailable' });
  });
});
