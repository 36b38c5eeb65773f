import type { LogOutputChannel } from 'vscode';
import { commands, Disposable, window } from 'vscode';
import type { SignInMethod } from './oauth/flows.ts';
import type { AccountInfo } from './accounts/account.ts';
import type { Clock } from './base/clock.ts';
import type { Log } from './base/log.ts';
import type { UsageService } from './usage/polling/usageService.ts';
import type { AccountMenu } from './accounts/ui/accountMenu.ts';
import type { ApiKeyCommands } from './apiKeys/ui/apiKeyCommands.ts';
import type { ApiKeyAuthenticationProvider } from './apiKeys/ui/provider.ts';
import type { CodexCliCommands } from './codexCli/ui/codexCliCommands.ts';
import type { DiagnosisParts } from './diagnosis/ui/diagnosis.ts';
import type { Lazy } from './shell/lazy.ts';
import type { ChatGptAuthenticationProvider } from './accounts/ui/provider.ts';
import type { SessionExpiredNotice } from './accounts/ui/sessionExpiredNotice.ts';
import { settingsSection } from './shell/settings.ts';
import { showError, ignoreShownError } from './shell/showError.ts';
import type { SignIn } from './accounts/ui/signIn/signIn.ts';
import type { StatusBar } from './usage/ui/statusBar/statusBar.ts';
import { texts as accountsTexts } from './accounts/ui/texts.ts';
import { commonTexts } from './shell/commonTexts.ts';
import { texts as signInTexts } from './accounts/ui/signIn/texts.ts';
import { statusTexts } from './usage/ui/statusTexts.ts';
import { texts as usageTexts } from './usage/ui/texts.ts';
import type { UsagePanel } from './usage/ui/panel/usagePanel.ts';
import { usageSettings } from './usage/ui/settings.ts';

export interface CommandOptions extends DiagnosisParts {
  readonly signIn: SignIn;
  readonly provider: ChatGptAuthenticationProvider;
  readonly keyProvider: ApiKeyAuthenticationProvider;
  /** Loaded when it is first used. */
  readonly menu: () => Promise<AccountMenu>;
  /** Likewise. */
  readonly keyDialogue: () => Promise<ApiKeyCommands>;
  /** Likewise. */
  readonly codexCli: () => Promise<CodexCliCommands>;
  readonly channel: LogOutputChannel;
  readonly statusBar: StatusBar;
  readonly usageService: UsageService;
  readonly notice: SessionExpiredNotice;
  readonly panel: Lazy<UsagePanel>;
  readonly clock: Clock;
  readonly log: Log;
}

/** The commands of the manifest. They run the flows directly: VS Code queues what goes through its own authentication API. */
export function registerCommands(options: CommandOptions): Disposable {
  const handlers: Readonly<Record<string, (...args: unknown[]) => unknown>> = {
    signIn: () => signIn(options),
    signInWithBrowser: () => signIn(options, 'browser'),
    signInWithDeviceCode: () => signIn(options, 'deviceCode'),
    signInCodexCli: () => options.codexCli().then(dialogue => dialogue.signInCli().catch(ignoreShownError)),
    useCodexCli: () => options.codexCli().then(dialogue => dialogue.connect().catch(ignoreShownError)),
    addApiKey: () => options.keyDialogue().then(dialogue => dialogue.add().catch(ignoreShownError)),
    removeApiKey: () => options.keyDialogue().then(dialogue => dialogue.chooseAndRemove().catch(ignoreShownError)),
    signOut: () => options.menu().then(menu => menu.chooseAndSignOut()),
    signOutAll: () => options.menu().then(menu => menu.signOutAll()),
    manageAccounts: () => options.menu().then(menu => menu.show()),
    refreshUsage: () => refreshUsage(options),
    showUsage: () => options.panel.get().then(panel => panel.show()),
    exportUsageHistory: () => exportUsageHistory(options),
    diagnose: async () => {
      const { showDiagnosis } = await import('./diagnosis/ui/diagnosis.ts');
      await showDiagnosis(options);
    },
    openWalkthrough: step =>
      import('./shell/walkthrough.ts').then(({ openWalkthrough: openFirstSteps }) => openFirstSteps(options.context.extension.id, step)),
    showLog: () => {
      options.channel.show();
    },
    // For other extensions, so in no manifest: docs/for-extension-authors.md.
    tokenRefused: async (sessionId, accessToken) => {
      await options.provider.renewRefused(sessionId, accessToken);
      await options.keyProvider.checkRefused(sessionId, accessToken);
    },
  };
  return Disposable.from(...Object.entries(handlers).map(([name, run]) => commands.registerCommand(`chatgptSignIn.${name}`, run)));
}

async function signIn(options: CommandOptions, method?: SignInMethod): Promise<void> {
  try {
    const { label } = await options.signIn.run(method === undefined ? {} : { method });
    void window.showInformationMessage(signInTexts.signedInAs(label));
  } catch {
    // It was shown where it happened.
  }
}

async function refreshUsage({ statusBar, usageService: usageService, notice }: CommandOptions): Promise<void> {
  const account = accountWithUsage(statusBar);
  if (!account) return;
  if (!usageSettings().isEnabled) {
    const choice = await window.showInformationMessage(usageTexts.off(), commonTexts.openSettings());
    if (choice === commonTexts.openSettings())
      await commands.executeCommand('workbench.action.openSettings', `${settingsSection}.usage.enabled`);
    return;
  }
  const { refreshUsage: refreshByWish } = await import('./usage/ui/refreshUsage.ts');
  if (!(await refreshByWish(usageService, account.hash))) return;
  const { failure } = usageService.state(account.hash);
  if (failure?.code === 'signedOut' && !account.source) await notice.show(account);
  else if (failure && (await showError(failure.code)) === 'retry') await commands.executeCommand('chatgptSignIn.refreshUsage');
}

async function exportUsageHistory(options: CommandOptions): Promise<void> {
  const account = accountWithUsage(options.statusBar);
  if (!account) return;
  const { exportHistory } = await import('./usage/ui/exportHistory.ts');
  await exportHistory(account, options);
}

/** The account that is shown; where there is none to tell of, that is said. */
function accountWithUsage({ account }: StatusBar): AccountInfo | undefined {
  if (account?.service.backendUrl !== undefined) return account;
  void window.showInformationMessage(account ? statusTexts.noUsage() : accountsTexts.notSignedIn());
  return undefined;
}
