import type { ExtensionContext } from 'vscode';
import { window } from 'vscode';
import { Accounts } from './accounts/accounts.ts';
import { SignInActivity } from './accounts/ui/activity.ts';
import { register as registerAccounts } from './accounts/ui/register.ts';
import { MementoSealKeyHistory } from './accounts/ui/sealKeyHistory.ts';
import { StatusBarAccount } from './accounts/ui/statusBarAccount.ts';
import type { Exports } from './api/ui/types.ts';
import { exportsOf } from './api/ui/exportedApi.ts';
import { register as registerApiKeys } from './apiKeys/ui/register.ts';
import { systemClock as clock } from './base/clock.ts';
import { Http } from './base/http.ts';
import { register as registerCodexCli } from './codexCli/ui/register.ts';
import type { Core } from './core.ts';
import { register as registerDiagnosis } from './diagnosis/ui/register.ts';
import { register as registerModels } from './models/ui/register.ts';
import { names } from './shell/nameTexts.ts';
import { Failures } from './shell/failures.ts';
import { OutputLog } from './shell/outputLog.ts';
import { register as registerShell } from './shell/register.ts';
import { StartUp } from './shell/startUp.ts';
import { StorageWatch } from './shell/storageWatch.ts';
import { ProcessLocks } from './storage/processLock.ts';
import { register as registerUsage } from './usage/ui/register.ts';
import { SealKeys } from './vault/sealKeys.ts';
import { Vault } from './vault/vault.ts';
import { VaultCache } from './vault/vaultCache.ts';

let close: () => Promise<void> = () => Promise.resolve();

/** Builds what all rooms share and lets each register itself. Providers are registered before anything is awaited: callers wait for them. */
export function activate(context: ExtensionContext): Exports {
  const core = createCore(context);
  // In this order: new ChatGPT sign-ins go to the first source, and disconnecting ends with it, since it deletes the keys of all.
  const accounts = registerAccounts(core);
  const apiKeys = registerApiKeys(core);
  const codexCli = registerCodexCli(core);
  const usage = registerUsage(core);
  const models = registerModels(core, usage);
  const diagnosis = registerDiagnosis(core, { accounts: accounts.diagnostics, apiKeys: apiKeys.list, usageOf: usage.stateOf });
  close = accounts.close;
  context.subscriptions.push(core.channel, core.storageWatch, registerShell(core), accounts, apiKeys, codexCli, usage, models, diagnosis);
  context.subscriptions.push(core.startUp.begin());
  return exportsOf({ core, usage, models });
}

/** VS Code waits a moment for this: a running refresh can still store its tokens. */
export async function deactivate(): Promise<void> {
  await close();
}

function createCore(context: ExtensionContext): Core {
  const channel = window.createOutputChannel(names.product, { log: true });
  const failures = new Failures(clock);
  const log = new OutputLog(channel, failures);
  const { version } = context.extension.packageJSON as { version: string };
  const originator = `chatgpt-sign-in/${version}`;
  // Read at each call: VS Code may install its `fetch`, which knows proxies and company certificates, after we activate.
  const http = new Http({ fetch: (url, init) => globalThis.fetch(url, init), clock, log, agent: originator });
  const folder = context.globalStorageUri.fsPath;
  const random = Math.random;
  const locks = new ProcessLocks({ folder, clock, random });
  const vault = new Vault({ folder, clock, log, random, locks });
  const sealKeys = new SealKeys({ secrets: context.secrets, history: new MementoSealKeyHistory(context.globalState), vault, clock, log });
  return {
    ...{ clock, log, channel, http, folder, originator, context, failures, locks, vault, sealKeys },
    vaultCache: new VaultCache({ vault, keys: sealKeys, clock, http, log }),
    accounts: new Accounts(log, clock),
    activity: new SignInActivity(),
    statusBarAccount: new StatusBarAccount(context.globalState),
    menuSections: [],
    startUp: new StartUp({ clock, log }),
    storageWatch: new StorageWatch({ folder, secrets: context.secrets, clock, log }),
  };
}
