import { expect, it } from 'vitest';
import { ada, service, tokensOf } from './support/service.ts';
import { signedIn, stored } from './support/signedIn.ts';
import { flow } from './support/window.ts';

it('a known account that signs in while the vault is busy is still the known account', async () => {
  const window = await signedIn();
  const { account, clock, server } = window;
  const other = window.another();
  await window.store.settled();
  // Every look of this window finds the vault busy: it knows no account and no key from memory.
  other.vault.read = () => Promise.resolve(undefined);
  const again = await other.store.saveSignIn(service, { ...tokensOf(ada, clock.now()) }, flow);
  await other.store.settled();
  expect(again).toMatchObject({ hash: account.hash, label: account.label });
  expect(await stored(window)).toHaveLength(1);
  // Superseded, and dropped: a revocation would end the new session too.
  expect(server.revoked).toEqual([]);
});
