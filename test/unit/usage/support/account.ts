import type { StoredAccount, TokenSetId } from '../../../../src/accounts/account.ts';
import { isSameTokenSet } from '../../../../src/accounts/account.ts';
import type { ProfileUpdate } from '../../../../src/accounts/store/accountStore.ts';
import { AppError } from '../../../../src/base/errors.ts';
import { service } from '../../oauth/support/service.ts';
import { tokens, workspaceId } from '../../oauth/support/tokens.ts';

/** A signed-in account with a valid session. */
export function account(changes: Partial<StoredAccount> = {}): StoredAccount {
  return {
    hash: 'hash',
    signInId: 'signInId',
    generation: 1,
    state: 'ready',
    keyId: 'key',
    id: `user-ada/${workspaceId}`,
    label: 'ada@example.com',
    service,
    identity: { userId: 'user-ada', workspaceId, email: 'ada@example.com', plan: 'plus' },
    tokens,
    ...changes,
  };
}

/** An account store with one account, which it refreshes by returning the next of these. */
export class OneAccount {
  readonly calls: { correlationId: string; refused?: TokenSetId }[] = [];
  /** The profile updates of the account. */
  readonly profileUpdates: ProfileUpdate[] = [];
  readonly #generations: (StoredAccount | AppError)[];

  constructor(...generations: (StoredAccount | AppError)[]) {
    this.#generations = generations;
  }

  updateProfile(_account: StoredAccount, naming: ProfileUpdate): Promise<void> {
    this.profileUpdates.push(naming);
    return Promise.resolve();
  }

  credential(_hash: string, options: { correlationId: string; refused?: TokenSetId }): Promise<StoredAccount> {
    this.calls.push(options);
    const [current] = this.#generations;
    if (current instanceof AppError) return Promise.reject(current);
    if (current && isSameTokenSet(current, options.refused)) this.#generations.shift();
    const [next] = this.#generations;
    return next === undefined || next instanceof AppError ? Promise.reject(next ?? new AppError('signedOut')) : Promise.resolve(next);
  }
}
