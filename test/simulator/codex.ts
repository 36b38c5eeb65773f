/** The service that speaks the Codex dialect. */

import { DeviceCodes } from './deviceCodes.ts';
import { answerDevice } from './deviceRoutes.ts';
import { speakDialect } from './dialect.ts';
import { OAuthRoutes } from './oauth.ts';
import { codex, makeProvider } from './provider.ts';
import type { Service } from './service.ts';
import type { State } from './state.ts';

export function makeCodexService(state: State): Service {
  const provider = makeProvider(state);
  speakDialect(provider, state);
  const oauth = new OAuthRoutes(provider, state);
  const codes = new DeviceCodes(provider, codex, state);
  return {
    mount: '',
    provider,
    application: codex,
    devicePage: '/codex/device',
    findDevice: typed => Promise.resolve(codes.findWaiting(typed)),
    answer: async (received, response) => {
      if (!answerDevice(codes, state, received, response)) await oauth.answer(received, response);
    },
  };
}
