/**
 * Custody as one window has it, in a process of its own: `window.ts <folder>`, the entries of its secret store as JSON in
 * `SECRETS`, milliseconds that its clock is ahead in `AHEAD`.
 */
import { createInterface } from 'node:readline';
import { Custody } from '../../../../src/custody/custody.ts';
import { Keys } from '../../../../src/custody/keys.ts';
import { Locks } from '../../../../src/custody/lock.ts';
import { Vault } from '../../../../src/custody/vault.ts';
import { asSignInError } from '../../../../src/oauth/errors.ts';
import { systemClock } from '../../../../src/oauth/host.ts';
import { Http } from '../../../../src/oauth/http.ts';
import { MemoryLog } from '../../support/log.ts';

const [folder = ''] = process.argv.slice(2);
const entries = JSON.parse(process.env['SECRETS'] ?? '{}') as Record<string, string>;
const ahead = Number(process.env['AHEAD'] ?? 0);
const log = new MemoryLog();
const clock = { ...systemClock, now: () => Date.now() + ahead };
const secrets = { get: (name: string) => Promise.resolve(entries[name]), store: () => Promise.resolve() };
const vault = new Vault({ folder, clock, log, random: Math.random });
const keys = new Keys({ secrets, vault, clock, log });
const locks = new Locks({ folder, clock, random: Math.random });
const http = new Http({ fetch: (url, init) => fetch(url, init), clock, log, agent: 'test/1' });
const custody = new Custody({ vault, keys, locks, http, clock, log });

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
