import type { Disposable } from 'vscode';
import { workspace } from 'vscode';
import type { AlertRules } from '../alertTracker.ts';
import type { Interval } from '../polling/pollSchedule.ts';
import type { ViewRules } from '../usageView.ts';
import { settingsSection } from '../../shell/settings.ts';
import type { FormatOptions } from './formatTime.ts';
import type { Share } from './formatUsage.ts';

/** How much of it the status bar shows: the limit with the least left, the two shortest, no text, nothing. */
export type BarContent = 'worst' | 'both' | 'icon' | 'off';

export interface UsageSettings {
  readonly isEnabled: boolean;
  readonly show: Share;
  readonly statusBar: BarContent;
  readonly clock: FormatOptions['clock'];
  readonly interval: Interval;
  readonly alerts: AlertRules & Pick<ViewRules, 'workDays'>;
}

const section = `${settingsSection}.usage`;

export function usageSettings(): UsageSettings {
  const settings = workspace.getConfiguration(section);
  return readUsageSettings(name => settings.get(name));
}

/** @param listener is called when any of them has changed */
export function onUsageSettingsChange(listener: () => void): Disposable {
  return workspace.onDidChangeConfiguration(change => {
    if (change.affectsConfiguration(section)) listener();
  });
}

/** What a settings file says, which may be anything: what cannot be is as if it were not there. */
export function readUsageSettings(get: (name: string) => unknown): UsageSettings {
  const isOn = (name: string, usual: boolean) => {
    const value = get(name);
    return typeof value === 'boolean' ? value : usual;
  };
  const oneOf = <T extends string>(name: string, usual: T, ...others: readonly T[]) =>
    [usual, ...others].find(value => value === get(name)) ?? usual;
  const percent = (name: string, usual: number) => {
    const value = get(name);
    return typeof value === 'number' && value >= 1 && value <= 100 ? value : usual;
  };
  return {
    isEnabled: isOn('enabled', true),
    show: oneOf('show', 'left', 'used'),
    statusBar: oneOf('statusBar', 'both', 'worst', 'icon', 'off'),
    clock: oneOf('clock', 'auto', '12h', '24h'),
    interval: intervals[oneOf('interval', 'auto', '5', '15', '30', 'manual')],
    alerts: {
      switches: {
        low: isOn('notifications.low', false),
        pace: isOn('notifications.pace', false),
        spent: isOn('notifications.spent', true),
        back: isOn('notifications.back', false),
      },
      thresholds: { warnAt: percent('warnAt', 80), criticalAt: percent('criticalAt', 95) },
      workDays: workWeeks[oneOf('workDays', 'auto', '4', '5', '6', '7')],
    },
  };
}

const intervals = { auto: 'auto', '5': 5, '15': 15, '30': 30, manual: 'manual' } as const;
const workWeeks = { auto: 7, '4': 4, '5': 5, '6': 6, '7': 7 } as const;
