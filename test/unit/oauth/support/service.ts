import { codexService } from '../../../../src/oauth/services/codexService.ts';
import type { AccountService } from '../../../../src/oauth/service.ts';
import { agent } from '../../support/network.ts';

/** OpenAI's service with the default settings. */
export const service = codexService({
  issuer: 'https://auth.openai.com',
  clientId: '',
  backendUrl: 'https://chatgpt.com/backend-api',
  originator: agent,
});

/** OpenAI's service at another URL, with any port for the callback unless `ports` says otherwise. */
export function serviceAt(issuer: string, backendUrl = `${issuer}/backend-api`, ports: readonly number[] = []): AccountService {
  const at = codexService({ issuer, clientId: '', backendUrl, originator: agent });
  return { ...at, redirect: { ...at.redirect, ports } };
}
