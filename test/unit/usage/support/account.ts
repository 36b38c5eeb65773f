import type { AccountInfo, Credential, CredentialOptions, ProfileUpdate, TokenSetId } from '../../../../src/accounts/account.ts';
import { isSameTokenSet } from '../../../../src/accounts/account.ts';
import { AppError } from '../../../../src/base/errors.ts';
import { capabilitiesOf } from '../../../../src/oauth/services/capabilities.ts';
import { service } from '../../oauth/support/service.ts';
import { tokens, workspaceId } from '../../oauth/support/tokens.ts';

/** An account with the token that its source gives out. */
export interface TestAccount extends AccountInfo, TokenSetId {
  readonly accessToken: string;
}

/** An account that is signed-in account with a valid session. */
export function account(changes: Partial<TestAccount> = {}): TestAccount {
  return {
    source: 'chatgpt',
    hash: 'hash',
    signInId: 'signInId',
    generation: 1,
    isExpired: false,
    id: `user-ada/${workspaceId}`,
    label: 'ada@example.com',
    host: new URL(service.issuer).host,
    capabilities: capabilitiesOf(service),
    identity: { userId: 'user-ada', workspaceId, email: 'ada@example.com', plan: 'plus' },
    accessToken: tokens.accessToken,
    ...changes,
  };
}

export function tokenSetIdOf({ signInId, generation }: TokenSetId): TokenSetId {
  return { signInId, generation };
}

export function credentialOf(of: TestAccount): Credential {
  return { account: of, accessToken: of.accessToken, tokenSetId: tokenSetIdOf(of) };
}

/** A registry with one account, which it can be refreshed as by returning the next of these. */
export class OneAccount {
  readonly calls: CredentialOptions[] = [];
  /** The profile updates of the account. */
  readonly profileUpdates: ProfileUpdate[] = [];
  readonly #generations: (TestAccount | AppError)[];

  constructor(...generations: (TestAccount | AppError)[]) {
    this.#generations = generations;
  }

  updateProfile(_account: unknown, update: ProfileUpdate): Promise<void> {
    this.profileUpdates.push(update);
    return Promise.resolve();
  }

  credential(_account: unknown, options: CredentialOptions): Promise<Credential> {
    this.calls.push(options);
    const [current] = this.#generations;
    if (current instanceof AppError) return Promise.reject(current);
    if (current && isSameTokenSet(current, options.refused)) this.#generations.shift();
    const [next] = this.#generations;
    if (next === undefined || next instanceof AppError) return Promise.reject(next ?? new AppError('signedOut'));
    return Promise.resolve(credentialOf(next));
  }
}
