// What custody costs on the disk, in one process: a look, an answer, a commit beside a plain one, a rotation without its request.
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
import { Notes, SharedSecrets } from '../unit/accounts/store/support/secrets.ts';
import { ada, ben, FakeService, rotated, service, tokensOf } from '../unit/accounts/store/support/service.ts';
import { MemoryLog } from '../unit/support/log.ts';
import { median, ms, timed } from './figures.ts';

const rounds = 300;
const rotations = 100;
/** A real access token is a JWT of about this length. */
const tokenLength = 2_000;

const folder = mkdtempSync(path.join(tmpdir(), 'csi-bench-'));
try {
  const server = new FakeService();
  server.onRefresh(() => rotated(ada, { access_token: 'a'.repeat(tokenLength) }));
  const { store: custody, vault } = assemble({
    folder: path.join(folder, 'storage'),
    clock: systemClock,
    secrets: new SharedSecrets(),
    notes: new Notes(),
    fetch: server.fetch,
    log: new MemoryLog(),
    random: Math.random,
  });
  const adopt = (identity: Identity) =>
    custody.saveSignIn(
      service,
      { ...tokensOf(identity, Date.now()), accessToken: 'a'.repeat(tokenLength), rotatedAt: Date.now() },
      { correlationId: 'bench' },
    );
  await adopt(ben);
  const account = await adopt(ada);

  const looks = await repeat(rounds, () => custody.reload());
  const answers = await repeat(rounds, () => custody.credential(account.hash, { correlationId: 'bench' }));
  console.log(`A look at the vault, with two accounts: ${ms(looks)}`);
  console.log(`A usable account, the look included:    ${ms(answers)}`);

  const { commits, plain } = await compareCommits(vault, account);
  console.log(`A commit of one account:                ${ms(commits)}`);
  console.log(`  the same update by plain SQLite:      ${ms(plain)}, ratio ${(median(commits) / median(plain)).toFixed(2)}`);

  let newest = account;
  const whole = await repeat(rotations, async () => {
    newest = await custody.credential(account.hash, { correlationId: 'bench', refused: newest });
  });
  await custody.settled();
  if (newest.generation !== account.generation + rotations + 1) throw new Error('A rotation did not take place.');
  console.log(`A rotation, the request taking no time: ${ms(whole)}`);
  vault.close();
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** One round to warm up. */
async function repeat(count: number, work: () => unknown): Promise<number[]> {
  await work();
  const times: number[] = [];
  for (let round = 0; round < count; round++) times.push(await timed(work));
  return times;
}

/** In turn, so that what else the machine does falls on both. */
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
    // New bytes each time: SQLite writes nothing where nothing has changed.
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
