import type { Capabilities } from '../protocol.ts';
import type { AccountService } from '../service.ts';

/** The page that shows a person the usage, by the word that an account's record keeps. */
const usagePages: Readonly<Record<AccountService['dialect'], string | undefined>> = {
  openai: '/codex/settings/usage',
  standard: undefined,
};

/** What the accounts of a service can do. Apart from its protocol, because every window asks for it at its start, and makes no request. */
export function capabilitiesOf({ dialect, backendUrl: url }: AccountService): Capabilities {
  if (url === undefined) return {};
  const page = usagePages[dialect];
  return { usage: page === undefined ? { url } : { url, page: new URL(page, url).href } };
}
