import type { UsageSnapshot } from '../usage/model.ts';
import type { Standing } from '../usage/standing.ts';
import { whoPaysTexts } from './texts/whoPays.ts';

/** What pays for an account's requests now, in one line, as far as its usage tells. */
export function payerOf({ windows }: Pick<UsageSnapshot, 'windows'>, { kind }: Pick<Standing, 'kind'>): string | undefined {
  if (kind === 'spentOnCredits') return whoPaysTexts.credits();
  if (windows.length > 0) return whoPaysTexts.plan();
  if (kind === 'allowance') return whoPaysTexts.allowance();
  return kind === 'noFixedLimit' || kind === 'outOfCredits' ? whoPaysTexts.workspace() : undefined;
}
