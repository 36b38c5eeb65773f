/**
 * The shell room: VS Code for every room. This file and `serviceSettings.ts` read the shared settings, `outputLog.ts` is the log,
 * which `redact.ts` keeps free of secrets, `showError.ts` and `errorTexts.ts` show a person what failed.
 */
import { ExtensionKind, env, UIKind, workspace } from 'vscode';
import type { SignInMethod, SignInEnvironment } from '../oauth/flows.ts';
import { requireBaseAddress } from '../base/url.ts';

export const settingsSection = 'chatgptSignIn';

/**
 * Where API keys are checked, without a trailing slash.
 * @throws AppError `addressInvalid`, `addressNotSecure`
 */
export function apiUrl(): string {
  return requireBaseAddress(workspace.getConfiguration(settingsSection).get('apiUrl', ''));
}

export function signInMethod(): SignInMethod | 'auto' {
  const method = workspace.getConfiguration(settingsSection).get<string>('signInMethod');
  return method === 'browser' || method === 'deviceCode' ? method : 'auto';
}

/** A redirect arrives only where the extension runs on the person's own machine: elsewhere the browser runs on another one. */
export function signInEnvironment(extensionKind: ExtensionKind): SignInEnvironment {
  return { isWithBrowser: extensionKind === ExtensionKind.UI && env.uiKind === UIKind.Desktop };
}

/** The ids of the only workspaces that may be used; empty: any. */
export function allowedWorkspaces(): readonly string[] {
  return workspace.getConfiguration(settingsSection).get<string[]>('allowedWorkspace', []).map(String);
}
