/** An OpenID Connect provider beside Codex, for the same people. */

import Provider, { type Configuration } from 'oidc-provider';
import { accountIdOf, grant, readRequest, type Application } from './approval.ts';
import { approveAutomatically } from './automatic.ts';
import { nowSeconds } from './clock.ts';
import { commonConfiguration, followGrants, memberOf, renderError } from './common.ts';
import { plainClientId, plainMount, plainRedirectUris, plainScopes } from './contract.ts';
import type { WaitingDevice } from './devicePage.ts';
import { changeResponses } from './plainResponses.ts';
import { replay } from './received.ts';
import type { Service } from './service.ts';
import type { State } from './state.ts';
import { takeTurns } from './turns.ts';

const application: Application = { id: plainClientId, name: 'the test client' };
const devicePage = '/device';

export function makePlainService(state: State): Service {
  const provider = followGrants(new Provider(`${state.issuer}${plainMount}`, configuration(state)), state);
  changeResponses(provider, state);
  const handle = provider.callback();
  const oneAtATime = takeTurns();
  return {
    mount: plainMount,
    provider,
    application,
    devicePage,
    findDevice: typed => findDevice(provider, state, typed),
    handle: (received, response) => oneAtATime(() => handle(replay(received), response)),
  };
}

function configuration(state: State): Configuration {
  return {
    ...commonConfiguration(state, plainMount),
    clients: [
      {
        client_id: plainClientId,
        token_endpoint_auth_method: 'none',
        application_type: 'native',
        redirect_uris: plainRedirectUris,
        grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
        response_types: ['code'],
      },
    ],
    routes: { code_verification: devicePage },
    scopes: plainScopes,
    claims: { openid: ['sub'], profile: ['name'], email: ['email', 'email_verified'] },
    features: {
      devInteractions: { enabled: false },
      deviceFlow: { enabled: true },
      revocation: { enabled: true },
      rpInitiatedLogout: { enabled: false },
      resourceIndicators: { enabled: false },
    },
    findAccount: (_ctx, accountId) => {
      const member = memberOf(state, accountId);
      if (!member) return undefined;
      const { subject: sub, name, email } = member.person;
      return { accountId, claims: () => ({ sub, name, email, email_verified: true }) };
    },
    extraParams: { simulator: ctx => approveAutomatically(ctx, application, state) },
    renderError: renderError(''),
  };
}

async function findDevice(provider: Provider, state: State, typed: string): Promise<WaitingDevice | undefined> {
  const code = await provider.DeviceCode.findByUserCode(typed, { ignoreExpiration: true });
  if (!code) return undefined;
  const request = readRequest(code.params ?? {});
  return {
    status: code.accountId !== undefined || code.error !== undefined ? 'used' : code.isExpired ? 'expired' : 'waiting',
    request,
    approve: async member => {
      const grantId = await grant(provider, application, state.sessions, member, request);
      const { scope } = request;
      Object.assign(code, { accountId: accountIdOf(member), grantId, scope, authTime: nowSeconds(), amr: ['pwd'] });
      await code.save();
    },
    deny: async () => {
      Object.assign(code, { error: 'access_denied', errorDescription: 'The resource owner denied the request' });
      await code.save();
    },
  };
}
