/** The service with the protocol of Codex. */

import { useCodexProtocol } from './codexProtocol.ts';
import { DeviceCodes } from './deviceCodes.ts';
import { handleDevice } from './deviceRoutes.ts';
import { OAuthRoutes } from './oauth.ts';
import { codex, makeProvider } from './provider.ts';
import type { Service } from './service.ts';
import type { State } from './state.ts';

export function makeCodexService(state: State): Service {
  const provider = makeProvider(state);
  useCodexProtocol(provider, state);
  const oauth = new OAuthRoutes(provider, state);
  const codes = new DeviceCodes(provider, codex, state);
  return {
    mount: '',
    provider,
    application: codex,
    devicePage: '/codex/device',
    findDevice: typed => Promise.resolve(codes.findWaiting(typed)),
    handle: async (received, response) => {
      if (!handleDevice(codes, state, received, response)) await oauth.handle(received, response);
    },
  };
}
