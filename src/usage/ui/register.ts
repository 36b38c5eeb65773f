import { Disposable, EventEmitter, window } from 'vscode';
import type { Event } from 'vscode';
import type { AccountInfo } from '../../accounts/account.ts';
import type { Core } from '../../core.ts';
import { registerCommands } from '../../shell/commands.ts';
import { Lazy } from '../../shell/lazy.ts';
import type { ResponseTime } from '../decode/fields.ts';
import type { ModelTraffic } from '../decode/headers.ts';
import type { UsageState } from '../usageView.ts';
import { usagePanelType } from './panel/panelTypes.ts';
import type { RunningUsage } from './start.ts';

export interface UsageRoom {
  readonly dispose: () => void;
  /** `undefined` until the room has started. */
  readonly stateOf: (account: { readonly hash: string }) => UsageState | undefined;
  readonly onDidChange: Event<void>;
  /** Takes the limits that came with a model request: the one place for them, so that no request for usage has to follow. */
  readonly applyTraffic: (account: Pick<AccountInfo, 'hash'>, traffic: ModelTraffic, at: ResponseTime) => Promise<void>;
}

/**
 * The usage room: what the plan has left, read for all windows and shown in status bar, panel and notifications. It starts with the
 * first screen (`start.ts`): until then VS Code waits for the providers. `polling/usageService.ts` says how the rest fits together.
 */
export function register(core: Core): UsageRoom {
  const { accounts, clock, log, statusBarAccount, context, startUp } = core;
  let running: RunningUsage | undefined;
  const didChange = new EventEmitter<void>();
  const usage = new Lazy(async () => {
    const { startUsage } = await import('./start.ts');
    running = startUsage(core);
    running.service.onDidChange(() => {
      didChange.fire();
    });
    return running;
  });
  const panel = new Lazy(async () => {
    const [{ UsagePanel }, { service, recorder }] = await Promise.all([import('./panel/usagePanel.ts'), usage.get()]);
    return new UsagePanel({ ...{ accounts, service, recorder, clock, log, context }, statusBarAccount });
  });
  const runCommand = async (name: 'refreshUsage' | 'exportUsageHistory') => {
    const [commands, { statusBar, service, recorder }] = await Promise.all([import('./usageCommands.ts'), usage.get()]);
    await commands[name](statusBar.account, { accounts, service, recorder, clock, log });
  };
  // Deletes also what is stored of accounts that went while no VS Code window was there to notice.
  accounts.onDisconnectAll(async () => (await usage.get()).store.forgetAll());
  startUp.on('show', async () => (await usage.get()).show());
  const room = Disposable.from(
    usage,
    panel,
    didChange,
    window.registerWebviewPanelSerializer(usagePanelType, {
      deserializeWebviewPanel: async restored => (await panel.get()).fill(restored),
    }),
    registerCommands({
      // Other extensions name the account whose usage they mean: docs/for-extension-authors.md.
      showUsage: async accountId => (await panel.get()).show(typeof accountId === 'string' ? accountId : undefined),
      refreshUsage: () => runCommand('refreshUsage'),
      exportUsageHistory: () => runCommand('exportUsageHistory'),
    }),
  );
  return {
    stateOf: ({ hash }) => running?.service.state(hash),
    onDidChange: didChange.event,
    applyTraffic: async ({ hash }, traffic, at) => (await usage.get()).service.applyTraffic(hash, traffic, at),
    dispose: () => {
      room.dispose();
    },
  };
}
