/**
 * Custody as one window has it, in a process of its own: `window.ts <folder>`, the entries of its secret store as JSON in
 * `SECRETS`, milliseconds that its clock is ahead in `AHEAD`.
 */
import { createInterface } from 'node:readline';
import { asSignInError } from '../../../../src/oauth/errors.ts';
import { systemClock } from '../../../../src/oauth/host.ts';
import { MemoryLog } from '../../support/log.ts';
import { assemble } from '../support/parts.ts';
import { Notes, SharedSecrets } from '../support/secrets.ts';

const [folder = ''] = process.argv.slice(2);
const secrets = new SharedSecrets();
for (const [name, value] of Object.entries(JSON.parse(process.env['SECRETS'] ?? '{}') as Record<string, string>))
  await secrets.store(name, value);
const ahead = Number(process.env['AHEAD'] ?? 0);
const clock = { ...systemClock, now: () => Date.now() + ahead };
const { custody } = assemble({
  folder,
  clock,
  secrets,
  notes: new Notes(),
  fetch: (url, init) => fetch(url, init),
  log: new MemoryLog(),
  random: Math.random,
});

async function run(order: string): Promise<string> {
  const accounts = await custody.accounts();
  const [account] = accounts;
  if (!account) return 'nobody';
  switch (order) {
    case 'accounts':
      return accounts.map(({ label }) => label).join(' ');
    case 'use': {
      const callers = Array.from({ length: 20 }, () => custody.usable(account.hash, { flowId: 'test' }));
      const generations = new Set((await Promise.all(callers)).map(({ generation }) => generation));
      return [...generations].join(' ');
    }
    case 'disconnect':
      return String(await custody.disconnect(account.hash, { flowId: 'test' }));
    default:
      return 'unknown';
  }
}

console.log('ready');
for await (const line of createInterface(process.stdin)) console.log(await run(line).catch((error: unknown) => asSignInError(error).code));
