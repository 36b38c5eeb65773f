import type { UsageSnapshot } from '../snapshot.ts';
import type { LimitStatus } from '../limitStatus.ts';
import { billingTexts } from '../../shell/billingTexts.ts';

/** What pays for an account's requests now, in one line, as far as its usage tells. */
export function billingSource({ windows }: Pick<UsageSnapshot, 'windows'>, { kind }: Pick<LimitStatus, 'kind'>): string | undefined {
  if (kind === 'spentOnCredits') return billingTexts.credits();
  if (windows.length > 0) return billingTexts.plan();
  if (kind === 'allowance') return billingTexts.allowance();
  return kind === 'noFixedLimit' || kind === 'outOfCredits' ? billingTexts.workspace() : undefined;
}
