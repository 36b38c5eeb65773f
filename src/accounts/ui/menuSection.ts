import type { QuickPickItem } from 'vscode';
import { billingTexts } from '../../shell/billingTexts.ts';
import { commonTexts } from '../../shell/commonTexts.ts';
import { ignoreShownError } from '../../shell/commands.ts';
import type { AccountInfo } from '../account.ts';
import type { Accounts } from '../accounts.ts';
import { planName } from '../planName.ts';
import type { StatusBarAccount } from './statusBarAccount.ts';
import type { MenuItem, MenuSection } from './menu.ts';
import { joined, pick } from './menu.ts';
import { serviceName } from './serviceName.ts';
import { texts } from './texts.ts';

export interface AccountRowsOptions {
  readonly accounts: Accounts;
  readonly statusBarAccount: StatusBarAccount;
  readonly source: string;
  readonly providerId: string;
  /** Where the account comes from, shown beside the label. */
  readonly origin?: string;
  /** Actions of this source, below those that every account has. */
  readonly actions?: readonly MenuItem[];
}

/** A row for each account of a source, which opens its actions. */
export async function accountRows(options: AccountRowsOptions): Promise<MenuItem[]> {
  const { accounts, statusBarAccount, source, providerId, origin } = options;
  const all = await accounts.list(providerId);
  const shown = all.length > 1 ? statusBarAccount.of(all) : undefined;
  return all
    .filter(account => account.source === source)
    .map(account => ({
      ...accountItem(account, { origin, isInStatusBar: account === shown }),
      run: () => pick(accountActions(account, account === shown || all.length < 2, options), account.label),
    }));
}

function accountActions(account: AccountInfo, isInStatusBar: boolean, options: AccountRowsOptions): MenuItem[] {
  const { accounts, statusBarAccount, actions = [] } = options;
  const { signIn, confirmAndSignOut } = accounts.actions(account);
  const items: (MenuItem | undefined)[] = [
    account.isExpired || account.isEnding
      ? { label: `$(key) ${commonTexts.signInAgain()}`, run: () => signIn({ wanted: account.id }).catch(ignoreShownError) }
      : undefined,
    isInStatusBar ? undefined : { label: `$(pulse) ${texts.showInStatusBar()}`, run: () => statusBarAccount.choose(account) },
    { label: `$(sign-out) ${texts.signOutAccount()}`, run: () => confirmAndSignOut(account).catch(ignoreShownError) },
    ...actions,
  ];
  return items.filter(item => item !== undefined);
}

/** Plan and workspace beside the label; state, billing and service below, where there is more room. */
export function accountItem(
  account: AccountInfo,
  { origin, isInStatusBar = false }: { origin?: string | undefined; isInStatusBar?: boolean } = {},
): QuickPickItem {
  const { label, identity, capabilities, host } = account;
  const { workspaceName } = identity;
  const about = [origin, planName(identity.plan), workspaceName === undefined ? undefined : texts.workspace(workspaceName)];
  const details = [
    whySignInAgain(account),
    isInStatusBar ? texts.inStatusBar() : undefined,
    capabilities.usage ? billingTexts.plan() : undefined,
    host,
  ];
  return { label: `$(account) ${label}`, description: joined(about), detail: joined(details) };
}

function whySignInAgain({ isExpired, isEnding, refusalCode, host }: AccountInfo): string | undefined {
  if (refusalCode !== undefined) return texts.refreshRefused(serviceName(host), refusalCode);
  if (isEnding) return texts.sessionEnding();
  return isExpired ? texts.sessionExpired() : undefined;
}

/** The accounts that are signed in here. */
export function accountsSection(options: AccountRowsOptions): MenuSection {
  const { accounts, providerId } = options;
  return {
    items: () => accountRows(options),
    additions: async () => {
      const isSignedIn = (await accounts.list(providerId)).length > 0;
      const label = `$(add) ${isSignedIn ? texts.addAccount() : texts.signIn()}`;
      return [{ label, description: billingTexts.plan(), run: () => accounts.signIn(providerId).catch(ignoreShownError) }];
    },
  };
}
