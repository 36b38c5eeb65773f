// Calls our provider in turn with a trivial one of its own that returns a variable, which is VS Code's own cost of the call. It shows an item
// in the status bar and does nothing by itself. The bench sends it requests over HTTP, to the address in a file of its storage.
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import * as vscode from 'vscode';

const scopes = ['openid'];
const providers = { ours: 'chatgpt-sign-in', trivial: 'trivial' };

export async function activate(context) {
  const item = vscode.window.createStatusBarItem('caller', vscode.StatusBarAlignment.Right);
  item.text = 'Caller';
  item.show();
  context.subscriptions.push(item);
  const changes = new vscode.EventEmitter();
  let sessions = [];
  const trivial = {
    onDidChangeSessions: changes.event,
    getSessions: () => Promise.resolve(sessions),
    createSession: () => {
      const session = { id: '1', accessToken: 'a'.repeat(2000), account: { id: '1', label: 'Somebody' }, scopes };
      sessions = [session];
      changes.fire({ added: sessions, removed: [], changed: [] });
      return Promise.resolve(session);
    },
    removeSession: () => Promise.resolve(),
  };
  context.subscriptions.push(vscode.authentication.registerAuthenticationProvider(providers.trivial, 'Trivial', trivial));
  await answerOverHttp(context.globalStorageUri.fsPath);
}

const acts = {
  /** The number of timers in the extension host. */
  timers: () => process.getActiveResourcesInfo().filter(name => name === 'Timeout').length,
  /** Signs in, after a dialog of VS Code that asks the person to allow it. */
  signIn: async name => Boolean(await vscode.authentication.getSession(providers[name], scopes, { createIfNone: true })),
  /** Milliseconds of each call; the providers take turns, so that other load of the machine affects both. */
  measure: async rounds => {
    const times = { ours: [], trivial: [] };
    for (let round = 0; round < rounds; round++) {
      for (const name of Object.keys(providers)) {
        const started = performance.now();
        const session = await vscode.authentication.getSession(providers[name], scopes, { silent: true });
        times[name].push(performance.now() - started);
        if (!session) throw new Error(`No session of ${name}.`);
      }
    }
    return times;
  },
};

async function answerOverHttp(folder) {
  const server = createServer((request, response) => {
    answer(request).then(
      result => response.end(JSON.stringify({ result })),
      error => response.end(JSON.stringify({ error: error instanceof Error ? error.message : String(error) })),
    );
  });
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'address'), `http://127.0.0.1:${server.address().port}`);
}

async function answer(request) {
  let body = '';
  for await (const chunk of request) body += chunk;
  const { act, argument } = JSON.parse(body);
  return acts[act](argument);
}
