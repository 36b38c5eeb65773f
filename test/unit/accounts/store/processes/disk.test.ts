/** A disk that is full or may only be read, as a file system of its own. */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmdirSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Machine } from '../support/machine.ts';
import { machine, month, useRecords, use } from '../support/machine.ts';
import { stored } from '../support/signedIn.ts';

const { simulator, records } = await useRecords();

function mount(...args: string[]): string {
  const path = mkdtempSync(join(tmpdir(), 'disk-'));
  try {
    execFileSync('mount', [...args, path], { stdio: 'pipe' });
    return path;
  } catch (error) {
    rmdirSync(path);
    throw error;
  }
}

function unmount(path: string): void {
  execFileSync('umount', ['--lazy', path]);
  rmdirSync(path);
}

/** A disk of 2 MB. */
const small = ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs'];

function mayMount(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  try {
    unmount(mount(...small));
    return true;
  } catch {
    return false;
  }
}
const canMount = mayMount();
const orNot = canMount ? '' : ' (not run: only root may mount a disk for it)';

interface SmallDisk extends Machine {
  readonly disk: string;
  /** Called when a token request leaves. */
  onRequest: () => void;
}

/** Somebody whose access token has lapsed, with the storage on a disk that a test can fill. */
async function onSmallDisk(): Promise<SmallDisk> {
  const disk = mount(...small);
  onTestFinished(() => {
    unmount(disk);
  });
  const hook: Pick<SmallDisk, 'onRequest'> = { onRequest: () => undefined };
  const one = await machine(simulator, {
    ahead: month,
    folder: join(disk, 'storage'),
    fetch: (url, init) => {
      if (url.endsWith('/oauth/token')) hook.onRequest();
      return fetch(url, init);
    },
  });
  return Object.assign(hook, one, { disk });
}

/** Takes all the room that is left. */
function fill(disk: string): void {
  const file = openSync(join(disk, 'filler'), 'a');
  try {
    for (;;) writeSync(file, Buffer.alloc(4_096, 1));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  } finally {
    closeSync(file);
  }
}

function makeRoom(disk: string): void {
  rmSync(join(disk, 'filler'));
}

describe(`a disk that is full${orNot}`, () => {
  it.runIf(canMount)('since the token was presented takes the answer: room was kept for it', async () => {
    const one = await onSmallDisk();
    one.onRequest = () => {
      fill(one.disk);
    };
    expect((await use(one, one.account)).generation).toBe(2);
    expect(await stored(one.another())).toMatchObject([{ state: 'ready', generation: 2 }]);
    expect(one.log.entries.filter(({ level }) => level === 'error')).toEqual([]);
    expect(await records.endings()).toEqual([undefined]);
  });

  it.runIf(canMount)('before that presents nothing, says so, and loses nothing', async () => {
    const one = await onSmallDisk();
    fill(one.disk);
    await expect(use(one, one.account)).rejects.toMatchObject({ code: 'diskFull' });
    await expect(use(one.another(), one.account)).rejects.toMatchObject({ code: 'diskFull' });
    expect(await records.refreshes()).toBe(0);
    makeRoom(one.disk);
    expect((await use(one, one.account)).generation).toBe(2);
    expect(await records.endings()).toEqual([undefined]);
  });

  it.runIf(canMount)('although room was kept lets the holder keep lock and tokens, and takes them once there is room', async () => {
    const one = await onSmallDisk();
    one.onRequest = () => {
      fill(one.disk);
      rmSync(join(one.folder, `reserve-${one.account.hash}`));
      fill(one.disk);
    };
    const used = use(one, one.account);
    while (!one.log.text.includes('the result of a refresh could not be stored yet')) await sleep(10);
    expect(await one.another().locks.tryAcquire(one.account.hash)).toBeUndefined();
    expect(await stored(one)).toMatchObject([{ state: 'refreshing', generation: 1 }]);
    makeRoom(one.disk);
    const next = await used;
    expect(next.generation).toBe(2);
    expect(await stored(one.another())).toEqual([next]);
    expect(await records.refreshes()).toBe(1);
    expect(await records.endings()).toEqual([undefined]);
  });
});

describe(`a disk that may only be read${orNot}`, () => {
  it.runIf(canMount)('still shows who is signed in, presents nothing, says so, and goes on when it may be written', async () => {
    const one = await onSmallDisk();
    const view = mount('--bind', one.disk);
    onTestFinished(() => {
      unmount(view);
    });
    execFileSync('mount', ['-o', 'remount,bind,ro', view]);
    const reader = one.another({ folder: join(view, 'storage') });
    expect(await reader.store.accounts()).toMatchObject([{ label: one.account.label }]);
    await expect(use(reader, one.account)).rejects.toMatchObject({ code: 'folderNotWritable' });
    await expect(reader.store.disconnect(one.account.hash, { correlationId: 'test' })).rejects.toMatchObject({ code: 'folderNotWritable' });
    expect(await records.refreshes()).toBe(0);
    execFileSync('mount', ['-o', 'remount,bind,rw', view]);
    expect((await use(reader, one.account)).generation).toBe(2);
    expect(await records.endings()).toEqual([undefined]);
  });

  it.runIf(canMount)('from the start lets nobody sign in, and says so', async () => {
    const disk = mount(...small);
    onTestFinished(() => {
      unmount(disk);
    });
    mkdirSync(join(disk, 'storage'), { mode: 0o700 });
    execFileSync('mount', ['-o', 'remount,ro', disk]);
    await expect(machine(simulator, { folder: join(disk, 'storage') })).rejects.toMatchObject({ code: 'folderNotWritable' });
  });
});
