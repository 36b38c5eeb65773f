// The cost of the account store on disk, in one process: reading, a credential, a commit beside one of plain SQLite, a rotation without its request.
import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { StoredAccount } from '../../src/accounts/store/storedAccount.ts';
import type { Vault } from '../../src/vault/vault.ts';
import { systemClock } from '../../src/base/clock.ts';
import type { Identity } from '../../src/oauth/tokenSet.ts';
import { assemble } from '../unit/accounts/store/support/parts.ts';
import { MemorySealKeyHistory, SharedSecrets } from '../unit/accounts/store/support/secrets.ts';
import { ada, ben, FakeService, rotated, service, tokensOf } from '../unit/accounts/store/support/service.ts';
import { MemoryLog } from '../unit/support/log.ts';
import { median, ms, timed } from './figures.ts';

const rounds = 300;
const rotations = 100;
/** The usual length of a real access token, which is a JWT. */
const tokenLength = 2_000;

const folder = mkdtempSync(path.join(tmpdir(), 'csi-bench-'));
try {
  const server = new FakeService();
  server.onRefresh(() => rotated(ada, { access_token: 'a'.repeat(tokenLength) }));
  const { store: accountStore, vault } = assemble({
    folder: path.join(folder, 'storage'),
    clock: systemClock,
    secrets: new SharedSecrets(),
    history: new MemorySealKeyHistory(),
    fetch: server.fetch,
    log: new MemoryLog(),
    random: Math.random,
  });
  const saveSignIn = (identity: Identity) =>
    accountStore.saveSignIn(
      service,
      { ...tokensOf(identity, Date.now()), accessToken: 'a'.repeat(tokenLength), rotatedAt: Date.now() },
      { correlationId: 'bench' },
    );
  await saveSignIn(ben);
  const account = await saveSignIn(ada);

  const reads = await repeat(rounds, () => accountStore.reload());
  const credentials = await repeat(rounds, () => accountStore.credential(account.hash, { correlationId: 'bench' }));
  console.log(`Reading the vault, with two accounts:   ${ms(reads)}`);
  console.log(`A credential, including that reading:   ${ms(credentials)}`);

  const { commits, plain } = await compareCommits(vault, account);
  console.log(`A commit of one account:                ${ms(commits)}`);
  console.log(`  the same update by plain SQLite:      ${ms(plain)}, ratio ${(median(commits) / median(plain)).toFixed(2)}`);

  let newest = account;
  const whole = await repeat(rotations, async () => {
    newest = await accountStore.credential(account.hash, { correlationId: 'bench', refused: newest });
  });
  await accountStore.settled();
  if (newest.generation !== account.generation + rotations + 1) throw new Error('A rotation did not take place.');
  console.log(`A rotation with an instant response:    ${ms(whole)}`);
  vault.close();
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** Runs one more round first, to warm up. */
async function repeat(count: number, work: () => unknown): Promise<number[]> {
  await work();
  const times: number[] = [];
  for (let round = 0; round < count; round++) times.push(await timed(work));
  return times;
}

/** Takes turns, so that other load of the machine affects both. */
async function compareCommits(vault: Vault, account: StoredAccount): Promise<{ commits: number[]; plain: number[] }> {
  const row = (await vault.read())?.rows.find(({ hash }) => hash === account.hash);
  if (!row) throw new Error('The account is not in the vault.');
  const database = new DatabaseSync(path.join(folder, 'plain.db'));
  database.exec('PRAGMA synchronous = EXTRA; PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY');
  database.exec('CREATE TABLE account (hash TEXT PRIMARY KEY, sealed BLOB NOT NULL) STRICT');
  database.prepare('INSERT INTO account VALUES (?, ?)').run(row.hash, row.sealed);
  const update = (sealed: Uint8Array) => {
    database.exec('BEGIN IMMEDIATE');
    database.prepare('UPDATE account SET sealed = ? WHERE hash = ?').run(sealed, row.hash);
    database.exec('COMMIT');
  };
  const [commits, plain]: [number[], number[]] = [[], []];
  for (let round = 0; round <= rounds; round++) {
    // New bytes each time, because SQLite writes nothing when nothing has changed.
    const sealed = randomBytes(row.sealed.length);
    commits.push(await timed(() => vault.write(transaction => transaction.replace(row, { ...row, sealed }))));
    plain.push(
      await timed(() => {
        update(sealed);
      }),
    );
  }
  await vault.write(transaction => transaction.replace(row, row));
  database.close();
  return { commits: commits.slice(1), plain: plain.slice(1) };
}
