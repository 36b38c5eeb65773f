/** The bytes on the disk, while an account is signed in, during a commit, and afterwards. */
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { start } from './support/child.ts';
import { bytesOf } from './support/disk.ts';
import { ada, ben, hour, rotated, service, tokensOf } from './support/service.ts';
import { signedIn, stored } from './support/signedIn.ts';
import { flow } from './support/window.ts';

/** Each secret with its parts, also in other encodings. */
function traces(secrets: readonly string[]): Buffer[] {
  const parts = secrets.flatMap(secret => [secret, ...secret.split(/[./@]/).filter(part => part.length >= 8)]);
  return parts.flatMap(part => {
    const bytes = Buffer.from(part);
    return [bytes, Buffer.from(part, 'utf16le'), Buffer.from(bytes.toString('hex')), Buffer.from(bytes.toString('base64').slice(0, -4))];
  });
}

function find(folder: string, needles: readonly Buffer[]): string[] {
  const files = Object.entries(bytesOf(folder));
  return files.flatMap(([name, bytes]) =>
    needles.flatMap(needle => (bytes.includes(needle) || name.includes(String(needle)) ? [name] : [])),
  );
}

it('no token, email or ID of an account is readable in any file, from sign-in to sign-out [R22]', async () => {
  const window = await signedIn();
  const { store, folder, clock, server, account, secrets } = window;
  const { accessToken, refreshToken, idToken } = account.tokens;
  const seen = [accessToken, refreshToken, idToken, account.id, ada.userId, 'workspace-ada', 'ada@example.com'];
  const key = [...secrets.entries.values()].map(value => Buffer.from(value, 'base64'));
  const check = (more: readonly string[] = []) => {
    seen.push(...more);
    expect(find(folder, [...traces(seen), ...key])).toEqual([]);
  };
  check();
  clock.advance(hour);
  const next = tokensOf(ada, 0);
  server.onRefresh(() => {
    check();
    return rotated(ada, { access_token: next.accessToken, refresh_token: next.refreshToken });
  });
  await store.credential(account.hash, flow);
  check([next.accessToken, next.refreshToken]);
  const other = tokensOf(ben, clock.now());
  await store.saveSignIn(service, other, flow);
  check([other.accessToken, other.refreshToken, other.idToken, 'ben@example.com', 'user-ben', 'workspace-ben']);
  await store.disconnect(account.hash, flow);
  check();
});

it('the journal of a commit has nothing readable of an account [R22]', async () => {
  const { folder, account, vault, clock } = await signedIn();
  const [row] = (await vault.read())?.rows ?? [];
  const reader = await start('statement', [join(folder, 'vault-1.db')]);
  for (const sql of ['BEGIN', 'SELECT * FROM account']) {
    reader.say(sql);
    await reader.hear();
  }
  const written = vault.write(transaction => {
    if (row) transaction.put({ ...row, generation: 2 });
  });
  await clock.untilSleeping(15);
  const journal = join(folder, 'vault-1.db-journal');
  expect(readdirSync(folder)).toContain('vault-1.db-journal');
  // Another process reads the files, because reading here would drop the locks of the commit.
  const bytes = Buffer.concat([journal, join(folder, 'vault-1.db')].map(path => execFileSync('cat', [path])));
  const needles = traces([account.tokens.refreshToken, account.tokens.accessToken, account.id, account.label]);
  expect(needles.filter(needle => bytes.includes(needle))).toEqual([]);
  reader.say('COMMIT');
  await reader.hear();
  clock.advance(15);
  await written;
});

it('no byte of a record remains after it was replaced or deleted, sealed or not [R22] [R42]', async () => {
  const window = await signedIn();
  const { store, folder, clock, server, vault } = window;
  // These are larger than a page, as real tokens are, and several, so that pages are split, freed and filled again.
  const large = (identity: typeof ada) => ({ ...tokensOf(identity, clock.now()), accessToken: 'x'.repeat(5_000) });
  const accounts = [window.account];
  for (let n = 0; n < 8; n++) {
    const identity = { ...ben, userId: `user-${n}`, email: `${n}@example.com` };
    accounts.push(await store.saveSignIn(service, n % 2 ? large(identity) : tokensOf(identity, clock.now()), flow));
  }
  const gone: Buffer[] = [];
  const remember = async () => {
    gone.push(...((await vault.read())?.rows ?? []).map(({ sealed }) => Buffer.from(sealed)));
  };
  const pieces = () =>
    gone.flatMap(sealed => Array.from({ length: Math.floor(sealed.length / 24) }, (_, n) => sealed.subarray(n * 24, n * 24 + 24)));
  await remember();
  clock.advance(hour);
  server.onRefresh(() => rotated(ben, { id_token: undefined }));
  for (const { hash } of accounts) await store.credential(hash, flow);
  expect(await stored(window)).toHaveLength(accounts.length);
  expect(find(folder, pieces())).toEqual([]);
  await remember();
  for (const { hash } of accounts) await store.disconnect(hash, flow);
  expect(await stored(window)).toEqual([]);
  expect(find(folder, pieces())).toEqual([]);
  expect(readdirSync(folder).filter(name => name.includes('journal'))).toEqual([]);
});
