import type { Capabilities } from '../protocol.ts';
import type { AccountService } from '../service.ts';

/** By the word that an account's record keeps, and the back end's URL. */
const byDialect: Readonly<Record<AccountService['dialect'], (url: string) => Capabilities>> = {
  openai: url => ({ usage: { url, page: new URL('/codex/settings/usage', url).href }, models: { url } }),
  standard: url => ({ usage: { url } }),
};

/** What the accounts of a service can do. Apart from its protocol, because every window asks for it at its start, and makes no request. */
export function capabilitiesOf({ dialect, backendUrl: url }: AccountService): Capabilities {
  return url === undefined ? {} : byDialect[dialect](url);
}
