import type { AccountRowsOptions } from '../../accounts/ui/menuSection.ts';
import type { MenuSection } from '../../accounts/ui/menu.ts';
import { accountRows } from '../../accounts/ui/menuSection.ts';
import { billingTexts } from '../../shell/billingTexts.ts';
import { ignoreShownError } from '../../shell/commands.ts';
import type { CodexCliCommands } from './codexCliCommands.ts';
import { isCodexHere } from './codexLookup.ts';
import { texts } from './texts.ts';

/** The CLI's account among the others, and the action that connects it where there is a CLI. */
export function codexCliSection(options: AccountRowsOptions, commands: () => Promise<CodexCliCommands>): MenuSection {
  const signOutCli = {
    label: `$(terminal) ${texts.signOutCli()}`,
    run: async () => (await commands()).confirmAndSignOutCli().catch(ignoreShownError),
  };
  return {
    items: () => accountRows({ ...options, origin: texts.via(), actions: [signOutCli] }),
    additions: async () => {
      const accounts = await options.accounts.list(options.providerId);
      if (accounts.some(({ source }) => source === options.source) || !isCodexHere()) return [];
      const run = async () => (await commands()).connect().catch(ignoreShownError);
      return [{ label: `$(terminal) ${texts.use()}`, description: billingTexts.plan(), run }];
    },
  };
}
