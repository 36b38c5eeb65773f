import type { ExtensionContext } from 'vscode';
import { Disposable, window } from 'vscode';
import type { Account } from '../custody/account.ts';
import type { Custody } from '../custody/custody.ts';
import { watchFolder } from '../custody/watch.ts';
import type { Clock, Log } from '../oauth/host.ts';
import type { UsageMeter } from '../usage/meter.ts';
import type { ChosenAccount } from './chosenAccount.ts';
import type { Door } from './door.ts';
import { newFlowId } from './flowId.ts';
import type { StatusBar } from './statusBar.ts';
import { texts } from './texts.ts';

export interface StartUpOptions {
  readonly custody: Custody;
  readonly meter: UsageMeter;
  readonly statusBar: StatusBar;
  readonly door: Door;
  readonly choice: ChosenAccount;
  readonly folder: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly context: Pick<ExtensionContext, 'globalState' | 'secrets'>;
}

/**
 * What happens after the provider is registered: the disk is looked at, then watched, and the account that is shown is
 * read once. With nobody signed in that is all: no connection, no timer.
 */
export function startUp(options: StartUpOptions): Disposable {
  const { custody, door, log } = options;
  const disposables: Disposable[] = [];
  let isDisposed = false;
  const begin = async () => {
    await custody.prepare();
    if (isDisposed) return;
    disposables.push(...follow(options));
    await door.update();
    await readShown(options);
    await warnOfLocks(options);
  };
  begin().catch((error: unknown) => {
    log.error('start-up failed', error);
  });
  return new Disposable(() => {
    isDisposed = true;
    for (const disposable of disposables) disposable.dispose();
  });
}

/** Keeps up with what this window and others do from now on. */
function follow(options: StartUpOptions): Disposable[] {
  const { custody, meter, door, choice, folder, clock, log, context } = options;
  const look = () => {
    void custody.look();
  };
  const stopWatching = watchFolder(folder, { clock, log, changed: look });
  const stopListening = custody.onDidChange(({ added, removed, changed }) => {
    for (const { hash } of removed) meter.forget(hash);
    void door.update();
    readUsage(options, [...added, ...changed.filter(account => meter.state(account.hash).failure?.code === 'signedOut')]);
  });
  const stopFollowing = choice.onDidChange(() => void readShown(options));
  const stops = [stopWatching, stopListening, stopFollowing].map(stop => new Disposable(stop));
  // A key that another window has just made opens the accounts here too.
  return [...stops, onFocus(look), context.secrets.onDidChange(look)];
}

function onFocus(run: () => void): Disposable {
  return window.onDidChangeWindowState(({ focused }) => {
    if (focused) run();
  });
}

const lockWarning = 'lockWarningShown';

/** Once in the life of this installation: it is about the machine, and goes on working. */
async function warnOfLocks({ custody, log, context }: StartUpOptions): Promise<void> {
  if (!(await custody.locksMayLie())) return;
  log.warn('the folder is on a file system whose locks cannot be relied on');
  if (context.globalState.get(lockWarning) === true) return;
  await context.globalState.update(lockWarning, true);
  void window.showWarningMessage(texts.locksMayLie());
}

/** The account in the status bar may not have been read since this window was opened. */
async function readShown(options: StartUpOptions): Promise<void> {
  await options.statusBar.update();
  const { account } = options.statusBar;
  if (account) readUsage(options, [account]);
}

function readUsage({ meter }: StartUpOptions, accounts: readonly Account[]): void {
  for (const account of accounts) if (account.state !== 'ended') void meter.refresh(account.hash, newFlowId());
}
