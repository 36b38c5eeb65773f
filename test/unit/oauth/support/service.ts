import { codexService } from '../../../../src/oauth/services/codex.ts';
import type { AccountService } from '../../../../src/oauth/service.ts';
import { agent } from '../../support/network.ts';

/** OpenAI's service as the settings give it by default. */
export const service = codexService({
  issuer: 'https://auth.openai.com',
  clientId: '',
  backendUrl: 'https://chatgpt.com/backend-api',
  originator: agent,
});

/** The same at another address, and with any port to come back to unless told. */
export function serviceAt(issuer: string, backendUrl = `${issuer}/backend-api`, ports: readonly number[] = []): AccountService {
  const at = codexService({ issuer, clientId: '', backendUrl, originator: agent });
  return { ...at, redirect: { ...at.redirect, ports } };
}
