import { codexDefaults } from '../../oauth/services/codexClient.ts';

/** What a sentence calls the service of this host. */
export function serviceName(host: string): string {
  return host === new URL(codexDefaults.issuer).host ? 'OpenAI' : host;
}
