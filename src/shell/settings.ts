import { ExtensionKind, env, UIKind, workspace } from 'vscode';
import type { SignInMethod, SignInEnvironment } from '../oauth/flows.ts';
import type { RequestContext } from '../oauth/requestContext.ts';
import type { AccountService } from '../oauth/service.ts';
import { requireBaseAddress } from '../base/url.ts';
import type { ServiceSettings } from '../oauth/services/index.ts';
import { createService } from '../oauth/services/index.ts';

export const settingsSection = 'chatgptSignIn';

/** Our settings as a service reads them. They are of scope `application`: a workspace cannot change where tokens go. */
export function serviceSettings(originator: string): ServiceSettings {
  const settings = workspace.getConfiguration(settingsSection);
  return {
    get: name => settings.get(name, '').trim(),
    explicit: name => settings.inspect<string>(name)?.globalValue?.trim() ?? '',
    originator,
    allowedWorkspaces: settings.get<string[]>('allowedWorkspace', []).map(String),
  };
}

/**
 * The service that the next sign-in goes to.
 * @param originator our own name and version
 * @throws AppError `addressInvalid`, `addressNotSecure`, `settingsIncomplete`, or what kept an issuer from being read
 */
export function chosenService(originator: string, context: RequestContext): Promise<AccountService> {
  return createService(workspace.getConfiguration(settingsSection).get('service', ''), serviceSettings(originator), context);
}

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

/** A redirect arrives only where the extension runs on the person's own machine; anywhere else the browser is on another. */
export function signInEnvironment(extensionKind: ExtensionKind): SignInEnvironment {
  return { isWithBrowser: extensionKind === ExtensionKind.UI && env.uiKind === UIKind.Desktop };
}
