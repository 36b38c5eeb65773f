import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { AuthenticationGetSessionOptions, AuthenticationSession, AuthenticationSessionAccountInformation } from 'vscode';
import { extensions } from 'vscode';
import type { Answer, ListedModel, Question } from '../../consumer/models.ts';
import { until } from './until.ts';

export const consumerId = 'chatgpt-sign-in-tests.consumer';
export const secondConsumerId = 'chatgpt-sign-in-tests.second-consumer';

/** The consumer extension in one window: every call is made by it. */
export interface Consumer {
  getSession(scopes: readonly string[], options?: AuthenticationGetSessionOptions): Promise<AuthenticationSession | undefined>;
  getAccounts(): Promise<readonly AuthenticationSessionAccountInformation[]>;
  /** A session of the provider for API keys. */
  getKey(options: AuthenticationGetSessionOptions): Promise<AuthenticationSession | undefined>;
  runCommand(id: string, ...args: unknown[]): Promise<unknown>;
  /** As if the extension had never used an account; in the window of the tests only. */
  forgetAccount(): Promise<unknown>;
  /** The provider's label, once for each event about changed sessions. */
  heard(): Promise<readonly string[]>;
  /** The models of the plan. */
  selectModels(): Promise<readonly ListedModel[]>;
  /** The number of events about changed models. */
  modelChanges(): Promise<number>;
  countTokens(model: string, text: string): Promise<number>;
  askModel(question: Question): Promise<Answer>;
  /** Cancels all requests under way. */
  cancelRequests(): Promise<unknown>;
}

interface Exports extends Record<keyof Consumer, (...args: unknown[]) => unknown> {
  readonly folder: string;
}

async function activated(id: string): Promise<Exports> {
  const extension = extensions.getExtension<Exports>(id);
  if (!extension) throw new Error(`${id} is not installed.`);
  return await extension.activate();
}

function asConsumer(ask: (act: keyof Consumer, args: unknown[]) => Promise<unknown>): Consumer {
  return {
    getSession: async (...args) => ((await ask('getSession', args)) ?? undefined) as AuthenticationSession | undefined,
    getAccounts: async () => (await ask('getAccounts', [])) as AuthenticationSessionAccountInformation[],
    getKey: async (...args) => ((await ask('getKey', args)) ?? undefined) as AuthenticationSession | undefined,
    runCommand: (...args) => ask('runCommand', args),
    forgetAccount: () => ask('forgetAccount', []),
    heard: async () => (await ask('heard', [])) as string[],
    selectModels: async () => (await ask('selectModels', [])) as ListedModel[],
    modelChanges: async () => (await ask('modelChanges', [])) as number,
    countTokens: async (...args) => (await ask('countTokens', args)) as number,
    askModel: async question => (await ask('askModel', [question])) as Answer,
    cancelRequests: () => ask('cancelRequests', []),
  };
}

/** The consumer in the window of the tests; its results are plain JSON, as those from other windows. */
export const consumer: Consumer = asConsumer(async (act, args) => {
  const result = await (await activated(consumerId))[act](...args);
  return result === undefined ? undefined : (JSON.parse(JSON.stringify(result)) as unknown);
});

/** The consumer in the window that `open` opens or reloads. */
export async function consumerOfNewWindow(open: () => Promise<void>): Promise<Consumer> {
  const [consumer] = await consumersOfNewWindow([consumerId], open);
  if (!consumer) throw new Error('No consumer.');
  return consumer;
}

/** These extensions in the window that `open` opens or reloads. */
export async function consumersOfNewWindow(ids: readonly string[], open: () => Promise<void>): Promise<Consumer[]> {
  const folders = await Promise.all(ids.map(async id => (await activated(id)).folder));
  const before = folders.map(folder => new Set(readdirSync(folder)));
  await open();
  return Promise.all(folders.map((folder, index) => consumerAt(folder, before[index] ?? new Set())));
}

async function consumerAt(folder: string, before: ReadonlySet<string>): Promise<Consumer> {
  const file = await until('the consumer of the new window', () => readdirSync(folder).find(name => !before.has(name)));
  const address = await until('its address', () => readFileSync(path.join(folder, file), 'utf8') || undefined);
  return asConsumer(async (act, args) => {
    const response = await fetch(address, { method: 'POST', body: JSON.stringify({ act, args }) });
    const { result, error, name } = (await response.json()) as { result?: unknown; error?: string; name?: string };
    // A name says that the consumer got an error, and not a bare string.
    if (error !== undefined) throw Object.assign(new Error(error), { name });
    return result;
  });
}
