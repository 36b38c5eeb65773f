import type { AccountInfo } from './account.ts';
import type { ProfileUpdate } from './store/accountStore.ts';
import type { Change } from '../vault/vaultCache.ts';
import type { CredentialOptions } from './store/tokenRefresher.ts';

/** What those need who use accounts, and do not care who keeps their tokens. `Custody` is one. */
export interface AccountSource<A extends AccountInfo = AccountInfo> {
  /** Every account there is; never the network. */
  accounts(): Promise<readonly A[]>;
  /**
   * An account whose access token can be handed out.
   * @throws AppError
   */
  credential(hash: string, options: CredentialOptions): Promise<A>;
  /** @returns stops listening */
  onDidChange(listener: (change: Change<A>) => void): () => void;
  /** Keeps what the service says an account is called by now. Never throws. */
  updateProfile(account: Pick<A, 'hash' | 'signInId'>, naming: ProfileUpdate): Promise<void>;
  /** Notices what others have changed. Never throws. */
  reload(): Promise<void>;
}
