import { allowedWorkspaces } from '../../shell/settings.ts';
import { authentication, Disposable } from 'vscode';
import type { Core } from '../../core.ts';
import { registerCommands } from '../../shell/commands.ts';
import { names } from '../../shell/nameTexts.ts';
import { newCorrelationId } from '../../shell/correlationId.ts';
import { DiskReserve } from '../../storage/diskReserve.ts';
import type { SignInMethod } from '../../oauth/flows.ts';
import { chatGptProviderId } from '../account.ts';
import { Lazy } from '../../shell/lazy.ts';
import type { AccountInfo } from '../account.ts';
import type { RefusedTokenOutcome } from '../refusedToken.ts';
import { AccountStore } from '../store/accountStore.ts';
import type { AccountDiagnostics } from '../store/signedInAccounts.ts';
import { SignedInAccounts } from '../store/signedInAccounts.ts';
import { AccountsMenuEntry } from './accountsMenuEntry.ts';
import { SessionProvider, sessionScopes } from './sessionProvider.ts';

export interface AccountsRoom {
  readonly dispose: () => void;
  readonly diagnostics: () => Promise<readonly AccountDiagnostics[]>;
  /** Called when the window closes: a running refresh can still store its tokens. */
  readonly close: () => Promise<void>;
}

/** Signing in and out of ChatGPT: the source, VS Code's provider, the account menu and its commands. */
export function register(core: Core): AccountsRoom {
  const { accounts, activity, clock, http, log, locks, vault, vaultCache, sealKeys, statusBarAccount, context, originator } = core;
  const store: AccountStore = new AccountStore({
    ...{ vault, locks, http, clock, log },
    keys: sealKeys,
    cache: vaultCache,
    reserve: new DiskReserve(core.folder),
    otherAccounts: async () => (await accounts.list(chatGptProviderId)).filter(account => account.source !== source.id),
    onSignOutGivenUp: ({ label }) => {
      void import('./signOut.ts').then(({ warnUnfinishedSignOut }) => {
        warnUnfinishedSignOut(label);
      });
    },
    random: Math.random,
  });
  const source = new SignedInAccounts(store, { clock, log, allowedWorkspaces });
  const signIn = new Lazy(async () => {
    const { SignIn } = await import('./signIn/signIn.ts');
    return new SignIn({ source, sealKeys, http, clock, log, activity, originator, context });
  });
  const signOut = async () => new (await import('./signOut.ts')).SignOut({ store, source, accounts, log, activity });
  const notice = new Lazy(async () => new (await import('./sessionExpiredNotice.ts')).SessionExpiredNotice(accounts));
  const showExpired = async (account: AccountInfo) => (await notice.get()).show(account);
  accounts.register(source, {
    signIn: async wish => (await signIn.get()).run(wish),
    signOut: async account => (await signOut()).run(account),
    confirmAndSignOut: async account => (await signOut()).confirmAndRun(account),
    disconnectAll: async correlationId => (await signOut()).everyAccount(correlationId),
    showExpired,
  });

  const provider = new SessionProvider({ id: chatGptProviderId, scopes: sessionScopes, accounts, log });
  const menuEntry = new AccountsMenuEntry({ accounts, log });
  core.menuSections.push(async () => {
    const { accountsSection } = await import('./menuSection.ts');
    return accountsSection({ accounts, statusBarAccount, source: source.id, providerId: chatGptProviderId });
  });
  const menu = async () => {
    const { AccountMenu } = await import('./accountMenu.ts');
    return new AccountMenu({ accounts, sections: core.menuSections, signOut: await signOut() });
  };
  const signInByCommand = async (method?: SignInMethod) => {
    const { signInByCommand } = await import('./signIn/signIn.ts');
    await signInByCommand(await signIn.get(), method);
  };

  core.startUp.on('prepare', async () => {
    await store.prepare();
    core.storageWatch.start();
    core.storageWatch.onDidChange(() => void accounts.reload());
    accounts.onDidChange(() => void menuEntry.update());
  });
  core.startUp.on('show', () => void menuEntry.update());
  core.startUp.on('idle', async () => (await import('./unreliableLocksWarning.ts')).warnOfUnreliableLocks(core));

  const room = Disposable.from(
    signIn,
    notice,
    provider,
    new Disposable(source.onDidExpire(account => void showExpired(account))),
    new Disposable(vault.onDidLose(() => void import('./signInsLost.ts').then(({ showSignInsLost }) => showSignInsLost()))),
    authentication.registerAuthenticationProvider(chatGptProviderId, names.product, provider, { supportsMultipleAccounts: true }),
    registerCommands({
      signIn: () => signInByCommand(),
      signInWithBrowser: () => signInByCommand('browser'),
      signInWithDeviceCode: () => signInByCommand('deviceCode'),
      signOut: () => menu().then(each => each.chooseAndSignOut()),
      signOutAll: () => menu().then(each => each.disconnectAll()),
      manageAccounts: () => menu().then(each => each.show()),
      // For other extensions, so in no manifest: docs/for-extension-authors.md.
      tokenRefused: async (sessionId, accessToken): Promise<RefusedTokenOutcome> =>
        typeof sessionId === 'string' && typeof accessToken === 'string'
          ? accounts.reportRefused(sessionId, accessToken, newCorrelationId())
          : 'unchanged',
    }),
  );
  return {
    diagnostics: () => source.diagnostics(),
    close: () => store.close(),
    dispose: () => {
      room.dispose();
    },
  };
}
