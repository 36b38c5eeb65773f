import { workspace } from 'vscode';
import type { AccountService } from '../../oauth/service.ts';
import { codexDefaults } from '../../oauth/services/codex.ts';
import { codexService as createCodexService } from '../../oauth/services/codexService.ts';
import { serviceSettings } from '../../shell/serviceSettings.ts';
import { settingsSection } from '../../shell/settings.ts';

/**
 * Where the Codex CLI's tokens are good: OpenAI, or what the settings name in its place. An issuer of another kind is not one.
 * @param originator our own name and version
 * @throws AppError `addressInvalid`, `addressNotSecure`
 */
export function codexService(originator: string): AccountService {
  const { get, allowedWorkspaces } = serviceSettings(originator);
  const isCodex = workspace.getConfiguration(settingsSection).get('service') === 'codex';
  const { issuer, backendUrl } = isCodex ? { issuer: get('issuer'), backendUrl: get('backendUrl') } : codexDefaults;
  return createCodexService({ issuer, backendUrl, clientId: '', originator, allowedWorkspaces });
}
