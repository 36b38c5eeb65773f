import type { LogOutputChannel } from 'vscode';
import { commands, Disposable, window } from 'vscode';
import type { FlowId } from '../oauth/flows.ts';
import type { AnyAccount } from '../custody/account.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { UsageMeter } from '../usage/meter.ts';
import type { AccountMenu } from './accountMenu.ts';
import type { ApiKeyDialogue } from './apiKeyDialogue.ts';
import type { ApiKeyAuthenticationProvider } from './apiKeyProvider.ts';
import type { CodexCliDialogue } from './codexCliDialogue.ts';
import type { DiagnosisParts } from './diagnosis.ts';
import type { OnDemand } from './onDemand.ts';
import type { ChatGptAuthenticationProvider } from './provider.ts';
import type { SessionEndNotice } from './sessionEndNotice.ts';
import { settingsSection } from './settings.ts';
import { showError, wasShown } from './showError.ts';
import type { SignIn } from './signIn.ts';
import type { StatusBar } from './statusBar.ts';
import { accountsTexts } from './texts/accounts.ts';
import { commonTexts } from './texts/common.ts';
import { signInTexts } from './texts/signIn.ts';
import { statusTexts } from './texts/status.ts';
import { usageTexts } from './texts/usage.ts';
import type { UsagePanel } from './usagePanel.ts';
import { usageSettings } from './usageSettings.ts';

export interface CommandOptions extends DiagnosisParts {
  readonly signIn: SignIn;
  readonly provider: ChatGptAuthenticationProvider;
  readonly keyProvider: ApiKeyAuthenticationProvider;
  /** Loaded when it is first used. */
  readonly menu: () => Promise<AccountMenu>;
  /** Likewise. */
  readonly keyDialogue: () => Promise<ApiKeyDialogue>;
  /** Likewise. */
  readonly codexCli: () => Promise<CodexCliDialogue>;
  readonly channel: LogOutputChannel;
  readonly statusBar: StatusBar;
  readonly meter: UsageMeter;
  readonly notice: SessionEndNotice;
  readonly panel: OnDemand<UsagePanel>;
  readonly clock: Clock;
  readonly log: Log;
}

/** The commands of the manifest. They run the flows directly: VS Code queues what goes through its own authentication API. */
export function registerCommands(options: CommandOptions): Disposable {
  const handlers: Readonly<Record<string, (...args: unknown[]) => unknown>> = {
    signIn: () => signIn(options),
    signInWithBrowser: () => signIn(options, 'browser'),
    signInWithDeviceCode: () => signIn(options, 'deviceCode'),
    signInCodexCli: () => options.codexCli().then(dialogue => dialogue.signInCli().catch(wasShown)),
    useCodexCli: () => options.codexCli().then(dialogue => dialogue.connect().catch(wasShown)),
    addApiKey: () => options.keyDialogue().then(dialogue => dialogue.add().catch(wasShown)),
    removeApiKey: () => options.keyDialogue().then(dialogue => dialogue.chooseAndRemove().catch(wasShown)),
    signOut: () => options.menu().then(menu => menu.chooseAndSignOut()),
    signOutAll: () => options.menu().then(menu => menu.signOutAll()),
    manageAccounts: () => options.menu().then(menu => menu.show()),
    refreshUsage: () => refreshUsage(options),
    showUsage: () => options.panel.get().then(panel => panel.show()),
    exportUsageHistory: () => exportUsageHistory(options),
    diagnose: async () => {
      const { showDiagnosis } = await import('./diagnosis.ts');
      await showDiagnosis(options);
    },
    openWalkthrough: step => import('./firstSteps.ts').then(({ openFirstSteps }) => openFirstSteps(options.context.extension.id, step)),
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

async function signIn(options: CommandOptions, method?: FlowId): Promise<void> {
  try {
    const { label } = await options.signIn.run(method === undefined ? {} : { method });
    void window.showInformationMessage(signInTexts.signedInAs(label));
  } catch {
    // It was shown where it happened.
  }
}

async function refreshUsage({ statusBar, meter, notice }: CommandOptions): Promise<void> {
  const account = accountWithUsage(statusBar);
  if (!account) return;
  if (!usageSettings().isEnabled) {
    const choice = await window.showInformationMessage(usageTexts.usageIsOff(), commonTexts.openSettings());
    if (choice === commonTexts.openSettings())
      await commands.executeCommand('workbench.action.openSettings', `${settingsSection}.usage.enabled`);
    return;
  }
  const { refreshByWish } = await import('./usageWish.ts');
  if (!(await refreshByWish(meter, account.hash))) return;
  const { failure } = meter.state(account.hash);
  if (failure?.code === 'signedOut' && !account.from) await notice.show(account);
  else if (failure && (await showError(failure.code)) === 'retry') await commands.executeCommand('chatgptSignIn.refreshUsage');
}

async function exportUsageHistory(options: CommandOptions): Promise<void> {
  const account = accountWithUsage(options.statusBar);
  if (!account) return;
  const { exportHistory } = await import('./historyExport.ts');
  await exportHistory(account, options);
}

/** The account that is shown; where there is none to tell of, that is said. */
function accountWithUsage({ account }: StatusBar): AnyAccount | undefined {
  if (account?.service.backendUrl !== undefined) return account;
  void window.showInformationMessage(account ? statusTexts.noUsage() : accountsTexts.nobodySignedIn());
  return undefined;
}
