import type { ExtensionContext } from 'vscode';
import { Disposable, window, workspace } from 'vscode';
import type { Accounts } from './accounts/accounts.ts';
import type { AccountStore } from './accounts/store/accountStore.ts';
import { watchFolder } from './storage/watchFolder.ts';
import type { Clock } from './base/clock.ts';
import type { Log } from './base/log.ts';
import type { UsageServiceConditions, UsageService } from './usage/polling/usageService.ts';
import type { AccountsMenuEntry } from './accounts/ui/accountsMenuEntry.ts';
import { settingsSection } from './shell/settings.ts';
import type { StatusBar } from './usage/ui/statusBar/statusBar.ts';
import { texts as signInTexts } from './accounts/ui/signIn/texts.ts';
import { onUsageSettingsChange, usageSettings } from './usage/ui/settings.ts';

export interface StartUpOptions {
  readonly custody: AccountStore;
  readonly accounts: Accounts;
  readonly usageService: UsageService;
  readonly statusBar: StatusBar;
  readonly door: AccountsMenuEntry;
  /** What can wait until the window stands, and is to be looked at anew when a setting changes. */
  readonly offerCodexCli: () => Promise<void>;
  readonly folder: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly context: Pick<ExtensionContext, 'globalState' | 'secrets'>;
}

/** How long a window takes to be itself, in milliseconds. */
const standing = 1_000;

/**
 * What happens after the provider is registered: the disk is looked at, then watched, and the meter begins. With nobody
 * signed in that is all: no connection, no timer.
 */
export function startUp(options: StartUpOptions): Disposable {
  const { custody, usageService: usageService, statusBar, door, log } = options;
  const disposables: Disposable[] = [];
  const closing = new AbortController();
  const begin = async () => {
    await custody.prepare();
    if (closing.signal.aborted) return;
    disposables.push(...follow(options));
    await statusBar.update();
    await door.update();
    await usageService.start({ ...readingConditions(), focused: window.state.focused, panelVisible: false });
    await warnOfLocks(options);
    await options.clock.sleep(standing, closing.signal).then(options.offerCodexCli, () => undefined);
  };
  begin().catch((error: unknown) => {
    log.error('start-up failed', error);
  });
  return new Disposable(() => {
    closing.abort();
    for (const disposable of disposables) disposable.dispose();
  });
}

/** Keeps up with what this window and others do from now on. */
function follow(options: StartUpOptions): Disposable[] {
  const { accounts, usageService: usageService, door, folder, clock, log, context } = options;
  const look = () => {
    void accounts.reload();
    void usageService.reload();
  };
  const stopWatching = watchFolder(folder, { clock, log, changed: look });
  const stopListening = accounts.onDidChange(() => void door.update());
  const focus = window.onDidChangeWindowState(({ focused }) => {
    if (focused) look();
    usageService.setConditions({ focused });
  });
  const settings = onUsageSettingsChange(() => {
    usageService.setConditions(readingConditions());
  });
  const stopMeter = () => {
    usageService.dispose();
  };
  const codexPath = workspace.onDidChangeConfiguration(change => {
    if (change.affectsConfiguration(`${settingsSection}.codexPath`)) void options.offerCodexCli();
  });
  // A key that another window has just made opens the accounts here too.
  const keys = context.secrets.onDidChange(look);
  return [new Disposable(stopWatching), new Disposable(stopListening), focus, settings, codexPath, keys, new Disposable(stopMeter)];
}

function readingConditions(): Pick<UsageServiceConditions, 'enabled' | 'interval'> {
  const { isEnabled, interval } = usageSettings();
  return { enabled: isEnabled, interval };
}

const lockWarning = 'lockWarningShown';

/** Once in the life of this installation: it is about the machine, and goes on working. */
async function warnOfLocks({ custody, log, context }: StartUpOptions): Promise<void> {
  if (!(await custody.hasUnreliableLocks())) return;
  log.warn('the folder is on a file system whose locks cannot be relied on');
  if (context.globalState.get(lockWarning) === true) return;
  await context.globalState.update(lockWarning, true);
  void window.showWarningMessage(signInTexts.networkDrive());
}
