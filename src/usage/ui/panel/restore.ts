import type { Disposable } from 'vscode';
import { window } from 'vscode';
import type { Lazy } from '../../../shell/lazy.ts';
import type { UsagePanel } from './usagePanel.ts';

/** The manifest names it: a window that is loaded again brings its panels back, and wakes the extension for it. */
export const usagePanelType = 'chatgptSignIn.usage';

export function restoreUsagePanel(usagePanel: Lazy<UsagePanel>): Disposable {
  return window.registerWebviewPanelSerializer(usagePanelType, {
    deserializeWebviewPanel: async panel => (await usagePanel.get()).fill(panel),
  });
}
