// Signing in and out as the tests do it, in the window that they run in.
import { authentication, commands, ConfigurationTarget, window, workspace } from 'vscode';
import type { Tab } from 'vscode';
import { connectSimulator, type SessionEntry } from '../../../simulator/client.ts';
import { consumerId, type Consumer } from './consumer.ts';
import { until } from './until.ts';

export const providerId = 'chatgpt-sign-in';
export const extensionId = 'unofficial.chatgpt-sign-in';

/** What the consumer asks for: other scopes than ours, so that its entry in the Accounts menu stays. */
export const scopes = ['email', 'openid'];

export const simulator = connectSimulator(process.env['SIMULATOR'] ?? '');

/** The label of an account of the simulator: its address is not the default one, so it is in every label. */
export function labelOf(account: string): string {
  return `${account}@example.com (${new URL(simulator.issuer).host})`;
}

/** Nobody signed in, here or at the service; nothing steered, nothing counted. */
export async function startAfresh(): Promise<void> {
  await simulator.reset();
  for (const { label } of await authentication.getAccounts(providerId)) await signOut(label);
  await window.tabGroups.close(panelTabs());
  await until('everybody signed out', async () => (await authentication.getAccounts(providerId)).length === 0);
  await commands.executeCommand('notifications.clearAll');
  for (const { account, workspace } of await simulator.sessions()) await simulator.endSession(account, workspace);
  await simulator.reset();
}

/** By our own command, with a person at the page who approves at once. It throws nothing when it fails: that is shown. */
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

/** Sets user settings, those without a value to their default; answers how to set them back. */
export async function configure(settings: Record<string, string | undefined>): Promise<() => Promise<void>> {
  const configuration = workspace.getConfiguration('chatgptSignIn');
  const before = Object.keys(settings).map(name => [name, configuration.inspect<string>(name)?.globalValue] as const);
  const write = async (values: Iterable<readonly [string, string | undefined]>) => {
    for (const [name, value] of values) await configuration.update(name, value, ConfigurationTarget.Global);
  };
  await write(Object.entries(settings));
  return () => write(before);
}

/** Does something that shows a device code, and enters the code at the service as the account would. */
export async function withCodeOf(account: string, act: () => PromiseLike<unknown>, page?: string): Promise<void> {
  await simulator.set({ deviceInterval: 1 });
  const before = new Set(await userCodes());
  const done = Promise.resolve(act());
  const code = await until('a device code', async () => (await userCodes()).find(each => !before.has(each)));
  await simulator.approveDevice(code, { account, ...(page === undefined ? {} : { page }) });
  await done;
}

async function userCodes(): Promise<string[]> {
  return (await simulator.secrets()).filter(({ kind, value }) => kind === 'user_code' && value.includes('-')).map(({ value }) => value);
}

/** By the Accounts menu, which asks for a confirmation that VS Code gives by itself while tests run. */
export async function signOut(label: string): Promise<void> {
  await commands.executeCommand('_signOutOfAccount', { providerId, accountLabel: label });
}

/** By the consumer's entry in the Accounts menu. */
export async function signInForConsumer(consumer: Consumer, account: string): Promise<void> {
  await simulator.set({ autoApprove: account });
  await takeEntry(consumer);
}

/** Takes the consumer's entry "Sign in with ChatGPT to use Consumer" of the Accounts menu, which also grants it access. */
export async function takeEntry(consumer: Consumer): Promise<void> {
  await commands.executeCommand((await consumerEntry()) ?? (await askForEntry(consumer)));
}

async function consumerEntry(): Promise<string | undefined> {
  return (await commands.getCommands()).find(id => id.startsWith(`${providerId}:${consumerId}:signIn`));
}

/** The entry comes when it asks without insisting while nobody is signed in. */
async function askForEntry(consumer: Consumer): Promise<string> {
  await consumer.getSession(scopes, {});
  return await until("the consumer's entry in the Accounts menu", consumerEntry);
}

/** The live sessions of an account at the service. */
export async function liveSessions(account: string): Promise<SessionEntry[]> {
  return (await simulator.sessions()).filter(session => session.account === account);
}

/** A token of so many seconds is renewed at half of them; what the refresh brings lasts long. */
const shortLife = 4;

export async function nextTokenIsShort(seconds = shortLife): Promise<void> {
  await simulator.mutate({ on: 'code', set: { expires_in: seconds } });
}

/** Waits until a short token that was there at that time is due to be renewed. It is valid for as long again. */
export async function untilDue(issuedBefore: number, seconds = shortLife): Promise<void> {
  await until('half the life of the token', () => Date.now() >= issuedBefore + (seconds / 2) * 1000);
}
