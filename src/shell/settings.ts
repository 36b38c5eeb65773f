import { ExtensionKind, env, UIKind, workspace } from 'vscode';
import type { SignInMethod, SignInEnvironment } from '../oauth/flows.ts';
import type { RequestContext } from '../oauth/tokenRequest.ts';
import { codexDefaults, codexService } from '../oauth/services/codex.ts';
import type { AccountService } from '../oauth/service.ts';
import { requireBaseAddress } from '../base/url.ts';
import { oidcService } from '../oauth/services/oidc.ts';

export const settingsSection = 'chatgptSignIn';

/**
 * The service that the next sign-in goes to. Settings of scope `application`: a workspace cannot change where tokens go.
 * @param originator our own name and version
 * @throws AppError `addressInvalid`, `addressNotSecure`, `settingsIncomplete`, or what kept an issuer from being read
 */
export async function chosenService(originator: string, attempt: RequestContext): Promise<AccountService> {
  const settings = workspace.getConfiguration(settingsSection);
  const clientId = settings.get('clientId', '').trim();
  if (settings.get('service') === 'oidc') {
    // The defaults are OpenAI's: only what the person set is meant for another issuer.
    const explicit = (name: string) => settings.inspect<string>(name)?.globalValue?.trim() ?? '';
    return oidcService({ issuer: explicit('issuer'), clientId, backendUrl: explicit('backendUrl') }, attempt);
  }
  return codexService({
    issuer: settings.get('issuer', ''),
    clientId,
    backendUrl: settings.get('backendUrl', ''),
    originator,
    allowedWorkspaces: settings.get<string[]>('allowedWorkspace', []).map(String),
  });
}

/**
 * Where the Codex CLI's tokens are good: OpenAI, or what the settings name in its place. An issuer of another kind is none.
 * @throws AppError `addressInvalid`, `addressNotSecure`
 */
export function codexCliService(originator: string): AccountService {
  const settings = workspace.getConfiguration(settingsSection);
  const address = (name: keyof typeof codexDefaults) => (settings.get('service') === 'oidc' ? codexDefaults[name] : settings.get(name, ''));
  const allowedWorkspaces = settings.get<string[]>('allowedWorkspace', []).map(String);
  return codexService({ issuer: address('issuer'), backendUrl: address('backendUrl'), clientId: '', originator, allowedWorkspaces });
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
