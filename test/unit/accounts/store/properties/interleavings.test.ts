/**
 * Windows that open, close, die, refresh, sign in and out, in every order, with a service, a disk and secret stores that fail.
 * RUNS sets the number of interleavings and SEED their choice; both are printed. A failure names the path of its smallest case,
 * which SEED and REPLAY run again alone.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { program } from './program.ts';
import { run } from './run.ts';
import type { Counts } from './watcher.ts';
import { noCounts } from './watcher.ts';

const runs = Number(process.env['RUNS'] ?? 500);
const seed = Number(process.env['SEED'] ?? Math.trunc(Math.random() * 2 ** 31));
const path = process.env['REPLAY'];
/** The timeout in milliseconds, which includes making a failure as small as possible. */
const timeout = 120_000 + runs * 200;

it(
  'the account store keeps its guarantees whatever happens in whatever order [R18] [R69]',
  async () => {
    console.info(`SEED=${seed} RUNS=${runs}`);
    const total = noCounts();
    const property = fc.asyncProperty(program, async each => {
      const { counts } = await run(each);
      for (const name of Object.keys(total) as (keyof Counts)[]) total[name] += counts[name];
    });
    await fc.assert(property, {
      seed,
      numRuns: runs,
      ...(path === undefined ? {} : { path, endOnFailure: true }),
      interruptAfterTimeLimit: timeout,
      markInterruptAsFailure: true,
    });
    console.info(JSON.stringify(total));
  },
  timeout + 60_000,
);

it('a program gives the same run each time, so that a seed reproduces a failure', async () => {
  for (const each of fc.sample(program, { seed, numRuns: 5 })) expect((await run(each)).trace).toEqual((await run(each)).trace);
});
