import { authentication, Disposable, window } from 'vscode';
import type { Core } from '../../core.ts';
import { registerCommands } from '../../shell/commands.ts';
import { commonTexts } from '../../shell/commonTexts.ts';
import { newCorrelationId } from '../../shell/correlationId.ts';
import { billingTexts } from '../../shell/billingTexts.ts';
import { ignoreShownError } from '../../shell/showError.ts';
import { DiskReserve } from '../../storage/diskReserve.ts';
import type { SignInMethod } from '../../oauth/flows.ts';
import { chatGptProviderId } from '../account.ts';
import { AccountStore } from '../store/accountStore.ts';
import type { AccountDiagnostics } from '../store/signedInAccounts.ts';
import { SignedInAccounts } from '../store/signedInAccounts.ts';
import { AccountsMenuEntry } from './accountsMenuEntry.ts';
import type { MenuItem } from './menuSection.ts';
import { SessionProvider, sessionScopes } from './provider.ts';
import { SessionExpiredNotice } from './sessionExpiredNotice.ts';
import { SignIn } from './signIn/signIn.ts';
import { texts as signInTexts } from './signIn/texts.ts';
import { SignOut } from './signOut.ts';
import { texts } from './texts.ts';

export interface AccountsRoom {
  readonly dispose: () => void;
  readonly diagnostics: () => Promise<readonly AccountDiagnostics[]>;
  /** The window closes: a refresh that is under way gets what time there is to store its tokens. */
  readonly close: () => Promise<void>;
}

/** Signing in and out of ChatGPT: the source, VS Code's provider, the account menu and its commands. */
export function register(core: Core): AccountsRoom {
  const { accounts, activity, clock, http, log, locks, vault, vaultCache, sealKeys, statusBarAccount, context, originator } = core;
  const store = new AccountStore({
    ...{ vault, locks, http, clock, log },
    keys: sealKeys,
    cache: vaultCache,
    reserve: new DiskReserve(core.folder),
    random: Math.random,
  });
  const source = new SignedInAccounts(store, { clock, log });
  const signIn = new SignIn({ store, source, sealKeys, http, clock, log, activity, originator, context });
  const signOut = new SignOut({ store, accounts, log, activity });
  const notice = new SessionExpiredNotice({ source, signIn });
  accounts.register(source, {
    signIn: id => signIn.run(id === undefined ? {} : { wanted: id }),
    signOut: account => signOut.run(account),
    confirmAndSignOut: account => signOut.confirmAndRun(account),
    disconnectAll: correlationId => store.disconnectAll({ correlationId }),
    showExpired: account => notice.show(account),
  });

  const provider = new SessionProvider({ id: chatGptProviderId, scopes: sessionScopes, accounts, log });
  const menuEntry = new AccountsMenuEntry({ accounts, log });
  core.menuSections.push({
    items: async () => {
      const { accountRows } = await import('./menuSection.ts');
      return accountRows({ accounts, statusBarAccount, source: source.id, providerId: chatGptProviderId });
    },
    additions: async () => [signInItem((await accounts.list(chatGptProviderId)).length > 0, signIn)],
  });
  const menu = async () => {
    const { AccountMenu } = await import('./accountMenu.ts');
    return new AccountMenu({ accounts, sections: core.menuSections, signOut });
  };

  core.startUp.on('prepare', async () => {
    await store.prepare();
    core.storageWatch.start();
    core.storageWatch.onDidChange(() => void accounts.reload());
    accounts.onDidChange(() => void menuEntry.update());
  });
  core.startUp.on('show', () => void menuEntry.update());
  core.startUp.on('idle', () => warnOfUnreliableLocks(core));

  const room = Disposable.from(
    signIn,
    notice,
    provider,
    authentication.registerAuthenticationProvider(chatGptProviderId, commonTexts.itemName(), provider, { supportsMultipleAccounts: true }),
    registerCommands({
      signIn: () => signInByCommand(signIn),
      signInWithBrowser: () => signInByCommand(signIn, 'browser'),
      signInWithDeviceCode: () => signInByCommand(signIn, 'deviceCode'),
      signOut: () => menu().then(each => each.chooseAndSignOut()),
      signOutAll: () => menu().then(each => each.disconnectAll()),
      manageAccounts: () => menu().then(each => each.show()),
      // For other extensions, so in no manifest: docs/for-extension-authors.md.
      tokenRefused: async (sessionId, accessToken) => {
        if (typeof sessionId === 'string' && typeof accessToken === 'string')
          await accounts.reportRefused(sessionId, accessToken, newCorrelationId());
      },
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

function signInItem(isSignedIn: boolean, signIn: SignIn): MenuItem {
  return {
    label: `$(add) ${isSignedIn ? texts.addAccount() : texts.signIn()}`,
    description: billingTexts.plan(),
    run: () => signIn.run().catch(ignoreShownError),
  };
}

async function signInByCommand(signIn: SignIn, method?: SignInMethod): Promise<void> {
  try {
    const { label } = await signIn.run(method === undefined ? {} : { method });
    void window.showInformationMessage(signInTexts.signedInAs(label));
  } catch {
    // The sign-in panel has shown it.
  }
}

const lockWarning = 'lockWarningShown';

/** Once in the life of this installation: it is about the computer, and everything goes on working. */
async function warnOfUnreliableLocks({ locks, log, context }: Core): Promise<void> {
  if (!(await locks.areUnreliable())) return;
  log.warn('the folder is on a file system whose locks cannot be relied on');
  if (context.globalState.get(lockWarning) === true) return;
  await context.globalState.update(lockWarning, true);
  void window.showWarningMessage(signInTexts.networkDrive());
}
