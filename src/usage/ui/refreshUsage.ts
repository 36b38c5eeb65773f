import { ProgressLocation, window } from 'vscode';
import type { UsageService } from '../polling/usageService.ts';
import { newCorrelationId } from '../../shell/correlationId.ts';
import { commonTexts } from '../../shell/commonTexts.ts';
import { statusTexts } from './statusTexts.ts';
import { texts } from './texts.ts';

/**
 * Reads an account's usage because a person asks. Where another window goes on asking, and nothing comes of the wish, that is said.
 * @returns whether it came to an answer, if only to a failure
 */
export async function refreshUsage(usageService: Pick<UsageService, 'refresh'>, hash: string): Promise<boolean> {
  const progress = { location: ProgressLocation.Window, title: statusTexts.loading() };
  while (!(await window.withProgress(progress, () => usageService.refresh(hash, newCorrelationId())))) {
    const choice = await window.showInformationMessage(texts.alreadyRefreshing(), commonTexts.retry());
    if (choice === undefined) return false;
  }
  return true;
}
