/** A disk that is full or read-only, as a file system of its own. */
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
const ifNotRun = canMount ? '' : ' (not run: only root may mount a disk for it)';

interface SmallDisk extends Machine {
  readonly disk: string;
  /** Called when a token request is sent. */
  onRequest: () => void;
}

/** An account whose access token has expired, with the storage on a disk that a test can fill. */
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

/** Takes all remaining space. */
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

describe(`a full disk${ifNotRun}`, () => {
  it.runIf(canMount)(
    'a disk that fills up after the refresh token was presented stores the response in the space of the reserve',
    async () => {
      const one = await onSmallDisk();
      one.onRequest = () => {
        fill(one.disk);
      };
      expect((await use(one, one.account)).generation).toBe(2);
      expect(await stored(one.another())).toMatchObject([{ state: 'ready', generation: 2 }]);
      expect(one.log.entries.filter(({ level }) => level === 'error')).toEqual([]);
      expect(await records.endings()).toEqual([undefined]);
    },
  );

  it.runIf(canMount)('a disk that is full before the refresh token is presented sends nothing, reports it, and loses nothing', async () => {
    const one = await onSmallDisk();
    fill(one.disk);
    await expect(use(one, one.account)).rejects.toMatchObject({ code: 'diskFull' });
    await expect(use(one.another(), one.account)).rejects.toMatchObject({ code: 'diskFull' });
    expect(await records.refreshes()).toBe(0);
    makeRoom(one.disk);
    expect((await use(one, one.account)).generation).toBe(2);
    expect(await records.endings()).toEqual([undefined]);
  });

  it.runIf(canMount)(
    'a disk that is full despite the reserve keeps lock and tokens with the holder, and stores the tokens once there is space',
    async () => {
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
    },
  );
});

describe(`a read-only disk${ifNotRun}`, () => {
  it.runIf(canMount)(
    'a read-only disk still shows the accounts, sends nothing, reports it, and works again once it is writable',
    async () => {
      const one = await onSmallDisk();
      const view = mount('--bind', one.disk);
      onTestFinished(() => {
        unmount(view);
      });
      execFileSync('mount', ['-o', 'remount,bind,ro', view]);
      const reader = one.another({ folder: join(view, 'storage') });
      expect(await reader.store.accounts()).toMatchObject([{ label: one.account.label }]);
      await expect(use(reader, one.account)).rejects.toMatchObject({ code: 'folderNotWritable' });
      await expect(reader.store.disconnect(one.account.hash, { correlationId: 'test' })).rejects.toMatchObject({
        code: 'folderNotWritable',
      });
      expect(await records.refreshes()).toBe(0);
      execFileSync('mount', ['-o', 'remount,bind,rw', view]);
      expect((await use(reader, one.account)).generation).toBe(2);
      expect(await records.endings()).toEqual([undefined]);
    },
  );

  it.runIf(canMount)('a disk that is read-only from the start lets nobody sign in, and reports it', async () => {
    const disk = mount(...small);
    onTestFinished(() => {
      unmount(disk);
    });
    mkdirSync(join(disk, 'storage'), { mode: 0o700 });
    execFileSync('mount', ['-o', 'remount,ro', disk]);
    await expect(machine(simulator, { folder: join(disk, 'storage') })).rejects.toMatchObject({ code: 'folderNotWritable' });
  });
});
