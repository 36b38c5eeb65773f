/** What the members of the exported API do. */
import { commands } from 'vscode';
import type { AccountInfo } from '../../accounts/account.ts';
import { chatGptProviderId } from '../../accounts/account.ts';
import { planName } from '../../accounts/planName.ts';
import { defined } from '../../base/defined.ts';
import { readName } from '../../base/plainText.ts';
import { Payers } from '../../models/ui/payer.ts';
import { modelSettings } from '../../models/ui/settings.ts';
import type { ModelsStatus } from '../../models/ui/status.ts';
import { settingsSection } from '../../shell/settings.ts';
import type { UsageWindow } from '../../usage/snapshot.ts';
import type { Account, ApiParts, LimitWindow, UsageReading } from './types.ts';

const longestReason = 300;

export function membersOf({ core, usage, models }: ApiParts, settings = modelSettings) {
  const payers = new Payers(core.accounts, settings);
  const find = async (id: string) => (await core.accounts.all()).find(account => account.id === id);
  return {
    backendUrl: async (id: string) => (await find(id))?.backendUrl,
    accounts: async (): Promise<readonly Account[]> => {
      const payer = (await payers.find())?.account;
      return (await core.accounts.list(chatGptProviderId)).map(account => describe(account, payer));
    },
    usage: async (id: string): Promise<UsageReading | undefined> => {
      const account = await find(id);
      const snapshot = account && usage.stateOf(account)?.view?.snapshot;
      return snapshot && { windows: snapshot.windows.map(window => describeWindow(window, snapshot.fetchedAt)) };
    },
    modelsStatus: async (): Promise<ModelsStatus> => (settings().isEnabled ? (await models.running()).status() : { state: 'off' }),
    /** Opens the question only: what the person allows is kept under what VS Code says of who asks. */
    requestModels: async (reason: unknown): Promise<boolean> => {
      if (settings().isEnabled && (await payers.find())) return true;
      return (await models.running()).commands.request(readName(reason, longestReason));
    },
    openUsage: async (id: unknown): Promise<void> => {
      await commands.executeCommand(`${settingsSection}.showUsage`, ...(typeof id === 'string' ? [id] : []));
    },
    openManageAccounts: async (): Promise<void> => {
      await commands.executeCommand(`${settingsSection}.manageAccounts`);
    },
  };
}

function describe(account: AccountInfo, payer: AccountInfo | undefined): Account {
  const { source, id, label, identity, isExpired, capabilities } = account;
  const service = source === 'codexCli' ? 'codex-cli' : capabilities.models ? 'codex' : 'other';
  return {
    ...{ id, label, service, isExpired },
    whoPays: capabilities.usage ? 'plan' : 'unknown',
    isForModels: account.hash === payer?.hash && account.source === payer.source,
    ...defined({ plan: planName(identity.plan) }),
  };
}

function describeWindow({ lengthSeconds, used, resetAt }: UsageWindow, readAt: number): LimitWindow {
  return {
    usedPercent: used,
    readAt,
    ...defined({ minutes: lengthSeconds === undefined ? undefined : Math.round(lengthSeconds / 60), resetsAt: resetAt }),
  };
}
