import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { UsageStore } from '../../../../src/usage/polling/usageStore.ts';
import { ManualClock } from '../../support/clock.ts';
import { MemorySealKeyHistory, SharedSecrets } from './support/secrets.ts';
import { ada, ben, FakeService, service, tokensOf } from './support/service.ts';
import { signedIn } from './support/signedIn.ts';
import { flow, openWindow, passDamage, storageFolder } from './support/window.ts';

const now = new ManualClock().now();
const databases = (folder: string) => readdirSync(folder).filter(name => /^(vault|usage)-/.test(name));

it('a vault that was left behind is covered: its sessions are revoked, its keys and the file deleted [R42]', async () => {
  const window = await signedIn();
  const { folder, secrets, server, account } = window;
  window.vault.close();
  // Left behind while it was damaged, and whole again by now.
  writeFileSync(join(folder, 'vault-2.db'), '');
  // Of another profile, which never announced the older key.
  const later = openWindow({ folder, secrets, fetch: server.fetch, history: new MemorySealKeyHistory() });
  const again = await later.store.saveSignIn(service, tokensOf(ben, now), flow);
  expect(secrets.entries.size).toBe(2);
  expect(await later.store.disconnectAll(flow)).toEqual({ revoked: 2, unrevoked: 0, unreadableFiles: 0 });
  expect(server.revoked.sort()).toEqual([account.tokens.refreshToken, again.tokens.refreshToken].sort());
  expect(secrets.entries.size).toBe(0);
  expect(databases(folder)).toEqual(['vault-2.db']);
});

it('what nobody can revoke in a vault that was left behind is counted [R32]', async () => {
  const [window, server] = [await signedIn(), new FakeService()];
  window.vault.close();
  writeFileSync(join(window.folder, 'vault-2.db'), '');
  const withoutKey = openWindow({ folder: window.folder, fetch: server.fetch });
  expect(await withoutKey.store.disconnectAll(flow)).toEqual({ revoked: 0, unrevoked: 1, unreadableFiles: 0 });
  expect(databases(window.folder)).toEqual(['vault-2.db']);
});

it('a vault that cannot be read is deleted and reported, with every key that the secret store ever had', async () => {
  const [folder, secrets, history] = [storageFolder(), new SharedSecrets(), new MemorySealKeyHistory()];
  const first = openWindow({ folder, secrets, history });
  await first.store.saveSignIn(service, tokensOf(ada, now), flow).catch(() => undefined);
  first.vault.close();
  writeFileSync(join(folder, 'vault-1.db'), 'no database '.repeat(1_000));
  const clock = new ManualClock();
  const window = openWindow({ folder, secrets, history, clock });
  await passDamage(clock, window.keys.require('ifNone'));
  expect(secrets.entries.size).toBe(2);
  expect(await window.store.disconnectAll(flow)).toEqual({ revoked: 0, unrevoked: 0, unreadableFiles: 1 });
  expect(secrets.entries.size).toBe(0);
  expect(databases(folder)).toEqual(['vault-2.db']);
});

it('readings of usage in a file that was left behind are deleted as well', async () => {
  const { folder, clock, http, log } = await signedIn();
  for (const name of ['usage-1.db', 'usage-2.db']) writeFileSync(join(folder, name), '');
  const usage = new UsageStore({ folder, clock, http, log, random: () => 0 });
  await usage.forgetAll();
  usage.close();
  expect(databases(folder)).toEqual(['usage-2.db', 'vault-1.db']);
});
