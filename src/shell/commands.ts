import { commands, Disposable } from 'vscode';
import { settingsSection } from './settings.ts';

/** Commands by the part of their id behind `chatgptSignIn.`. They do not call VS Code's authentication API, which queues calls. */
export function registerCommands(handlers: Readonly<Record<string, (...args: unknown[]) => unknown>>): Disposable {
  return Disposable.from(...Object.entries(handlers).map(([name, run]) => commands.registerCommand(`${settingsSection}.${name}`, run)));
}

/** Ends the rejection of an action that has shown its own error. */
export function ignoreShownError(): void {
  return undefined;
}
