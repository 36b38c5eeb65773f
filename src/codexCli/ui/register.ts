import { Disposable, workspace } from 'vscode';
import { chatGptProviderId } from '../../accounts/account.ts';
import type { Core } from '../../core.ts';
import { ignoreShownError, registerCommands } from '../../shell/commands.ts';
import { Lazy } from '../../shell/lazy.ts';
import { settingsSection } from '../../shell/settings.ts';
import { CodexSource } from '../codexSource.ts';
import { consentFile } from '../consent.ts';

/** The Codex CLI's sign-in as a source, once the person consents; everything else of it is loaded when it is first used. */
export function register(core: Core): Disposable {
  const { accounts, clock, log, locks, folder, originator, context, activity, statusBarAccount, menuSections, startUp } = core;
  const consent = consentFile(folder);
  const codexCli = new Lazy(async () => {
    const { CodexCli } = await import('./codexCli.ts');
    return new CodexCli({ consent, locks, clock, log, originator, context });
  });
  const signIn = new Lazy(async () => {
    const [{ CodexSignIn }, { cliService }, { server }] = await Promise.all([
      import('./codexSignIn.ts'),
      import('./cliService.ts'),
      codexCli.get(),
    ]);
    return new CodexSignIn({ server, service: () => cliService(originator), clock, log, activity, context });
  });
  const load = async () => ({ accounts: (await codexCli.get()).accounts, convert: await import('../codexAccount.ts') });
  const source = new CodexSource({ consent, load, clock, log });
  const commands = async () => {
    const { CodexCliCommands } = await import('./codexCliCommands.ts');
    return new CodexCliCommands({
      accounts: await source.codexAccounts(),
      registry: accounts,
      signIn: () => signIn.get(),
      log,
      originator,
      context,
    });
  };
  accounts.register(source, {
    signIn: async () => (await commands()).connect(),
    signOut: async account => (await commands()).disconnect(account),
    confirmAndSignOut: async account => (await commands()).confirmAndDisconnect(account),
    disconnectAll: async () => {
      if (!consent.hasConsent()) return { revoked: 0, unrevoked: 0 };
      return (await commands()).disconnectWithAll();
    },
  });
  menuSections.push(async () => {
    const { codexCliSection } = await import('./menuSection.ts');
    return codexCliSection({ accounts, statusBarAccount, source: source.id, providerId: chatGptProviderId }, commands);
  });
  const offer = async () => {
    const { offerCodexCli } = await import('./codexLookup.ts');
    await offerCodexCli();
    if (consent.hasConsent()) await (await commands()).warnAboutPermissionsOnce();
  };
  startUp.on('idle', offer);
  return Disposable.from(
    codexCli,
    signIn,
    workspace.onDidChangeConfiguration(change => {
      if (change.affectsConfiguration(`${settingsSection}.codexPath`)) void offer();
    }),
    registerCommands({
      useCodexCli: async () => (await commands()).connect().catch(ignoreShownError),
      signInCodexCli: async () => (await commands()).signInCli().catch(ignoreShownError),
    }),
  );
}
