import path from 'node:path';
import { ensureCodeServer } from '../code-server.ts';
import { execute } from '../execute.ts';
import { Refusal } from '../refusal.ts';
import { root } from '../root.mjs';
import { ensureSystemTools } from '../system-tools.ts';

/** Figures to look at, each beside a peer where there is one. Nothing is asserted: they depend on the machine and on what else it does. */
const benches = ['activation', 'usage', 'models', 'accountStoreDisk', 'accountStoreProcesses', 'accountStoreCalls'];

const filters = process.argv.slice(2);
const chosen = benches.filter(bench => filters.length === 0 || filters.some(filter => bench.includes(filter)));
if (chosen.length === 0) throw new Refusal(`There is no such bench. Benches: ${benches.join(', ')}.`);

await ensureSystemTools('chromium');
await ensureCodeServer();
for (const bench of chosen) {
  const code = await execute(process.execPath, ['--expose-gc', path.join(root, 'test', 'bench', `${bench}.ts`)]);
  if (code !== 0) process.exitCode = code;
}
