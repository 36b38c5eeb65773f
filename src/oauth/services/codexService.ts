import { requireBaseAddress } from '../../base/url.ts';
import type { AccountService } from '../service.ts';
import { codexClientId, codexRedirectPorts } from './codexClient.ts';

/**
 * The discovery document is not used: it names endpoints for other clients.
 * @throws AppError `addressInvalid`, `addressNotSecure`
 */
export function codexService(settings: {
  issuer: string;
  clientId: string;
  backendUrl: string;
  originator: string;
  allowedWorkspaces?: readonly string[];
}): AccountService {
  const issuer = requireBaseAddress(settings.issuer);
  const { allowedWorkspaces = [] } = settings;
  return {
    dialect: 'openai',
    issuer,
    clientId: settings.clientId || codexClientId,
    endpoints: {
      authorization: `${issuer}/oauth/authorize`,
      token: `${issuer}/oauth/token`,
      revocation: `${issuer}/oauth/revoke`,
      deviceAuthorization: `${issuer}/api/accounts/deviceauth/usercode`,
    },
    scopes: ['openid', 'profile', 'email', 'offline_access'],
    authorizationParameters: {
      id_token_add_organizations: 'true',
      codex_cli_simplified_flow: 'true',
      originator: settings.originator,
      ...(allowedWorkspaces.length > 0 ? { allowed_workspace_id: allowedWorkspaces.join(',') } : {}),
    },
    ...(allowedWorkspaces.length > 0 ? { allowedWorkspaces } : {}),
    redirect: { host: '127.0.0.1', path: '/auth/callback', ports: codexRedirectPorts },
    nonce: false,
    issInCallback: false,
    backendUrl: requireBaseAddress(settings.backendUrl),
  };
}
