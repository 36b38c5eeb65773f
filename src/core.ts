import type { ExtensionContext, LogOutputChannel } from 'vscode';
import type { Accounts } from './accounts/accounts.ts';
import type { SignInActivity } from './accounts/ui/activity.ts';
import type { MenuSection } from './accounts/ui/menu.ts';
import type { StatusBarAccount } from './accounts/ui/statusBarAccount.ts';
import type { Clock } from './base/clock.ts';
import type { Http } from './base/http.ts';
import type { Log } from './base/log.ts';
import type { Failures } from './shell/failures.ts';
import type { StartUp } from './shell/startUp.ts';
import type { StorageWatch } from './shell/storageWatch.ts';
import type { ProcessLocks } from './storage/processLock.ts';
import type { SealKeys } from './vault/sealKeys.ts';
import type { Vault } from './vault/vault.ts';
import type { VaultCache } from './vault/vaultCache.ts';

/** What every room registers itself with: `<room>/ui/register.ts` exports `register(core)`. */
export interface Core {
  readonly clock: Clock;
  readonly log: Log;
  /** Shows the log to the person. */
  readonly channel: LogOutputChannel;
  readonly http: Http;
  /** The extension's global storage, by path. */
  readonly folder: string;
  /** Our own name and version, e.g. `chatgpt-sign-in/1.0.0`. */
  readonly originator: string;
  readonly context: ExtensionContext;
  /** The failures of this window. */
  readonly failures: Failures;
  readonly locks: ProcessLocks;
  readonly vault: Vault;
  readonly sealKeys: SealKeys;
  readonly vaultCache: VaultCache;
  /** Each kind of credential registers its source here. */
  readonly accounts: Accounts;
  /** Whether a person is signing in or out. */
  readonly activity: SignInActivity;
  /** The account that the person wants to see in the status bar. */
  readonly statusBarAccount: StatusBarAccount;
  /** Each room adds its part of the account menu, loaded when the menu opens. */
  readonly menuSections: (() => Promise<MenuSection>)[];
  readonly startUp: StartUp;
  /** Fires when other windows change what is stored. */
  readonly storageWatch: StorageWatch;
}
