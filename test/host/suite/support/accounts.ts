// Signing in and out in the window of the tests.
import { authentication, commands, ConfigurationTarget, window, workspace } from 'vscode';
import type { Tab } from 'vscode';
import { connectSimulator, type SessionEntry } from '../../../simulator/client.ts';
import { labelOf as labelAt } from '../../../simulator/labels.ts';
import { consumerId, type Consumer } from './consumer.ts';
import { until } from './until.ts';

export const providerId = 'chatgpt-sign-in';
export const extensionId = 'unofficial.chatgpt-sign-in';

/** The scopes of the consumer, which differ from ours, so that its entry in the Accounts menu stays. */
export const scopes = ['email', 'openid'];

export const simulator = connectSimulator(process.env['SIMULATOR'] ?? '');

/** The label of a simulated account, in its first workspace or the named one. */
export function labelOf(account: string, workspace?: string): string {
  return labelAt(simulator.issuer, account, workspace);
}

/** Signs all accounts out, here and at the service, and resets the simulator. */
export async function startAfresh(): Promise<void> {
  await simulator.reset();
  for (const { label } of await authentication.getAccounts(providerId)) await signOut(label);
  await window.tabGroups.close(panelTabs());
  await until('everybody signed out', async () => (await authentication.getAccounts(providerId)).length === 0);
  await commands.executeCommand('notifications.clearAll');
  for (const { account, workspace } of await simulator.sessions()) await simulator.endSession(account, workspace);
  await simulator.reset();
}

/** Runs our own command and approves the sign-in at once. A failure does not throw, because the command shows it. */
export async function trySignIn(account: string, workspace?: string): Promise<void> {
  await simulator.set({ autoApprove: { account, ...(workspace === undefined ? {} : { workspace }) } });
  await commands.executeCommand('chatgptSignIn.signIn');
}

export async function signIn(account: string, workspace?: string): Promise<void> {
  const { code } = await simulator.counts();
  await trySignIn(account, workspace);
  if ((await simulator.counts()).code === code) throw new Error('The sign-in got nowhere. Are both ports busy (1455 and 1457)?');
}

/** The tabs of the sign-in panel in this window. */
export function panelTabs(): Tab[] {
  return window.tabGroups.all.flatMap(({ tabs }) => tabs).filter(({ label }) => label === 'Sign in to ChatGPT');
}

/** Writes user settings, and removes those that are undefined; returns a function that restores them. */
export async function configure(settings: Record<string, string | undefined>): Promise<() => Promise<void>> {
  const configuration = workspace.getConfiguration('chatgptSignIn');
  const before = Object.keys(settings).map(name => [name, configuration.inspect<string>(name)?.globalValue] as const);
  const write = async (values: Iterable<readonly [string, string | undefined]>) => {
    for (const [name, value] of values) await configuration.update(name, value, ConfigurationTarget.Global);
  };
  await write(Object.entries(settings));
  return () => write(before);
}

/** Runs an action that shows a device code, and approves the code as this account. */
export async function withCodeOf(account: string, act: () => PromiseLike<unknown>, page?: string): Promise<void> {
  await simulator.set({ deviceInterval: 1 });
  const before = new Set(await userCodes());
  const done = Promise.resolve(act());
  const code = await until('a device code', async () => (await userCodes()).find(each => !before.has(each)));
  await simulator.approveDevice(code, { account, ...(page === undefined ? {} : { page }) });
  await done;
}

/** The codes of device sign-ins, as the panel shows them. */
export async function userCodes(): Promise<string[]> {
  return (await simulator.secrets()).filter(({ kind, value }) => kind === 'user_code' && value.includes('-')).map(({ value }) => value);
}

/** Signs out in the Accounts menu, whose confirmation VS Code gives by itself during tests. */
export async function signOut(label: string): Promise<void> {
  await commands.executeCommand('_signOutOfAccount', { providerId, accountLabel: label });
}

/** Signs in from the consumer's entry in the Accounts menu. */
export async function signInForConsumer(consumer: Consumer, account: string): Promise<void> {
  await simulator.set({ autoApprove: account });
  await selectEntry(consumer);
}

/** Selects the entry "Sign in with ChatGPT to use Consumer" of the Accounts menu, which also grants access. */
export async function selectEntry(consumer: Consumer): Promise<void> {
  await commands.executeCommand((await consumerEntry()) ?? (await requestEntry(consumer)));
}

async function consumerEntry(): Promise<string | undefined> {
  return (await commands.getCommands()).find(id => id.startsWith(`${providerId}:${consumerId}:signIn`));
}

/** The entry appears when the consumer requests a session without accounts. */
async function requestEntry(consumer: Consumer): Promise<string> {
  await consumer.getSession(scopes, {});
  return await until("the consumer's entry in the Accounts menu", consumerEntry);
}

/** The live sessions of an account at the service. */
export async function liveSessions(account: string): Promise<SessionEntry[]> {
  return (await simulator.sessions()).filter(session => session.account === account);
}

/** The lifetime in seconds: the token is refreshed after half of it, and its successor lives long. */
const shortLife = 4;

export async function nextTokenIsShort(seconds = shortLife): Promise<void> {
  await simulator.mutate({ on: 'code', set: { expires_in: seconds } });
}

/** Waits until a short-lived token issued before that time is due for a refresh. It stays valid for as long again. */
export async function untilDue(issuedBefore: number, seconds = shortLife): Promise<void> {
  await until('half the life of the token', () => Date.now() >= issuedBefore + (seconds / 2) * 1000);
}

/** Waits until a short-lived token issued before that time has expired. */
export async function untilExpired(issuedBefore: number, seconds = shortLife): Promise<void> {
  await until('the end of the token', () => Date.now() >= issuedBefore + seconds * 1000);
}
