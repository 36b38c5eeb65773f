import type { Accounts } from '../accounts.ts';

/** What other extensions learn here besides what VS Code tells them of an account; docs/for-extension-authors.md describes it. No token. */
export interface ExportedApi {
  /**
   * Where the access token of this account is presented, without a trailing slash: the back end of ChatGPT, or the API of a key.
   * `undefined` where no such account is signed in, or where that is not known.
   */
  readonly backendUrl: (accountId: string) => Promise<string | undefined>;
}

/** What `extensions.getExtension(…).exports` is. */
export interface Exports {
  /** @throws RangeError for a version that this version of the extension does not have */
  readonly api: (version: 1) => ExportedApi;
}

export function exportsOf(accounts: Pick<Accounts, 'all'>): Exports {
  const api: ExportedApi = Object.freeze({
    backendUrl: async (accountId: string) => (await accounts.all()).find(({ id }) => id === accountId)?.backendUrl,
  });
  return Object.freeze({
    api: (version: number) => {
      if (version !== 1) throw new RangeError(`There is no version ${String(version)} of this API.`);
      return api;
    },
  });
}
