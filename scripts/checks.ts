import { availableParallelism } from 'node:os';
import path from 'node:path';
import { execute } from './execute.ts';
import { say } from './say.ts';
import type { Tally } from './tally.ts';

interface Check {
  name: string;
  command: string;
  args: readonly string[];
  /** What makes it remember what it found the last time. */
  cache?: readonly string[];
}

const cacheOf = (name: string) => path.join('out', 'cache', name);
const byContent = (name: string) => ['--cache', '--cache-strategy', 'content', '--cache-location', cacheOf(name)];

/** What is checked without running the extension; the longest begin first. */
const checks: readonly Check[] = [
  { name: 'lint', command: 'eslint', args: ['--max-warnings', '0', '.'], cache: byContent('eslint') },
  { name: 'types', command: 'tsc', args: ['--noEmit'], cache: ['--incremental', '--tsBuildInfoFile', cacheOf('tsc.tsbuildinfo')] },
  { name: 'imports', command: 'depcruise', args: ['--config', '.dependency-cruiser.mjs', '--', 'src'] },
  { name: 'format', command: 'prettier', args: ['--check', '--log-level', 'warn', '.'], cache: byContent('prettier') },
  { name: 'workflows', command: process.execPath, args: [path.join('scripts', 'lint-workflows.ts')] },
];

/**
 * Runs the checks side by side, as many as there are cores. A file that did not change is not linted again with the cache, although
 * a rule may ask for the type of something in another file that did: what must not be missed is checked without it.
 */
export async function runChecks({ cached }: { cached: boolean }): Promise<Tally> {
  const tally: Tally = { passed: 0, failed: 0 };
  const waiting = [...checks];
  const work = async () => {
    for (let check = waiting.shift(); check; check = waiting.shift()) {
      const { name, command, args, cache = [] } = check;
      const began = performance.now();
      const code = await execute(command, cached ? [...cache, ...args] : args, { quiet: true });
      say(`${name}: ${code === 0 ? 'passed' : 'failed'} in ${((performance.now() - began) / 1000).toFixed(1)} s`);
      tally[code === 0 ? 'passed' : 'failed'] += 1;
    }
  };
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), checks.length) }, work));
  return tally;
}
