// For the tests alone: requests sessions as any extension would, and records the events. Tests call it through its exports in their own
// window, and over HTTP in the others.
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import * as vscode from 'vscode';

const providerId = 'chatgpt-sign-in';
const heard = [];

const acts = {
  getSession: (scopes, options) => vscode.authentication.getSession(providerId, scopes, options),
  getAccounts: () => vscode.authentication.getAccounts(providerId),
  getKey: options => vscode.authentication.getSession('openai-api-key', [], options),
  runCommand: (id, ...args) => vscode.commands.executeCommand(id, ...args),
  /** The provider's label, once for each event about changed sessions. */
  heard: () => heard,
};

/** The exports for the tests. */
export async function control(context) {
  context.subscriptions.push(
    vscode.authentication.onDidChangeSessions(({ provider }) => {
      if (provider.id === providerId) heard.push(provider.label);
    }),
  );
  const folder = context.globalStorageUri.fsPath;
  if (process.env.HOST_CONTROL) await answerOverHttp(folder);
  return { ...acts, folder };
}

/** Serves the calls over HTTP, and writes the address to a file named after its process. */
async function answerOverHttp(folder) {
  const server = createServer((request, response) => {
    answer(request).then(
      result => response.end(JSON.stringify({ result })),
      error => response.end(JSON.stringify({ error: error instanceof Error ? error.message : String(error) })),
    );
  });
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, String(process.pid)), `http://127.0.0.1:${server.address().port}`);
}

async function answer(request) {
  let body = '';
  for await (const chunk of request) body += chunk;
  const { act, args } = JSON.parse(body);
  return acts[act](...args);
}
