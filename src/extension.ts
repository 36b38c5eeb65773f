import type { ExtensionContext } from 'vscode';
import { authentication, window } from 'vscode';
import { Accounts } from './accounts/accounts.ts';
import { consentFile } from './codexCli/consent.ts';
import { AccountStore } from './accounts/store/accountStore.ts';
import { SealKeys } from './vault/sealKeys.ts';
import { ProcessLocks } from './storage/processLock.ts';
import { DiskReserve } from './storage/diskReserve.ts';
import { Vault } from './vault/vault.ts';
import { Failures } from './shell/failures.ts';
import { systemClock as clock } from './base/clock.ts';
import { Http } from './base/http.ts';
import { UsageService } from './usage/polling/usageService.ts';
import { UsageStore } from './usage/polling/usageStore.ts';
import { SignInActivity } from './accounts/ui/activity.ts';
import { ApiKeyAuthenticationProvider, apiKeyProviderId } from './apiKeys/ui/provider.ts';
import { StatusBarAccount } from './accounts/ui/statusBarAccount.ts';
import { registerCommands } from './commands.ts';
import { AccountsMenuEntry } from './accounts/ui/accountsMenuEntry.ts';
import { newCorrelationId } from './shell/correlationId.ts';
import { OutputLog } from './shell/outputLog.ts';
import { MementoSealKeyHistory } from './accounts/ui/sealKeyHistory.ts';
import { Lazy } from './shell/lazy.ts';
import { ChatGptAuthenticationProvider, providerId } from './accounts/ui/provider.ts';
import { SessionExpiredNotice } from './accounts/ui/sessionExpiredNotice.ts';
import { codexCliService } from './shell/settings.ts';
import { SignIn } from './accounts/ui/signIn/signIn.ts';
import { SignOut } from './accounts/ui/signOut.ts';
import { startUp } from './startUp.ts';
import { StatusBar } from './usage/ui/statusBar/statusBar.ts';
import { commonTexts } from './shell/commonTexts.ts';
import { UsageNotifications } from './usage/ui/notifications.ts';
import { restoreUsagePanel } from './usage/ui/panel/restore.ts';
import { usageSettings } from './usage/ui/settings.ts';

let close: () => Promise<void> = () => Promise.resolve();

/** Builds every part and wires it. The providers are registered before anything is awaited: callers wait for them. */
export function activate(context: ExtensionContext): void {
  const channel = window.createOutputChannel(commonTexts.channel(), { log: true });
  const failures = new Failures(clock);
  const log = new OutputLog(channel, failures);
  const { version } = context.extension.packageJSON as { version: string };
  const originator = `chatgpt-sign-in/${version}`;
  // Looked up at each call: VS Code's own `fetch` knows proxies and company certificates, and may come later than we do.
  const http = new Http({ fetch: (url, init) => globalThis.fetch(url, init), clock, log, agent: originator });

  const folder = context.globalStorageUri.fsPath;
  const random = Math.random;
  const locks = new ProcessLocks({ folder, clock, random });
  const vault = new Vault({ folder, clock, log, random, locks });
  const history = new MementoSealKeyHistory(context.globalState);
  const keys = new SealKeys({ secrets: context.secrets, history, vault, clock, log });
  const custody = new AccountStore({ vault, keys, locks, reserve: new DiskReserve(folder), http, clock, random, log });
  const store = new UsageStore({ folder, clock, log, random });
  const consent = consentFile(folder);
  const codexCli = new Lazy(async () => {
    const { CodexCli } = await import('./codexCli/ui/codexCli.ts');
    return new CodexCli({ consent, locks, clock, log, originator, context });
  });
  const accounts = new Accounts(custody, { consent, load: () => codexCli.get().then(cli => cli.accounts) });
  const usageService = new UsageService({
    accounts,
    store,
    locks,
    http,
    clock,
    log,
    random,
    newCorrelationId,
    alertRules: () => usageSettings().alerts,
  });
  close = () => custody.close();

  const activity = new SignInActivity();
  const signIn = new SignIn({ custody, http, clock, log, activity, originator, context });
  const codexSignIn = new Lazy(async () => {
    const [{ CodexSignIn }, { server }] = await Promise.all([import('./codexCli/ui/codexSignIn.ts'), codexCli.get()]);
    return new CodexSignIn({ server, service: () => codexCliService(originator), clock, log, activity, context });
  });
  const codexDialogue = async () => {
    const { CodexCliCommands } = await import('./codexCli/ui/codexCliCommands.ts');
    return new CodexCliCommands({ borrowed: await accounts.codexAccounts(), signIn: () => codexSignIn.get(), log, originator, context });
  };
  const signOut = new SignOut({ custody, accounts, codexCli: codexDialogue, store, log, activity });
  const provider = new ChatGptAuthenticationProvider({
    accounts,
    signIn,
    signOut,
    codexCli: codexDialogue,
    usageService: usageService,
    clock,
    log,
  });
  const keyDialogue = async () => new (await import('./apiKeys/ui/apiKeyCommands.ts')).ApiKeyCommands({ custody, http, log });
  const keyProvider = new ApiKeyAuthenticationProvider({ apiKeys: custody.apiKeys, dialogue: keyDialogue });
  const choice = new StatusBarAccount(context.globalState);
  const statusBar = new StatusBar({ accounts, usageService: usageService, activity, clock, log, choice });
  const notice = new SessionExpiredNotice({ custody, signIn });
  const panel = new Lazy(async () => {
    const { UsagePanel } = await import('./usage/ui/panel/usagePanel.ts');
    return new UsagePanel({ accounts, usageService: usageService, signIn, clock, log, choice, context });
  });
  const menu = async () => {
    const { AccountMenu } = await import('./accounts/ui/accountMenu.ts');
    return new AccountMenu({
      accounts,
      apiKeys: custody.apiKeys,
      codexCli: codexDialogue,
      signIn,
      signOut,
      choice,
      keyDialogue: await keyDialogue(),
    });
  };
  const offerCodexCli = async () => {
    const { offerCodexCli } = await import('./codexCli/ui/codexLookup.ts');
    await offerCodexCli();
    if (consent.hasConsent()) await (await codexDialogue()).warnAboutPermissionsOnce();
  };
  const door = new AccountsMenuEntry({ accounts, log });

  context.subscriptions.push(
    channel,
    signIn,
    statusBar,
    panel,
    codexCli,
    codexSignIn,
    restoreUsagePanel(panel),
    provider,
    authentication.registerAuthenticationProvider(providerId, commonTexts.itemName(), provider, { supportsMultipleAccounts: true }),
    keyProvider,
    authentication.registerAuthenticationProvider(apiKeyProviderId, commonTexts.apiKeyProvider(), keyProvider, {
      supportsMultipleAccounts: true,
    }),
    registerCommands({
      ...{
        signIn,
        provider,
        keyProvider,
        menu,
        keyDialogue,
        codexCli: codexDialogue,
        channel,
        statusBar,
        usageService: usageService,
        panel,
        notice,
        clock,
        log,
      },
      ...{ custody, vault, locks, keys, folder, failures, originator, context },
    }),
    startUp({ custody, accounts, usageService: usageService, statusBar, door, offerCodexCli, folder, clock, log, context }),
    notice,
    new UsageNotifications({ usageService: usageService, clock }),
  );
}

/** A refresh that is under way gets what time there is to store what it got. */
export async function deactivate(): Promise<void> {
  await close();
}
