import type { Account, Generation } from '../../../../src/accounts/account.ts';
import { isGeneration } from '../../../../src/accounts/account.ts';
import type { Naming } from '../../../../src/accounts/store/accountStore.ts';
import { SignInError } from '../../../../src/base/errors.ts';
import { service } from '../../oauth/support/service.ts';
import { tokens, workspaceId } from '../../oauth/support/tokens.ts';

/** An account that is signed in and can be used. */
export function account(changes: Partial<Account> = {}): Account {
  return {
    hash: 'hash',
    login: 'login',
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

/** Custody with one account, which it can refresh as often as there are further ones. */
export class OneAccount {
  readonly asked: { flowId: string; refused?: Generation }[] = [];
  /** What its account was said to be called. */
  readonly names: Naming[] = [];
  readonly #generations: (Account | SignInError)[];

  constructor(...generations: (Account | SignInError)[]) {
    this.#generations = generations;
  }

  rename(_account: Account, naming: Naming): Promise<void> {
    this.names.push(naming);
    return Promise.resolve();
  }

  usable(_hash: string, options: { flowId: string; refused?: Generation }): Promise<Account> {
    this.asked.push(options);
    const [current] = this.#generations;
    if (current instanceof SignInError) return Promise.reject(current);
    if (current && isGeneration(current, options.refused)) this.#generations.shift();
    const [next] = this.#generations;
    return next === undefined || next instanceof SignInError ? Promise.reject(next ?? new SignInError('signedOut')) : Promise.resolve(next);
  }
}
