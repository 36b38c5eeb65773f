import { workspace } from 'vscode';
import type { RequestContext } from '../oauth/requestContext.ts';
import type { AccountService } from '../oauth/service.ts';
import type { ServiceSettings } from '../oauth/services/createService.ts';
import { createService } from '../oauth/services/createService.ts';
import { allowedWorkspaces, settingsSection } from './settings.ts';

/** Our settings as a service reads them. They are of scope `application`: a workspace cannot change where tokens go. */
export function serviceSettings(originator: string): ServiceSettings {
  const settings = workspace.getConfiguration(settingsSection);
  return {
    get: name => settings.get(name, '').trim(),
    explicit: name => settings.inspect<string>(name)?.globalValue?.trim() ?? '',
    originator,
    allowedWorkspaces: allowedWorkspaces(),
  };
}

/**
 * The service that the next sign-in goes to.
 * @param originator our own name and version
 * @throws AppError `addressInvalid`, `addressNotSecure`, `settingsIncomplete`, or the error that prevented the discovery of an issuer
 */
export function chosenService(originator: string, context: RequestContext): Promise<AccountService> {
  return createService(workspace.getConfiguration(settingsSection).get('service', ''), serviceSettings(originator), context);
}
