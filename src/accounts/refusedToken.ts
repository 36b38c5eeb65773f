import type { Clock } from '../base/clock.ts';
import { asAppError, mayPass } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { TokenSetId } from './account.ts';
import { isSameTokenSet } from './account.ts';

/**
 * What came of a report that a service refused an access token:
 * - `refreshed`: the account has another token by now
 * - `unchanged`: it has no other, and age is not why the token was refused
 * - `over`: the account is signed out, or its session or key is no longer valid
 * - `offline`: whether there is another token is not known for now
 */
export type RefusedTokenOutcome = 'refreshed' | 'unchanged' | 'over' | 'offline';

/** Milliseconds after a refresh within which a service does not refuse a token for its age. */
const shortestRefresh = 60_000;

/**
 * Refreshes a token that a service refused to another extension: once, and only for a caller that knows the present one. Never throws.
 */
export async function refreshRefused(
  account: TokenSetId & { readonly state?: string; readonly tokens: { readonly issuedAt: number } },
  refresh: () => Promise<TokenSetId>,
  { clock, log, correlationId }: { clock: Clock; log: Log; correlationId: string },
): Promise<RefusedTokenOutcome> {
  // Negative after the clock was put back, which says nothing of an age.
  const age = clock.now() - account.tokens.issuedAt;
  if (account.state !== 'accessOnly' && account.generation > 1 && age >= 0 && age < shortestRefresh) return 'unchanged';
  log.info('another extension was refused with a token', { flow: correlationId, generation: account.generation });
  try {
    return isSameTokenSet(account, await refresh()) ? 'unchanged' : 'refreshed';
  } catch (error) {
    log.error('the refused token was not refreshed', error, { flow: correlationId });
    return mayPass(asAppError(error)) ? 'offline' : 'over';
  }
}
