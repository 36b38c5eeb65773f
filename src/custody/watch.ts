import { watch } from 'node:fs';
import type { Clock, Log } from '../oauth/host.ts';

const quiet = 50;

/**
 * Calls `changed` when files of the folder change, once 50 ms after the last of a burst: an event comes while its writer
 * still has the file. A folder that cannot be watched (a limit of the system, no such folder) is in the log.
 * @returns stops watching
 */
export function watchFolder(folder: string, options: { clock: Clock; log: Log; changed: () => void }): () => void {
  let burst: AbortController | undefined;
  const noticed = () => {
    burst?.abort();
    burst = new AbortController();
    options.clock.sleep(quiet, burst.signal).then(options.changed, () => undefined);
  };
  // Without events, changes are seen at each use and when the window gets the focus.
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
