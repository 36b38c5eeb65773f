// One source that fails where it promises not to, such as one whose code could not be loaded.
import { expect, it } from 'vitest';
import { chatGptProviderId } from '../../../src/accounts/account.ts';
import { CodexSource } from '../../../src/codexCli/codexSource.ts';
import { account } from '../usage/support/account.ts';
import { ManualClock } from '../support/clock.ts';
import { MemoryLog } from '../support/log.ts';
import { registry, TestSource } from './support/registry.ts';

/** The Codex CLI's source, whose code cannot be loaded so often. */
function failing(times: number, log = new MemoryLog()) {
  let loads = 0;
  const consent = { hasConsent: () => true, set: () => Promise.resolve() };
  const none = { accounts: () => Promise.resolve([]), onDidChange: () => () => undefined, reload: () => Promise.resolve() };
  const load = () =>
    ++loads <= times ? Promise.reject(new Error('Cannot find module')) : Promise.resolve({ accounts: none, convert: {} } as never);
  return { source: new CodexSource({ consent, load, clock: new ManualClock(), log }), log, loads: () => loads };
}

it('a source that fails takes no other one down', async () => {
  const { source, log } = failing(Infinity);
  const accounts = registry(log, new TestSource(account()), source);
  expect(await accounts.list(chatGptProviderId)).toHaveLength(1);
  expect(await accounts.all()).toHaveLength(1);
  expect(await accounts.credentials(chatGptProviderId, undefined, { correlationId: 'test' })).toHaveLength(1);
  await accounts.reload();
  expect(await accounts.reportRefused('somebody', 'token', 'test')).toBe('offline');
  expect(log.entries).toContainEqual(expect.objectContaining({ level: 'error' }));
});

it('a source whose code could not be loaded is loaded at the next use', async () => {
  const { source, loads } = failing(1);
  await expect(source.accounts()).rejects.toThrow('Cannot find module');
  expect(await source.accounts()).toEqual([]);
  expect(await source.accounts()).toEqual([]);
  expect(loads()).toBe(2);
});
