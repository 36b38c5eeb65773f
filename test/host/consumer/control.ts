// For the tests alone: requests sessions as any extension would, and records the events. Tests call it through its exports in their own
// window, and over HTTP in the others.
import { mkdirSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import * as vscode from 'vscode';
import { modelActs, watchModels } from './models.ts';

const providerId = 'chatgpt-sign-in';
const heard: string[] = [];

const acts: Readonly<Record<string, (...args: never[]) => unknown>> = {
  getSession: (scopes: string[], options: vscode.AuthenticationGetSessionOptions) =>
    vscode.authentication.getSession(providerId, scopes, options),
  getAccounts: () => vscode.authentication.getAccounts(providerId),
  getKey: (options: vscode.AuthenticationGetSessionOptions) => vscode.authentication.getSession('openai-api-key', [], options),
  runCommand: (id: string, ...args: unknown[]) => vscode.commands.executeCommand(id, ...args),
  /** The provider's label, once for each event about changed sessions. */
  heard: () => heard,
  ...modelActs,
};

/** The exports for the tests. */
export async function control(context: vscode.ExtensionContext): Promise<unknown> {
  context.subscriptions.push(
    watchModels(),
    vscode.authentication.onDidChangeSessions(({ provider }) => {
      if (provider.id === providerId) heard.push(provider.label);
    }),
  );
  const folder = context.globalStorageUri.fsPath;
  if (process.env['HOST_CONTROL']) await answerOverHttp(folder);
  const forgetAccount = () => context.globalState.update('chatgptPlan.account', undefined);
  return { ...acts, forgetAccount, folder };
}

/** Serves the calls over HTTP, and writes the address to a file named after its process. */
async function answerOverHttp(folder: string): Promise<void> {
  const server = createServer((request, response) => {
    answer(request).then(
      result => response.end(JSON.stringify({ result })),
      (error: unknown) =>
        response.end(JSON.stringify(error instanceof Error ? { error: error.message, name: error.name } : { error: String(error) })),
    );
  });
  await new Promise<void>(resolve => {
    server.listen(0, '127.0.0.1', resolve);
  });
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, String(process.pid)), `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`);
}

async function answer(request: IncomingMessage): Promise<unknown> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  const { act, args } = JSON.parse(body) as { act: string; args: never[] };
  return await acts[act]?.(...args);
}
