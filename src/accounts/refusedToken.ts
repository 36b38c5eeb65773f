import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { TokenSetId } from './account.ts';

/** Milliseconds after a refresh within which a service does not refuse a token for its age. */
const shortestRefresh = 60_000;

/**
 * Refreshes a token that a service refused to another extension: once, and only for a caller that knows the present one. Never throws.
 */
export async function refreshRefused(
  account: TokenSetId & { readonly tokens: { readonly issuedAt: number } },
  refresh: () => Promise<unknown>,
  { clock, log, correlationId }: { clock: Clock; log: Log; correlationId: string },
): Promise<void> {
  if (account.generation > 1 && clock.now() - account.tokens.issuedAt < shortestRefresh) return;
  log.info('another extension was refused with a token', { flow: correlationId, generation: account.generation });
  try {
    await refresh();
  } catch (error) {
    log.error('the refused token was not refreshed', error, { flow: correlationId });
  }
}
