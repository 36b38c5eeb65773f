import { commands, Disposable, window } from 'vscode';
import type { AccountInfo } from '../../accounts/account.ts';
import { texts as accountsTexts } from '../../accounts/ui/texts.ts';
import type { Core } from '../../core.ts';
import { registerCommands } from '../../shell/commands.ts';
import { commonTexts } from '../../shell/commonTexts.ts';
import { newCorrelationId } from '../../shell/correlationId.ts';
import { Lazy } from '../../shell/lazy.ts';
import { settingsSection } from '../../shell/settings.ts';
import { showError } from '../../shell/showError.ts';
import type { UsageServiceConditions, UsageState } from '../polling/usageService.ts';
import { UsageService } from '../polling/usageService.ts';
import { UsageStore } from '../polling/usageStore.ts';
import { UsageNotifications } from './notifications.ts';
import { restoreUsagePanel } from './panel/restore.ts';
import { onUsageSettingsChange, usageSettings } from './settings.ts';
import { StatusBar } from './statusBar/statusBar.ts';
import { statusTexts } from './statusTexts.ts';
import { texts } from './texts.ts';

export interface UsageRoom {
  readonly dispose: () => void;
  readonly stateOf: (account: { readonly hash: string }) => UsageState | undefined;
}

/** The plan's usage: read for all windows, shown in the status bar and the panel, and told of when a limit is near. */
export function register(core: Core): UsageRoom {
  const { accounts, activity, clock, http, locks, log, folder, statusBarAccount, context, startUp, storageWatch } = core;
  const random = Math.random;
  const store = new UsageStore({ folder, clock, log, random });
  const alertRules = () => usageSettings().alerts;
  const service = new UsageService({ accounts, store, locks, http, clock, log, random, newCorrelationId, alertRules });
  const statusBar = new StatusBar({ accounts, usageService: service, activity, clock, log, choice: statusBarAccount });
  const panel = new Lazy(async () => {
    const { UsagePanel } = await import('./panel/usagePanel.ts');
    return new UsagePanel({ accounts, usageService: service, clock, log, choice: statusBarAccount, context });
  });
  accounts.onDidHandOut(({ hash }) => {
    service.onSessionHandedOut(hash);
  });
  // Also what is kept of accounts that went while no window was there to notice.
  accounts.onDisconnectAll(() => store.forgetAll());
  startUp.on('show', async () => {
    await statusBar.update();
    await service.start({ ...conditions(), focused: window.state.focused, panelVisible: false });
    storageWatch.onDidChange(() => void service.reload());
  });
  const room = Disposable.from(
    statusBar,
    panel,
    restoreUsagePanel(panel),
    new UsageNotifications({ usageService: service, clock }),
    new Disposable(() => {
      service.dispose();
    }),
    window.onDidChangeWindowState(({ focused }) => {
      service.setConditions({ focused });
    }),
    onUsageSettingsChange(() => {
      service.setConditions(conditions());
    }),
    registerCommands({
      showUsage: () => panel.get().then(each => each.show()),
      refreshUsage: () => refreshUsage(core, service, accountWithUsage(statusBar)),
      exportUsageHistory: async () => {
        const account = accountWithUsage(statusBar);
        if (!account) return;
        const { exportHistory } = await import('./exportHistory.ts');
        await exportHistory(account, { usageService: service, clock, log });
      },
    }),
  );
  return {
    stateOf: ({ hash }) => service.state(hash),
    dispose: () => {
      room.dispose();
    },
  };
}

function conditions(): Pick<UsageServiceConditions, 'enabled' | 'interval'> {
  const { isEnabled, interval } = usageSettings();
  return { enabled: isEnabled, interval };
}

async function refreshUsage({ accounts }: Core, service: UsageService, account: AccountInfo | undefined): Promise<void> {
  if (!account) return;
  if (!usageSettings().isEnabled) {
    const choice = await window.showInformationMessage(texts.off(), commonTexts.openSettings());
    if (choice === commonTexts.openSettings())
      await commands.executeCommand('workbench.action.openSettings', `${settingsSection}.usage.enabled`);
    return;
  }
  const { refreshUsage } = await import('./refreshUsage.ts');
  if (!(await refreshUsage(service, account.hash))) return;
  const { failure } = service.state(account.hash);
  const { showExpired } = accounts.actions(account);
  if (failure?.code === 'signedOut' && showExpired) await showExpired(account);
  else if (failure && (await showError(failure.code)) === 'retry') await commands.executeCommand('chatgptSignIn.refreshUsage');
}

/** The account in the status bar; where there is none with usage, the person hears so. */
function accountWithUsage({ account }: StatusBar): AccountInfo | undefined {
  if (account?.capabilities.usage) return account;
  void window.showInformationMessage(account ? statusTexts.noUsage() : accountsTexts.notSignedIn());
  return undefined;
}
