import { Disposable, window } from 'vscode';
import type { Core } from '../../core.ts';
import type { UsageServiceConditions } from '../polling/usageService.ts';
import { UsageService } from '../polling/usageService.ts';
import { UsageRecorder } from '../polling/usageRecorder.ts';
import { UsageStore } from '../polling/usageStore.ts';
import { UsageNotifications } from './notifications.ts';
import { onUsageSettingsChange, usageSettings } from './settings.ts';
import { StatusBar } from './statusBar/statusBar.ts';

export interface RunningUsage {
  readonly store: UsageStore;
  readonly recorder: UsageRecorder;
  readonly service: UsageService;
  readonly statusBar: StatusBar;
  /** Draws the status bar and begins to read. */
  readonly show: () => Promise<void>;
  readonly dispose: () => void;
}

/** The parts of the room that work in every VS Code window: status bar, polling and notifications. */
export function startUsage({ accounts, activity, clock, http, locks, log, folder, statusBarAccount, storageWatch }: Core): RunningUsage {
  const random = Math.random;
  const store = new UsageStore({ folder, clock, http, log, random });
  const rules = () => {
    const { alerts, interval } = usageSettings();
    return { ...alerts, interval };
  };
  const recorder = new UsageRecorder({ store, locks, clock, log, rules });
  const service = new UsageService({ accounts, recorder, http, clock, log, random });
  const statusBar = new StatusBar({ accounts, service, activity, clock, statusBarAccount });
  const disposables = Disposable.from(
    statusBar,
    service,
    new UsageNotifications({ recorder, clock }),
    new Disposable(
      accounts.onDidHandOut(({ hash }) => {
        service.onSessionHandedOut(hash);
      }),
    ),
    new Disposable(storageWatch.onDidChange(() => void recorder.reload())),
    window.onDidChangeWindowState(({ focused }) => {
      service.setConditions({ focused });
    }),
    onUsageSettingsChange(() => {
      service.setConditions(conditions());
    }),
  );
  return {
    ...{ store, recorder, service, statusBar },
    show: async () => {
      await statusBar.update();
      await service.start({ ...conditions(), focused: window.state.focused, panelVisible: false });
    },
    dispose: () => {
      disposables.dispose();
    },
  };
}

function conditions(): Pick<UsageServiceConditions, 'enabled' | 'interval'> {
  const { isEnabled, interval } = usageSettings();
  return { enabled: isEnabled, interval };
}
