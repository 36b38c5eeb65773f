import { billingTexts } from '../../shell/billingTexts.ts';
import type { UsageView } from '../usageView.ts';

/** What pays for an account's requests now, in one line; `undefined` where its usage does not say. */
export function billingSource({ snapshot, status: { kind } }: Pick<UsageView, 'snapshot' | 'status'>): string | undefined {
  if (kind === 'spentOnCredits') return billingTexts.credits();
  if (snapshot.windows.length > 0) return billingTexts.plan();
  if (kind === 'allowance') return billingTexts.allowance();
  return kind === 'noFixedLimit' || kind === 'outOfCredits' ? billingTexts.workspace() : undefined;
}
