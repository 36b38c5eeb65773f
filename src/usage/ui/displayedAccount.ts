import type { AccountInfo } from '../../accounts/account.ts';
import { defined } from '../../base/defined.ts';
import { hostOf } from '../../base/url.ts';
import type { Identity } from '../../oauth/tokenSet.ts';

/** An account as status bar and panel show it. */
export interface DisplayedAccount {
  readonly hash: string;
  readonly label: string;
  readonly identity: Partial<Identity>;
  readonly isExpired: boolean;
  /** The host that reports its usage; absent where none does. */
  readonly host?: string;
  /** Where the service shows usage itself. */
  readonly page?: string;
}

export function displayedAccount({ hash, label, identity, isExpired, capabilities: { usage } }: AccountInfo): DisplayedAccount {
  return { hash, label, identity, isExpired, ...defined({ host: usage && hostOf(usage.url), page: usage?.page }) };
}
