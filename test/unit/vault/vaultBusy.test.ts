import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Vault, VaultRow } from '../../../src/vault/vault.ts';
import { ManualClock } from '../support/clock.ts';
import type { Child } from '../accounts/store/support/child.ts';
import { start } from '../accounts/store/support/child.ts';
import { openVault, storageFolder } from '../accounts/store/support/window.ts';

const row: VaultRow = { hash: 'a1', login: 'login-1', generation: 1, state: 'ready', keyId: 'k1', sealed: new Uint8Array(100) };
const retry = 10;

/** A vault with one row, and another process that has its file open. */
async function sharedVault(): Promise<{ folder: string; clock: ManualClock; vault: Vault; other: Child }> {
  const folder = storageFolder();
  const clock = new ManualClock();
  const vault = openVault({ folder, clock });
  await put(vault);
  const other = await start('statement', [join(folder, 'vault-1.db')]);
  return { folder, clock, vault, other };
}

async function run(other: Child, sql: string): Promise<void> {
  other.say(sql);
  expect(await other.hear()).toBe('done');
}

function put(vault: Vault, change: Partial<VaultRow> = {}): Promise<void> {
  return vault.write(transaction => {
    transaction.put({ ...row, ...change });
  });
}

async function generations(vault: Vault): Promise<number[] | undefined> {
  return (await vault.read())?.rows.map(({ generation }) => generation);
}

describe('a vault that another process uses', () => {
  it('a locked vault cannot be read for 200 ms, then gives no content, and is read again after the lock', async () => {
    const { clock, vault, other } = await sharedVault();
    await run(other, 'BEGIN EXCLUSIVE');
    const read = vault.read();
    await clock.untilSleeping(retry);
    clock.advance(199);
    await clock.untilSleeping(retry);
    expect(clock.sleeping).toContain(200);
    clock.advance(1);
    expect(await read).toBeUndefined();
    await run(other, 'COMMIT');
    clock.advance(retry);
    expect(await generations(vault)).toEqual([1]);
  });

  it('a vault that is unlocked within 200 ms is read', async () => {
    const { clock, vault, other } = await sharedVault();
    await run(other, 'BEGIN EXCLUSIVE');
    const read = generations(vault);
    await clock.untilSleeping(retry);
    await run(other, 'UPDATE account SET generation = 2');
    await run(other, 'COMMIT');
    clock.advance(retry);
    expect(await read).toEqual([2]);
  });

  it('a vault is read while another process only prepares a change', async () => {
    const { vault, other } = await sharedVault();
    await run(other, 'BEGIN IMMEDIATE');
    await run(other, 'UPDATE account SET generation = 2');
    expect(await generations(vault)).toEqual([1]);
  });

  it('a vault that another process is changing is written once that change has ended', async () => {
    const { clock, vault, other } = await sharedVault();
    await run(other, 'BEGIN IMMEDIATE');
    const written = put(vault, { generation: 2 });
    await clock.untilSleeping(retry);
    await run(other, 'COMMIT');
    clock.advance(retry);
    await written;
    expect(await generations(vault)).toEqual([2]);
  });

  it('a vault that another process is reading is written once that read has ended', async () => {
    const { clock, vault, other } = await sharedVault();
    await run(other, 'BEGIN');
    await run(other, 'SELECT * FROM account');
    const written = put(vault, { generation: 2 });
    await clock.untilSleeping(retry);
    await run(other, 'COMMIT');
    clock.advance(retry);
    await written;
    expect(await generations(vault)).toEqual([2]);
  });

  it('a read of the vault times out after 200 ms although a write of this window waits before it', async () => {
    const { clock, vault, other } = await sharedVault();
    await run(other, 'BEGIN');
    await run(other, 'SELECT * FROM account');
    const written = put(vault, { generation: 2 });
    await clock.untilSleeping(retry);
    const read = vault.read();
    clock.advance(200);
    expect(await read).toBeUndefined();
    await clock.untilSleeping(retry);
    await run(other, 'COMMIT');
    clock.advance(retry);
    await written;
  });

  it.each([
    ['before the change began', ['BEGIN IMMEDIATE']],
    ['before the change was committed', ['BEGIN', 'SELECT * FROM account']],
  ])('a write to the vault times out after ten seconds if it was locked %s, and writes nothing', async (_when, statements) => {
    const { clock, vault, other } = await sharedVault();
    for (const sql of statements) await run(other, sql);
    const written = put(vault, { generation: 2 });
    await clock.untilSleeping(retry);
    clock.advance(10_000);
    await expect(written).rejects.toMatchObject({ code: 'vaultLocked' });
    await run(other, 'COMMIT');
    expect(await generations(vault)).toEqual([1]);
    await put(vault, { generation: 3 });
    expect(await generations(vault)).toEqual([3]);
  });

  it('a read and a write of a locked vault time out although the clock is put back by a month meanwhile', async () => {
    const { clock, vault, other } = await sharedVault();
    await run(other, 'BEGIN EXCLUSIVE');
    const read = vault.read();
    await clock.untilSleeping(retry);
    clock.set(clock.now() - 30 * 86_400_000);
    clock.advance(200);
    expect(await read).toBeUndefined();
    const written = put(vault, { generation: 2 });
    await clock.untilSleeping(retry);
    clock.set(clock.now() - 30 * 86_400_000);
    clock.advance(10_000);
    await expect(written).rejects.toMatchObject({ code: 'vaultLocked' });
    await run(other, 'COMMIT');
  });

  it('a locked vault is opened once it is unlocked', async () => {
    const { folder, other } = await sharedVault();
    await run(other, 'BEGIN EXCLUSIVE');
    const clock = new ManualClock();
    const late = openVault({ folder, clock });
    const read = late.read();
    await clock.untilSleeping(retry);
    clock.advance(200);
    expect(await read).toBeUndefined();
    const written = put(late, { generation: 2 });
    await clock.untilSleeping(retry);
    await run(other, 'COMMIT');
    clock.advance(retry);
    await written;
    expect(await generations(late)).toEqual([2]);
  });

  it('a vault whose user is killed within a change is free again and has nothing of the change [R45]', async () => {
    const { vault, other } = await sharedVault();
    await run(other, 'PRAGMA cache_size = 2');
    await run(other, 'BEGIN IMMEDIATE');
    // This is more than the cache holds, so SQLite writes to the file itself before the commit.
    await run(
      other,
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50)
       INSERT INTO account SELECT 'x' || i, 'k', 'l', 1, 'ready', randomblob(9000) FROM n`.replaceAll('\n', ' '),
    );
    await run(other, 'UPDATE account SET generation = 9');
    await other.kill();
    expect(await generations(vault)).toEqual([1]);
    await put(vault, { generation: 2 });
    expect(await generations(vault)).toEqual([2]);
  });
});

it('a vault that stays locked while its tables are created does not count as created', async () => {
  const folder = storageFolder();
  openVault({ folder }).close();
  const clock = new ManualClock();
  const vault = openVault({ folder, clock });
  await vault.read();
  vault.close();
  const other = await start('statement', [join(folder, 'vault-1.db')]);
  const drops = ['account', 'api_key', 'seal_key'].map(table => `DROP TABLE ${table}`);
  for (const sql of [...drops, 'PRAGMA user_version = 0', 'BEGIN IMMEDIATE']) await run(other, sql);
  const written = put(vault);
  await clock.untilSleeping(retry);
  clock.advance(10_000);
  await expect(written).rejects.toMatchObject({ code: 'vaultLocked' });
  await run(other, 'COMMIT');
  await put(vault);
  expect(await generations(vault)).toEqual([1]);
});
