/**
 * A window with an account store, in a process of its own: `accountStoreWindow.ts <folder>`, with the entries of its secret storage as
 * JSON in `SECRETS`. Each line of input is an order: `use <milliseconds that its clock is ahead>`, `hold`.
 */
import { createInterface } from 'node:readline';
import { asAppError } from '../../src/base/errors.ts';
import { systemClock } from '../../src/base/clock.ts';
import { assemble } from '../unit/accounts/store/support/parts.ts';
import { MemorySealKeyHistory, SharedSecrets } from '../unit/accounts/store/support/secrets.ts';
import { MemoryLog } from '../unit/support/log.ts';

const callersOfEach = 20;

const [folder = ''] = process.argv.slice(2);
const secrets = new SharedSecrets();
for (const [name, value] of Object.entries(JSON.parse(process.env['SECRETS'] ?? '{}') as Record<string, string>))
  await secrets.store(name, value);
let ahead = 0;
const { store: accountStore, locks } = assemble({
  folder,
  clock: { ...systemClock, now: () => Date.now() + ahead },
  secrets,
  history: new MemorySealKeyHistory(),
  fetch: (url, init) => fetch(url, init),
  log: new MemoryLog(),
  random: Math.random,
});

async function run(order: string, argument: string | undefined): Promise<string> {
  ahead = Number(argument ?? ahead);
  const [account] = await accountStore.accounts();
  if (!account) return 'nobody';
  if (order === 'hold') {
    await locks.acquire(account.hash, new AbortController().signal);
    return 'held';
  }
  const callers = Array.from({ length: callersOfEach }, () => accountStore.credential(account.hash, { correlationId: 'bench' }));
  const generations = new Set((await Promise.all(callers)).map(({ generation }) => generation));
  return [...generations].join(' ');
}

console.log('ready');
for await (const line of createInterface(process.stdin)) {
  const [order = '', argument] = line.split(' ');
  console.log(await run(order, argument).catch((error: unknown) => asAppError(error).code));
}
