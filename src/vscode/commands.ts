import type { LogOutputChannel } from 'vscode';
import { commands, Disposable, window } from 'vscode';
import type { FlowId } from '../oauth/flows.ts';
import type { UsageMeter } from '../usage/meter.ts';
import type { AccountMenu } from './accountMenu.ts';
import { newFlowId } from './flowId.ts';
import { showError } from './showError.ts';
import type { SignIn } from './signIn.ts';
import type { StatusBar } from './statusBar.ts';
import { texts } from './texts.ts';

export interface CommandOptions {
  readonly signIn: SignIn;
  readonly menu: AccountMenu;
  readonly channel: LogOutputChannel;
  readonly statusBar: StatusBar;
  readonly meter: UsageMeter;
}

/** The commands of the manifest. They run the flows directly: VS Code queues what goes through its own authentication API. */
export function registerCommands(options: CommandOptions): Disposable {
  const handlers: Readonly<Record<string, () => unknown>> = {
    signIn: () => signIn(options),
    signInWithBrowser: () => signIn(options, 'browser'),
    signInWithDeviceCode: () => signIn(options, 'deviceCode'),
    signOut: () => options.menu.chooseAndSignOut(),
    signOutAll: () => options.menu.signOutAll(),
    manageAccounts: () => options.menu.show(),
    refreshUsage: () => refreshUsage(options),
    showLog: () => {
      options.channel.show();
    },
  };
  return Disposable.from(...Object.entries(handlers).map(([name, run]) => commands.registerCommand(`chatgptSignIn.${name}`, run)));
}

async function signIn(options: CommandOptions, method?: FlowId): Promise<void> {
  try {
    const { label } = await options.signIn.run(method === undefined ? {} : { method });
    void window.showInformationMessage(texts.signedInAs(label));
  } catch {
    // It was shown where it happened.
  }
}

async function refreshUsage({ statusBar, meter }: CommandOptions): Promise<void> {
  const { account } = statusBar;
  if (!account) {
    void window.showInformationMessage(texts.nobodySignedIn());
    return;
  }
  if (account.service.backendUrl === undefined) {
    void window.showInformationMessage(texts.noUsage());
    return;
  }
  await meter.refresh(account.hash, newFlowId());
  const { failure } = meter.state(account.hash);
  if (failure && (await showError(failure.code)) === 'retry') {
    await (failure.code === 'signedOut'
      ? commands.executeCommand('chatgptSignIn.signIn')
      : commands.executeCommand('chatgptSignIn.refreshUsage'));
  }
}
