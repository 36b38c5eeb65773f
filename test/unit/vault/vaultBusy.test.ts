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

async function tell(other: Child, sql: string): Promise<void> {
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

describe('a vault that another process has', () => {
  it('cannot be read for 200 ms, then memory has to answer, and is read again afterwards', async () => {
    const { clock, vault, other } = await sharedVault();
    await tell(other, 'BEGIN EXCLUSIVE');
    const read = vault.read();
    await clock.untilSleeping(retry);
    clock.advance(199);
    await clock.untilSleeping(retry);
    expect(clock.sleeping).toContain(200);
    clock.advance(1);
    expect(await read).toBeUndefined();
    await tell(other, 'COMMIT');
    clock.advance(retry);
    expect(await generations(vault)).toEqual([1]);
  });

  it('is read when it is let go before that', async () => {
    const { clock, vault, other } = await sharedVault();
    await tell(other, 'BEGIN EXCLUSIVE');
    const read = generations(vault);
    await clock.untilSleeping(retry);
    await tell(other, 'UPDATE account SET generation = 2');
    await tell(other, 'COMMIT');
    clock.advance(retry);
    expect(await read).toEqual([2]);
  });

  it('is read while the other one only prepares a change', async () => {
    const { vault, other } = await sharedVault();
    await tell(other, 'BEGIN IMMEDIATE');
    await tell(other, 'UPDATE account SET generation = 2');
    expect(await generations(vault)).toEqual([1]);
  });

  it('is written when the other one has begun, once that has ended', async () => {
    const { clock, vault, other } = await sharedVault();
    await tell(other, 'BEGIN IMMEDIATE');
    const written = put(vault, { generation: 2 });
    await clock.untilSleeping(retry);
    await tell(other, 'COMMIT');
    clock.advance(retry);
    await written;
    expect(await generations(vault)).toEqual([2]);
  });

  it('is committed to when the other one reads, once it has read', async () => {
    const { clock, vault, other } = await sharedVault();
    await tell(other, 'BEGIN');
    await tell(other, 'SELECT * FROM account');
    const written = put(vault, { generation: 2 });
    await clock.untilSleeping(retry);
    await tell(other, 'COMMIT');
    clock.advance(retry);
    await written;
    expect(await generations(vault)).toEqual([2]);
  });

  it('lets a look go after 200 ms although a write of this window waits before it', async () => {
    const { clock, vault, other } = await sharedVault();
    await tell(other, 'BEGIN');
    await tell(other, 'SELECT * FROM account');
    const written = put(vault, { generation: 2 });
    await clock.untilSleeping(retry);
    const read = vault.read();
    clock.advance(200);
    expect(await read).toBeUndefined();
    await clock.untilSleeping(retry);
    await tell(other, 'COMMIT');
    clock.advance(retry);
    await written;
  });

  it.each([
    ['before the change began', ['BEGIN IMMEDIATE']],
    ['before the change was committed', ['BEGIN', 'SELECT * FROM account']],
  ])('is given up by a write after ten seconds, %s, and nothing is written', async (_when, statements) => {
    const { clock, vault, other } = await sharedVault();
    for (const sql of statements) await tell(other, sql);
    const written = put(vault, { generation: 2 });
    await clock.untilSleeping(retry);
    clock.advance(10_000);
    await expect(written).rejects.toMatchObject({ code: 'vaultLocked' });
    await tell(other, 'COMMIT');
    expect(await generations(vault)).toEqual([1]);
    await put(vault, { generation: 3 });
    expect(await generations(vault)).toEqual([3]);
  });

  it('is opened once it is let go', async () => {
    const { folder, other } = await sharedVault();
    await tell(other, 'BEGIN EXCLUSIVE');
    const clock = new ManualClock();
    const late = openVault({ folder, clock });
    const read = late.read();
    await clock.untilSleeping(retry);
    clock.advance(200);
    expect(await read).toBeUndefined();
    const written = put(late, { generation: 2 });
    await clock.untilSleeping(retry);
    await tell(other, 'COMMIT');
    clock.advance(retry);
    await written;
    expect(await generations(late)).toEqual([2]);
  });

  it('is free again when that process is killed in the middle of a change, which leaves no trace [R45]', async () => {
    const { vault, other } = await sharedVault();
    await tell(other, 'PRAGMA cache_size = 2');
    await tell(other, 'BEGIN IMMEDIATE');
    // More than the cache holds: the file itself is written to before the commit.
    await tell(
      other,
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50)
       INSERT INTO account SELECT 'x' || i, 'k', 'l', 1, 'ready', randomblob(9000) FROM n`.replaceAll('\n', ' '),
    );
    await tell(other, 'UPDATE account SET generation = 9');
    await other.kill();
    expect(await generations(vault)).toEqual([1]);
    await put(vault, { generation: 2 });
    expect(await generations(vault)).toEqual([2]);
  });
});

it('a vault that stays busy while it is made is not taken to be made', async () => {
  const folder = storageFolder();
  openVault({ folder }).close();
  const clock = new ManualClock();
  const vault = openVault({ folder, clock });
  await vault.read();
  vault.close();
  const other = await start('statement', [join(folder, 'vault-1.db')]);
  const drops = ['account', 'api_key', 'seal_key'].map(table => `DROP TABLE ${table}`);
  for (const sql of [...drops, 'PRAGMA user_version = 0', 'BEGIN IMMEDIATE']) await tell(other, sql);
  const written = put(vault);
  await clock.untilSleeping(retry);
  clock.advance(10_000);
  await expect(written).rejects.toMatchObject({ code: 'vaultLocked' });
  await tell(other, 'COMMIT');
  await put(vault);
  expect(await generations(vault)).toEqual([1]);
});
