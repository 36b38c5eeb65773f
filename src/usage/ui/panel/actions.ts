import type { ExtensionContext } from 'vscode';
import { commands, env, Uri, window } from 'vscode';
import type { AccountInfo } from '../../../accounts/account.ts';
import { chatGptProviderId } from '../../../accounts/account.ts';
import type { Accounts } from '../../../accounts/accounts.ts';
import { settingsSection } from '../../../shell/settings.ts';
import type { UsageService } from '../../polling/usageService.ts';
import { displayedAccount } from '../displayedAccount.ts';
import type { HistoryExportOptions } from '../exportHistory.ts';
import { readUsage } from '../readUsage.ts';
import { texts } from './texts.ts';
import type { UsagePanelAction, UsagePanelState } from './panelTypes.ts';

export interface PanelActionOptions extends HistoryExportOptions {
  readonly accounts: Pick<Accounts, 'signIn'>;
  readonly service: Pick<UsageService, 'refresh'>;
  readonly context: Pick<ExtensionContext, 'extension'>;
}

/** What the panel shows at the time of an action. */
export interface Displayed {
  readonly account: () => Promise<AccountInfo | undefined>;
  readonly state: () => Promise<UsagePanelState>;
}

/** What the buttons of the panel do. */
export function panelActions(
  options: PanelActionOptions,
  displayed: Displayed,
): Readonly<Record<UsagePanelAction, () => PromiseLike<unknown>>> {
  const { accounts, service, context } = options;
  return {
    openSettings: () => commands.executeCommand('workbench.action.openSettings', `${settingsSection}.usage`),
    showLog: () => commands.executeCommand(`${settingsSection}.showLog`),
    signIn: async () => {
      const account = await displayed.account();
      // The sign-in has shown what failed.
      await accounts.signIn(chatGptProviderId, account?.isExpired ? account.id : undefined).catch(() => undefined);
    },
    refresh: async () => {
      const account = await displayed.account();
      if (account) await readUsage(service, account.hash);
    },
    copyDiagnostics: async () => {
      const state = await displayed.state();
      if (!state.account) return;
      const { usageDiagnostics } = await import('./diagnostics.ts');
      const { version } = context.extension.packageJSON as { version: string };
      await env.clipboard.writeText(usageDiagnostics(state, version));
      void window.showInformationMessage(texts.diagnosticsCopied());
    },
    export: async () => {
      const account = await displayed.account();
      if (!account) return;
      const { exportHistory } = await import('../exportHistory.ts');
      await exportHistory(account.hash, options);
    },
    openPage: async () => {
      const account = await displayed.account();
      const page = account && displayedAccount(account).page;
      if (page !== undefined) await env.openExternal(Uri.parse(page));
    },
  };
}
