import { watch } from 'node:fs';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';

const quietTime = 50;

/**
 * Calls `changed` when files of the folder change, 50 ms after the last event of a burst: the operating system sends an event
 * while its writer still has the file. A folder that cannot be watched (none there, a limit of the system) is logged.
 * @param options.only the one file that matters, where others in the folder change all the time
 * @returns stops watching
 */
export function watchFolder(folder: string, options: { clock: Clock; log: Log; changed: () => void; only?: string }): () => void {
  let burst: AbortController | undefined;
  const noticed = (_event: string, name: string | null) => {
    if (options.only !== undefined && name !== null && name !== options.only) return;
    burst?.abort();
    burst = new AbortController();
    options.clock.sleep(quietTime, burst.signal).then(options.changed, () => undefined);
  };
  // Without events, a window notices changes at each use and when it gets the focus.
  const failed = (error: unknown) => {
    options.log.error('the folder is not watched', error);
  };
  try {
    const watcher = watch(folder, { persistent: false }, noticed).on('error', failed);
    return () => {
      burst?.abort();
      watcher.close();
    };
  } catch (error) {
    failed(error);
    return () => undefined;
  }
}
