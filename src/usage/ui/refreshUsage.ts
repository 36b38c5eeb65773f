import { ProgressLocation, window } from 'vscode';
import type { UsageMeter } from '../polling/usageService.ts';
import { newFlowId } from '../../shell/correlationId.ts';
import { commonTexts } from '../../shell/commonTexts.ts';
import { statusTexts } from './statusTexts.ts';
import { texts } from './texts.ts';

/**
 * Reads an account's usage because a person asks. Where another window goes on asking, and nothing comes of the wish, that is said.
 * @returns whether it came to an answer, if only to a failure
 */
export async function refreshByWish(meter: Pick<UsageMeter, 'refresh'>, hash: string): Promise<boolean> {
  const progress = { location: ProgressLocation.Window, title: statusTexts.loading() };
  while (!(await window.withProgress(progress, () => meter.refresh(hash, newFlowId())))) {
    const choice = await window.showInformationMessage(texts.alreadyRefreshing(), commonTexts.retry());
    if (choice === undefined) return false;
  }
  return true;
}
