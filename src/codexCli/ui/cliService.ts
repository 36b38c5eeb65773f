import { workspace } from 'vscode';
import type { AccountService } from '../../oauth/service.ts';
import { codexDefaults } from '../../oauth/services/codexClient.ts';
import { codexService as createCodexService } from '../../oauth/services/codexService.ts';
import { serviceSettings } from '../../shell/serviceSettings.ts';
import { settingsSection } from '../../shell/settings.ts';

/**
 * The service that accepts the Codex CLI's tokens: OpenAI, or the URLs of the settings while the setting `service` is `codex`.
 * @param originator our own name and version
 * @throws AppError `addressInvalid`, `addressNotSecure`
 */
export function cliService(originator: string): AccountService {
  const { get, allowedWorkspaces } = serviceSettings(originator);
  const isCodex = workspace.getConfiguration(settingsSection).get('service') === 'codex';
  const { issuer, backendUrl } = isCodex ? { issuer: get('issuer'), backendUrl: get('backendUrl') } : codexDefaults;
  return createCodexService({ issuer, backendUrl, clientId: '', originator, allowedWorkspaces });
}
