import { commands, window } from 'vscode';
import type { AccountInfo } from '../../accounts/account.ts';
import type { Accounts } from '../../accounts/accounts.ts';
import { texts as accountsTexts } from '../../accounts/ui/texts.ts';
import { commonTexts } from '../../shell/commonTexts.ts';
import { settingsSection } from '../../shell/settings.ts';
import { showError } from '../../shell/showError.ts';
import type { UsageService } from '../polling/usageService.ts';
import type { HistoryExportOptions } from './exportHistory.ts';
import { exportHistory } from './exportHistory.ts';
import { readUsage } from './readUsage.ts';
import { usageSettings } from './settings.ts';
import { statusTexts } from './statusTexts.ts';
import { texts } from './texts.ts';

export interface UsageCommandOptions extends HistoryExportOptions {
  readonly accounts: Pick<Accounts, 'actions'>;
  readonly service: UsageService;
}

/** @param account the one in the status bar */
export async function refreshUsage(account: AccountInfo | undefined, { accounts, service }: UsageCommandOptions): Promise<void> {
  if (!hasUsage(account)) return;
  if (!usageSettings().isEnabled) {
    const choice = await window.showInformationMessage(texts.off(), commonTexts.openSettings());
    if (choice === commonTexts.openSettings())
      await commands.executeCommand('workbench.action.openSettings', `${settingsSection}.usage.enabled`);
    return;
  }
  if (!(await readUsage(service, account.hash))) return;
  const { failure } = service.state(account.hash);
  const { showExpired } = accounts.actions(account);
  if ((account.isExpired || failure?.code === 'signedOut') && showExpired) await showExpired(account);
  else if (failure && (await showError(failure)) === 'retry') await commands.executeCommand('chatgptSignIn.refreshUsage');
}

/** @param account the one in the status bar */
export async function exportUsageHistory(account: AccountInfo | undefined, options: UsageCommandOptions): Promise<void> {
  if (hasUsage(account)) await exportHistory(account.hash, options);
}

/** Where there is no account with usage, the person hears so. */
function hasUsage(account: AccountInfo | undefined): account is AccountInfo {
  if (account?.capabilities.usage) return true;
  void window.showInformationMessage(account ? statusTexts.noUsage() : accountsTexts.notSignedIn());
  return false;
}
