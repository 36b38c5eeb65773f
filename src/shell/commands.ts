import { commands, Disposable } from 'vscode';
import { settingsSection } from './settings.ts';

/** Commands by the part of their id behind `chatgptSignIn.`. They run directly: VS Code queues what goes through its authentication API. */
export function registerCommands(handlers: Readonly<Record<string, (...args: unknown[]) => unknown>>): Disposable {
  return Disposable.from(...Object.entries(handlers).map(([name, run]) => commands.registerCommand(`${settingsSection}.${name}`, run)));
}

/** For a failure that has been shown where it happened. */
export function ignoreShownError(): void {
  return undefined;
}
