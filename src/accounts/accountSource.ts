import type { AnyAccount } from './account.ts';
import type { Naming } from './store/accountStore.ts';
import type { Change } from '../vault/vaultCache.ts';
import type { UseOptions } from './store/tokenRefresher.ts';

/** What those need who use accounts, and do not care who keeps their tokens. `Custody` is one. */
export interface AccountSource<A extends AnyAccount = AnyAccount> {
  /** Every account there is; never the network. */
  accounts(): Promise<readonly A[]>;
  /**
   * An account whose access token can be handed out.
   * @throws SignInError
   */
  usable(hash: string, options: UseOptions): Promise<A>;
  /** @returns stops listening */
  onDidChange(listener: (change: Change<A>) => void): () => void;
  /** Keeps what the service says an account is called by now. Never throws. */
  rename(account: Pick<A, 'hash' | 'login'>, naming: Naming): Promise<void>;
  /** Notices what others have changed. Never throws. */
  look(): Promise<void>;
}
