/** The simulated account service, and a person who signs in there. */
import type { SimulatorControl } from '../../../../simulator/client.ts';
import { createAuthorizationRequest, exchangeCallbackCode } from '../../../../../src/oauth/authorizationCode.ts';
import type { Clock } from '../../../../../src/base/clock.ts';
import { Http } from '../../../../../src/base/http.ts';
import { codexService } from '../../../../../src/oauth/services/codexService.ts';
import type { AccountService } from '../../../../../src/oauth/service.ts';
import type { TokenSet } from '../../../../../src/oauth/tokenSet.ts';
import { MemoryLog } from '../../../support/log.ts';

export function serviceOf({ issuer, backendUrl }: SimulatorControl): AccountService {
  return codexService({ issuer, clientId: '', backendUrl, originator: 'test/1' });
}

export async function signIn(simulator: SimulatorControl, account: string, clock: Clock): Promise<TokenSet> {
  const service = serviceOf(simulator);
  const http = new Http({ fetch: (url, init) => fetch(url, init), clock, log: new MemoryLog(), agent: 'test/1' });
  const request = await createAuthorizationRequest(service, 'http://127.0.0.1:1455/auth/callback');
  const callback = new URL(await simulator.approve(request.url, { account }));
  return exchangeCallbackCode(service, request, callback, { http, clock, correlationId: 'test' });
}
