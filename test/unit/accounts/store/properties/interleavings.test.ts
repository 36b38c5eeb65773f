/**
 * Windows that join, leave, die, refresh, sign in and out, in every order, with a service, a disk and secret stores that fail.
 * RUNS sets how many interleavings and SEED which ones; both are printed. A failure names the path of its smallest case, which
 * SEED and REPLAY run again alone.
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
/** Milliseconds, in which a failure is also made as small as it gets. */
const limit = 120_000 + runs * 200;

it(
  'whatever happens in whatever order, custody keeps its promises [R18] [R69]',
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
      interruptAfterTimeLimit: limit,
      markInterruptAsFailure: true,
    });
    console.info(JSON.stringify(total));
  },
  limit + 60_000,
);

it('the same program makes the same run, so that a seed tells all', async () => {
  for (const each of fc.sample(program, { seed, numRuns: 5 })) expect((await run(each)).trace).toEqual((await run(each)).trace);
});
