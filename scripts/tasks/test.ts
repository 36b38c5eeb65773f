// Everything that this machine can test, one part after the other; the last line is the sum.
import path from 'node:path';
import { runChecks } from '../checks.ts';
import { hasCodeServer } from '../code-server.ts';
import { runEndToEnd } from '../e2e.ts';
import { runHostSuite } from '../host-suite.ts';
import { packageExtension } from '../package.ts';
import { root } from '../root.mjs';
import { say } from '../say.ts';
import { fromFile, one, type Tally } from '../tally.ts';
import { runVitest } from '../vitest.ts';

const results = (name: string) => path.join(root, 'out', 'results', `${name}.json`);

const parts: readonly { name: string; run: () => Promise<Tally> }[] = [
  { name: 'checks', run: () => runChecks({ cached: false }) },
  { name: 'unit tests', run: async () => await fromFile(results('unit'), await runVitest('unit', [], results('unit'))) },
  { name: 'slow tests', run: async () => await fromFile(results('slow'), await runVitest('slow', [], results('slow'))) },
  {
    name: 'package',
    run: async () => {
      await packageExtension();
      return one(0);
    },
  },
  // The host suite bundles for development in the place of the package, so the package is what the last part builds again.
  { name: 'host suite', run: async () => await fromFile(results('host'), await runHostSuite([], results('host'))) },
  ...(hasCodeServer
    ? [
        {
          name: 'host suite on the oldest VS Code',
          run: async () => await fromFile(results('floor'), await runHostSuite(['--floor', '--api'], results('floor'))),
        },
        {
          name: 'end-to-end tests',
          run: async () => {
            await packageExtension({ quiet: true });
            return await fromFile(results('e2e'), await runEndToEnd([], results('e2e')));
          },
        },
      ]
    : []),
];

const summary: string[] = [];
const total: Tally = { passed: 0, failed: 0 };
for (const { name, run } of parts) {
  say(`\n── ${name} ──`);
  const began = performance.now();
  const tally = await run().catch((error: unknown) => {
    say(error instanceof Error ? error.message : String(error));
    return one(1);
  });
  total.passed += tally.passed;
  total.failed += tally.failed;
  const seconds = Math.round((performance.now() - began) / 1000);
  summary.push(`${name}: ${tally.passed} passed, ${tally.failed} failed in ${seconds} s`);
}
say(`\n${summary.join('\n')}`);
say(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed > 0 ? 1 : 0;
