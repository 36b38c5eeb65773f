import { authentication, Disposable } from 'vscode';
import { SessionProvider } from '../../accounts/ui/sessionProvider.ts';
import type { Core } from '../../core.ts';
import { ignoreShownError, registerCommands } from '../../shell/commands.ts';
import { names } from '../../shell/nameTexts.ts';
import type { AccountInfo } from '../../accounts/account.ts';
import type { ApiKey } from '../apiKey.ts';
import { ApiKeys } from '../apiKeys.ts';
import { ApiKeySource } from '../apiKeySource.ts';

export interface ApiKeysRoom {
  readonly dispose: () => void;
  readonly list: () => Promise<readonly ApiKey[]>;
}

/** API keys, billed per token: a source, a provider and commands. */
export function register({ accounts, vault, vaultCache: cache, sealKeys, http, clock, log, menuSections }: Core): ApiKeysRoom {
  const keys = new ApiKeys({ vault, keys: sealKeys, cache, clock });
  // Loaded when a person uses them.
  const commands = async () => new (await import('./apiKeyCommands.ts')).ApiKeyCommands({ keys, sealKeys, http, log });
  const source = new ApiKeySource(keys, async key => (await commands()).checkQuietly(key));
  const keyOf = async ({ id }: Pick<AccountInfo, 'id'>) => (await keys.list()).find(key => key.id === id);
  /** A key that is gone needs no action. */
  const withKey = async (account: AccountInfo, act: (key: ApiKey) => Promise<void>) => {
    const key = await keyOf(account);
    if (key) await act(key);
  };
  accounts.register(source, {
    signIn: async ({ wanted: id }) => {
      const known = id === undefined ? undefined : await keyOf({ id });
      return source.infoOf(await (known ? (await commands()).replace(known) : (await commands()).add()));
    },
    signOut: account => withKey(account, async key => (await commands()).remove(key)),
    confirmAndSignOut: account => withKey(account, async key => (await commands()).confirmAndRemove(key)),
    disconnectAll: async () => {
      for (const key of await keys.list()) await keys.remove(key);
      // A key has no session that could be revoked from here.
      return { revoked: 0, unrevoked: 0 };
    },
  });
  menuSections.push(async () => {
    const { apiKeysSection } = await import('./menuSection.ts');
    return apiKeysSection(keys, await commands());
  });
  const provider = new SessionProvider({ id: source.providerId, scopes: [], accounts, log });
  const room = Disposable.from(
    provider,
    authentication.registerAuthenticationProvider(source.providerId, names.apiKeyProvider, provider, {
      supportsMultipleAccounts: true,
    }),
    registerCommands({
      addApiKey: async () => (await commands()).add().catch(ignoreShownError),
      removeApiKey: async () => (await commands()).chooseAndRemove().catch(ignoreShownError),
    }),
  );
  return {
    list: () => keys.list(),
    dispose: () => {
      room.dispose();
    },
  };
}
