import type { Disposable, ExtensionContext, LogOutputChannel } from 'vscode';
import { registerCommands } from './commands.ts';

/** The commands of no other room: the log and the walkthrough. */
export function register({ channel, context }: { channel: LogOutputChannel; context: ExtensionContext }): Disposable {
  return registerCommands({
    showLog: () => {
      channel.show();
    },
    openWalkthrough: step => import('./walkthrough.ts').then(({ openWalkthrough }) => openWalkthrough(context.extension.id, step)),
  });
}
