import { workspace } from 'vscode';
import { codexService } from '../oauth/openai.ts';
import type { AccountService } from '../oauth/service.ts';

export const settingsSection = 'chatgptSignIn';

/**
 * The service that the next sign-in goes to. Settings of scope `application`: a workspace cannot change where tokens go.
 * @throws SignInError `addressInvalid`, `addressNotSecure`
 */
export function chosenService(originator: string): AccountService {
  const settings = workspace.getConfiguration(settingsSection);
  return codexService({
    issuer: settings.get('issuer', ''),
    clientId: settings.get('clientId', '').trim(),
    backendUrl: settings.get('backendUrl', ''),
    originator,
  });
}
