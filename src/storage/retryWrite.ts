import type { Clock } from '../base/clock.ts';
import { second } from '../base/duration.ts';
import { asAppError, isStorageFailure } from '../base/errors.ts';

const shortestPause = second;
const longestPause = 30 * second;

/** Repeats a write with growing pauses until the disk allows it. @throws what is no failure of the storage */
export async function retryWrite<T>(clock: Clock, write: () => Promise<T>, onFailure: (error: unknown) => void): Promise<T> {
  for (let pause = shortestPause; ; pause = Math.min(pause * 2, longestPause)) {
    try {
      return await write();
    } catch (error) {
      if (!isStorageFailure(asAppError(error))) throw error;
      onFailure(error);
    }
    await clock.sleep(pause);
  }
}
