import { ProgressLocation, window } from 'vscode';
import type { UsageService } from '../polling/usageService.ts';
import { newCorrelationId } from '../../shell/correlationId.ts';
import { commonTexts } from '../../shell/commonTexts.ts';
import { statusTexts } from './statusTexts.ts';
import { texts } from './texts.ts';

/**
 * Reads an account's usage because a person asks. Where another VS Code window is reading all the while, the person hears so.
 * @returns whether OpenAI was asked, if only in vain
 */
export async function readUsage(service: Pick<UsageService, 'refresh'>, hash: string): Promise<boolean> {
  const progress = { location: ProgressLocation.Window, title: statusTexts.loading() };
  while (!(await window.withProgress(progress, () => service.refresh(hash, newCorrelationId())))) {
    const choice = await window.showInformationMessage(texts.alreadyRefreshing(), commonTexts.retry());
    if (choice === undefined) return false;
  }
  return true;
}
