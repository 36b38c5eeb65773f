import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DiskReserve } from '../../../src/storage/diskReserve.ts';
import { hour, networkFault, pending, rotated, ada } from '../accounts/store/support/service.ts';
import { signedIn } from '../accounts/store/support/signedIn.ts';
import { flow, storageFolder } from '../accounts/store/support/window.ts';

function reservesIn(folder: string): string[] {
  return readdirSync(folder).filter(name => name.startsWith('reserve-'));
}

describe('the disk reserve', () => {
  it('a disk reserve takes up disk space for this user alone until it is freed', async () => {
    const folder = storageFolder();
    mkdirSync(folder);
    const reserve = new DiskReserve(folder);
    await reserve.set('a1');
    const { size, blocks, mode } = statSync(join(folder, 'reserve-a1'));
    expect(size).toBe(128 * 1024);
    expect(blocks * 512).toBeGreaterThanOrEqual(size);
    if (process.platform !== 'win32') expect(mode & 0o777).toBe(0o600);
    await reserve.set('a1');
    await reserve.free('a1');
    await reserve.free('a1');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('a disk reserve in a missing folder is reported as an unavailable vault and leaves nothing behind', async () => {
    const folder = storageFolder();
    await expect(new DiskReserve(folder).set('a1')).rejects.toMatchObject({ code: 'vaultUnavailable' });
  });

  it('the disk reserve exists while a refresh request is under way and is gone after any response', async () => {
    const window = await signedIn();
    const { store, account, server, clock, folder } = window;
    for (const reply of [() => networkFault('ECONNRESET'), () => rotated(ada)]) {
      clock.advance(hour);
      const { response, respond } = pending();
      const count = server.requests.length;
      server.onRefresh(() => response);
      const used = store.credential(account.hash, flow).catch(() => undefined);
      await server.untilRequested(count + 1);
      expect(reservesIn(folder)).toEqual([`reserve-${account.hash}`]);
      respond(
        await Promise.resolve()
          .then(reply)
          .catch(() => new Response('{', { status: 200 })),
      );
      await used;
      await store.settled();
      expect(reservesIn(folder)).toEqual([]);
    }
    expect((await store.accounts()).map(({ generation }) => generation)).toEqual([2]);
  });

  it('a refresh token is not sent if the disk reserve cannot be written', async () => {
    const { store, account, server, clock, folder } = await signedIn();
    // A read-only file stands for a full disk: neither can be written to.
    mkdirSync(join(folder, `reserve-${account.hash}`));
    writeFileSync(join(folder, `reserve-${account.hash}`, 'x'), '');
    clock.advance(hour);
    await expect(store.credential(account.hash, flow)).rejects.toMatchObject({ code: 'vaultUnavailable' });
    expect(server.requests).toEqual([]);
    expect(await store.accounts()).toMatchObject([{ state: 'ready', generation: 1 }]);
  });
});
