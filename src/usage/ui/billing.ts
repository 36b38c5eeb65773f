import type { UsageSnapshot } from '../snapshot.ts';
import type { Standing } from '../limitStatus.ts';
import { whoPaysTexts } from '../../shell/billingTexts.ts';

/** What pays for an account's requests now, in one line, as far as its usage tells. */
export function payerOf({ windows }: Pick<UsageSnapshot, 'windows'>, { kind }: Pick<Standing, 'kind'>): string | undefined {
  if (kind === 'spentOnCredits') return whoPaysTexts.credits();
  if (windows.length > 0) return whoPaysTexts.plan();
  if (kind === 'allowance') return whoPaysTexts.allowance();
  return kind === 'noFixedLimit' || kind === 'outOfCredits' ? whoPaysTexts.workspace() : undefined;
}
