import type { UsageRoom } from '../../usage/ui/register.ts';
import type { UsedUpPlans } from '../usedUpPlans.ts';
import type { Payers } from './payer.ts';
import type { ModelSettings } from './settings.ts';

/**
 * Whether the models of the plan can be used:
 * - `off`: the person has not switched them on
 * - `signedOut`: the account whose plan pays is not signed in, or none was chosen of several
 * - `ready`
 * - `limitReached`: the plan is used up, until `until` in milliseconds since the epoch where that is known
 */
export type ModelsStatus =
  | { readonly state: 'off' }
  | { readonly state: 'signedOut' }
  | { readonly state: 'ready' }
  | { readonly state: 'limitReached'; readonly until?: number };

export interface StatusParts {
  readonly payers: Payers;
  readonly usedUp: UsedUpPlans;
  readonly usage: Pick<UsageRoom, 'stateOf'>;
  readonly settings: () => ModelSettings;
}

/** Never asks the network. */
export async function modelsStatus({ payers, usedUp, usage, settings }: StatusParts): Promise<ModelsStatus> {
  if (!settings().isEnabled) return { state: 'off' };
  const payer = await payers.find();
  if (!payer) return { state: 'signedOut' };
  const used = usedUp.find(payer.account.hash);
  if (used) return { state: 'limitReached', ...used };
  const status = usage.stateOf(payer.account)?.view?.status;
  if (status?.kind !== 'spent') return { state: 'ready' };
  return status.until === undefined ? { state: 'limitReached' } : { state: 'limitReached', until: status.until };
}
