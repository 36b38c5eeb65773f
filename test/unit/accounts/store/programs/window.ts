/**
 * The account store of one window, in a process of its own: `window.ts <folder> <clock>`, the entries of its secret store as
 * JSON in `SECRETS`. The file `<clock>` holds how many milliseconds the machine's clock is ahead.
 * Orders are carried out side by side; each prints one line when it is done.
 */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setImmediate } from 'node:timers/promises';
import type { StoredAccount } from '../../../../../src/accounts/store/storedAccount.ts';
import { watchFolder } from '../../../../../src/storage/watchFolder.ts';
import { asAppError } from '../../../../../src/base/errors.ts';
import { systemClock } from '../../../../../src/base/clock.ts';
import { MemoryLog } from '../../../support/log.ts';
import { assemble } from '../support/parts.ts';
import { MemorySealKeyHistory, SharedSecrets } from '../support/secrets.ts';

const [folder = '', clockFile = ''] = process.argv.slice(2);
const secrets = new SharedSecrets();
for (const [name, value] of Object.entries(JSON.parse(process.env['SECRETS'] ?? '{}') as Record<string, string>))
  await secrets.store(name, value);
const clock = { ...systemClock, now: () => Date.now() + Number(readFileSync(clockFile, 'utf8')) };
const log = new MemoryLog();
const { store, vault } = assemble({
  folder,
  clock,
  secrets,
  history: new MemorySealKeyHistory(),
  fetch: (url, init) => fetch(url, init),
  log,
  random: Math.random,
});
watchFolder(folder, { clock, log, changed: () => void store.reload() });

async function run(order: string, parameter: string): Promise<string> {
  switch (order) {
    case 'accounts':
      return (await labels()).join(' ') || 'nobody';
    case 'use':
      return await useFirst(Number(parameter || 20));
    case 'disconnect': {
      const [account] = await accounts();
      return account ? (await store.disconnect(account.hash, { correlationId: 'test' })).kind : 'nobody';
    }
    case 'untilNobody':
      // This uses memory alone: what the window knows from events, not from a read.
      return await untilNobody();
    case 'collect':
      for (let round = 0; round < 20; round++) {
        globalThis.gc?.();
        await setImmediate();
      }
      return globalThis.gc ? 'collected' : 'nothing is collected without --expose-gc';
    case 'close':
      await store.close();
      return 'closed';
    default:
      return 'unknown';
  }
}

/** @throws the problem of a window that has not read the vault yet */
async function accounts(): Promise<readonly StoredAccount[]> {
  const found = await store.accounts();
  if (found.length === 0 && store.problem) throw store.problem;
  return found;
}

async function labels(): Promise<string[]> {
  return (await accounts()).map(({ label }) => label);
}

/** Uses the first account, by so many callers at the same time. @returns the generations of their credentials */
async function useFirst(callers: number): Promise<string> {
  const [account] = await accounts();
  if (!account) return 'nobody';
  const uses = Array.from({ length: callers }, () => store.credential(account.hash, { correlationId: 'test' }));
  return [...new Set((await Promise.all(uses)).map(({ generation }) => generation))].join(' ');
}

async function untilNobody(): Promise<string> {
  const here = new Set(await labels());
  const { promise, resolve } = Promise.withResolvers<string>();
  const check = () => {
    if (here.size === 0) resolve('nobody');
  };
  store.onDidChange(({ removed }) => {
    for (const { label } of removed) here.delete(label);
    check();
  });
  check();
  console.log('waiting');
  return await promise;
}

const underWay = new Set<Promise<void>>();

/** `closed` is the last line of a window. */
async function carryOut(order: string, parameter: string): Promise<void> {
  const line = await run(order, parameter).catch((error: unknown) => asAppError(error).code);
  if (order === 'close') await Promise.all(underWay);
  console.log(line);
  if (order !== 'close') return;
  vault.close();
  process.stdin.destroy();
}

console.log('ready');
createInterface(process.stdin).on('line', line => {
  const [order = '', parameter = ''] = line.split(' ');
  const done = carryOut(order, parameter).finally(() => underWay.delete(done));
  if (order !== 'close') underWay.add(done);
});
