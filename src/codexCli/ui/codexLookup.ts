import { commands, workspace } from 'vscode';
import type { Executable, ExecutableQuery } from '../executable.ts';
import { findExecutable, requireExecutable } from '../executable.ts';
import { codexHome, authFileStamp } from '../authFile.ts';
import { settingsSection } from '../../shell/settings.ts';

/** The Codex CLI by the setting, PATH and the open folders as they are now. @throws AppError as `requireExecutable` */
export function requireCodex(): Executable {
  return requireExecutable(query());
}

function query(): ExecutableQuery {
  return {
    configured: workspace.getConfiguration(settingsSection).get('codexPath', ''),
    environment: process.env,
    workspaces: (workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath),
  };
}

/** Whether there is a CLI on this machine, also one that cannot be used: it is told when it is asked for. Nothing is run, and nothing in its folder is read. */
export function isCodexHere(): boolean {
  return authFileStamp(codexHome(process.env)) !== undefined || findExecutable(query()) !== 'codexNotFound';
}

/** Shows the command where it can do something. */
export async function offerCodexCli(): Promise<void> {
  await commands.executeCommand('setContext', 'chatgptSignIn.hasCodexCli', isCodexHere());
}
