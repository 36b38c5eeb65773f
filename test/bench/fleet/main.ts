// A million installs in one week, with the extension's own schedule: requests per second at the service.
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { root } from '../../../scripts/root.mjs';
import type { Share } from './installs.ts';
import { drawFleet } from './plot.ts';
import { begin, calmDay, commonReset, isDisturbed, outage, storm, week } from './week.ts';

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

const installs = 1_000_000;
/** The number of simulated installs, each of which counts ten times: the noise in ten seconds of office hours is under three percent. */
const simulated = 100_000;
const weight = installs / simulated;
const bin = 10 * second;

const started = performance.now();
const requests = await simulate();
/** Requests per second. */
const rates = Float64Array.from(requests, count => (count * weight) / (bin / second));

const calm = hoursOf(begin, begin + week).filter(at => !isDisturbed(at) && meanOf(at, at + hour) > meanOf(begin, begin + week));
const steady = Math.max(...calm.map(at => peakOf(at, at + hour) / meanOf(at, at + hour)));
const rows = [
  ['the week', meanOf(begin, begin + week), peakOf(begin, begin + week)],
  ['the busiest steady hour', ...figuresOf(busiest(calm), hour)],
  ['one hour of outage', ...figuresOf(outage.from, hour)],
  ['ten minutes after the outage', ...figuresOf(outage.to, 10 * minute)],
  ['ten minutes after a common reset', ...figuresOf(commonReset, 10 * minute)],
  ['twenty minutes of 429', ...figuresOf(storm.from, 20 * minute)],
  ['ten minutes after the 429 responses', ...figuresOf(storm.to, 10 * minute)],
] as const;
console.log(
  `${installs.toLocaleString('en')} installs (${simulated.toLocaleString('en')} simulated, each for ${weight}), one week, requests per second:`,
);
for (const [what, mean, peak] of rows)
  console.log(`  ${what.padEnd(40)} mean ${mean.toFixed(0).padStart(6)}   peak ${peak.toFixed(0).padStart(6)}`);

const aims = [
  [`peak / mean of the worst of ${calm.length} steady hours`, steady, 1.5],
  ['peak after the outage / usual mean', afterwards(outage.to), 3],
  ['peak after the common reset / usual mean', afterwards(commonReset), 3],
  ['peak after the 429 storm / usual mean', afterwards(storm.to), 3],
] as const;
for (const [what, ratio, aim] of aims) console.log(`  ${what.padEnd(48)} ${ratio.toFixed(2)}   (at most ${aim})`);

const folder = path.join(root, 'docs');
mkdirSync(folder, { recursive: true });
writeFileSync(path.join(folder, 'fleet.svg'), drawFleet(rates, bin));
console.log(`  Saved docs/fleet.svg; ${((performance.now() - started) / second).toFixed(0)} s`);
if (aims.some(([, ratio, aim]) => ratio > aim)) process.exitCode = 1;

async function simulate(): Promise<Uint32Array> {
  const workers = Math.max(1, availableParallelism());
  const bounds = Array.from({ length: workers + 1 }, (_, index) => Math.round((index * simulated) / workers));
  const parts = await Promise.all(bounds.slice(1).map((to, index) => run({ from: bounds[index] ?? 0, to, bin })));
  return parts.reduce((sum, part) => sum.map((count, index) => count + (part[index] ?? 0)));
}

function run(share: Share): Promise<Uint32Array> {
  return new Promise((resolve, reject) => {
    new Worker(new URL('installs.ts', import.meta.url), { workerData: share }).once('message', resolve).once('error', reject);
  });
}

/** The peak of the ten minutes after this time, relative to the mean at the same time of a normal workday. */
function afterwards(at: number): number {
  const usual = calmDay + ((at - begin) % day);
  return peakOf(at, at + 10 * minute) / meanOf(usual, usual + 10 * minute);
}

function figuresOf(from: number, length: number): [mean: number, peak: number] {
  return [meanOf(from, from + length), peakOf(from, from + length)];
}

function between(from: number, to: number): Float64Array {
  return rates.subarray(Math.round((from - begin) / bin), Math.round((to - begin) / bin));
}

function meanOf(from: number, to: number): number {
  const part = between(from, to);
  return part.reduce((sum, rate) => sum + rate, 0) / part.length;
}

function peakOf(from: number, to: number): number {
  return Math.max(...between(from, to));
}

function hoursOf(from: number, to: number): number[] {
  return Array.from({ length: (to - from) / hour }, (_, index) => from + index * hour);
}

function busiest(hours: readonly number[]): number {
  return hours.reduce((best, at) => (meanOf(at, at + hour) > meanOf(best, best + hour) ? at : best));
}
