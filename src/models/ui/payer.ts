/** Whose plan pays: the account that the person chose for models, and never another one in its place. */
import { chatGptProviderId } from '../../accounts/account.ts';
import type { Accounts } from '../../accounts/accounts.ts';
import type { CatalogueOwner } from '../catalogueStore.ts';
import { ModelError } from '../modelError.ts';
import { routeOf } from '../route.ts';
import type { ModelSettings } from './settings.ts';

/**
 * Which account models are switched on for: the chosen one where it is signed in, and the only one where none was ever chosen. Another one
 * never takes the place of the chosen one by itself.
 * @returns `undefined` where the person has to say
 */
export function accountToUse<T extends { readonly id: string }>(all: readonly T[], wanted: string | undefined): T | undefined {
  if (wanted !== undefined) return all.find(({ id }) => id === wanted);
  return all.length === 1 ? all[0] : undefined;
}

export class Payers {
  readonly #accounts: Pick<Accounts, 'list'>;

  readonly #settings: () => ModelSettings;

  constructor(accounts: Pick<Accounts, 'list'>, settings: () => ModelSettings) {
    this.#accounts = accounts;
    this.#settings = settings;
  }

  /** Every account whose plan has models. */
  async all(): Promise<readonly CatalogueOwner[]> {
    return (await this.#accounts.list(chatGptProviderId)).flatMap(account => {
      const route = routeOf(account);
      return route ? [{ account, route }] : [];
    });
  }

  /** The account that the person chose; the only one there is where none was chosen. @throws ModelError `signedOut`, `notChosen` */
  async chosen(): Promise<CatalogueOwner> {
    const all = await this.all();
    const { account: wanted } = this.#settings();
    const [payer, other] = wanted === undefined ? all : all.filter(({ account }) => account.id === wanted);
    if (!payer || payer.account.isExpired) throw new ModelError('signedOut');
    if (other) throw new ModelError('notChosen');
    return payer;
  }

  /** The same, or nobody. */
  async find(): Promise<CatalogueOwner | undefined> {
    return this.chosen().catch(() => undefined);
  }
}
