import { window } from 'vscode';
import type { Core } from '../../core.ts';
import { texts } from './signIn/texts.ts';

const lockWarning = 'lockWarningShown';

/** Once in the life of this installation: it is about the computer, and everything goes on working. */
export async function warnOfUnreliableLocks({ locks, log, context }: Core): Promise<void> {
  if (!(await locks.areUnreliable())) return;
  log.warn('the folder is on a file system whose locks cannot be relied on');
  if (context.globalState.get(lockWarning) === true) return;
  await context.globalState.update(lockWarning, true);
  void window.showWarningMessage(texts.networkDrive());
}
