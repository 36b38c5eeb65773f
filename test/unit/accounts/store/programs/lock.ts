/** Holds a lock of the account store as another window would: `lock.ts <folder> <name>`. */
import { createInterface } from 'node:readline';
import { setImmediate } from 'node:timers/promises';
import type { ProcessLock } from '../../../../../src/storage/processLock.ts';
import { ProcessLocks } from '../../../../../src/storage/processLock.ts';
import { systemClock } from '../../../../../src/base/clock.ts';

const [folder = '', name = ''] = process.argv.slice(2);
const locks = new ProcessLocks({ folder, clock: systemClock, random: Math.random });
let held: ProcessLock | undefined;

async function run(order: string): Promise<string> {
  switch (order) {
    case 'acquire':
      held = await locks.acquire(name, new AbortController().signal);
      return 'held';
    case 'forget':
      // A caller that waits for something else has no reference either: only the lock itself refers to its handle.
      held = undefined;
      for (let round = 0; round < 20; round++) {
        globalThis.gc?.();
        await setImmediate();
      }
      return globalThis.gc ? 'forgotten' : 'nothing is collected without --expose-gc';
    case 'release':
      held?.release();
      return 'released';
    default:
      return 'unknown';
  }
}

console.log('ready');
for await (const line of createInterface(process.stdin)) console.log(await run(line));
