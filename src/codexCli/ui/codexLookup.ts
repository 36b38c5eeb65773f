import { commands, workspace } from 'vscode';
import { findExecutable } from '../executable.ts';
import { codexHome, authFileStamp } from '../authFile.ts';
import { settingsSection } from '../../shell/settings.ts';

/** The Codex CLI by absolute path, from the setting or PATH as they are now; `undefined` if there is none. */
export function findCodex(): string | undefined {
  return findExecutable({
    configured: workspace.getConfiguration(settingsSection).get('codexPath', '').trim(),
    path: process.env['PATH'],
    workspaces: (workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath),
  });
}

/** Whether there is a CLI on this machine. Nothing is run, and nothing of it is read. */
export function isCodexHere(): boolean {
  return findCodex() !== undefined || authFileStamp(codexHome(process.env)) !== undefined;
}

/** Shows the command where it can do something. */
export async function offerCodexCli(): Promise<void> {
  await commands.executeCommand('setContext', 'chatgptSignIn.hasCodexCli', isCodexHere());
}
