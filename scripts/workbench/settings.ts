import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';

export type Settings = Record<string, unknown>;

/** What every VS Code of ours is set to: quiet, and nothing that looks for the network. */
const quiet: Settings = {
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'update.showReleaseNotes': false,
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.enableExperiments': false,
  'workbench.settings.enableNaturalLanguageSearch': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'security.workspace.trust.enabled': false,
  'chat.disableAIFeatures': true,
  'chat.agentHost.enabled': false,
  'git.enabled': false,
  'remote.autoForwardPorts': false,
};

/** The settings that point the extension at a simulator. */
export function settingsOf({ issuer, backendUrl, apiUrl }: { issuer: string; backendUrl: string; apiUrl: string }): Settings {
  return { 'chatgptSignIn.issuer': issuer, 'chatgptSignIn.backendUrl': backendUrl, 'chatgptSignIn.apiUrl': apiUrl };
}

/** Writes the user settings of a user data folder, the quiet ones and the given ones. */
export async function writeSettings(userData: string, settings: Settings): Promise<void> {
  const folder = path.join(userData, 'User');
  await mkdir(folder, { recursive: true });
  const file = path.join(folder, 'settings.json');
  await writeFile(`${file}.new`, JSON.stringify({ ...quiet, ...settings }, null, 2));
  await rename(`${file}.new`, file);
}
