#!/usr/bin/env node
// Stands in for the desktop executable of VS Code: takes its arguments, runs VS Code's server with a browser, prints what the
// tests print and exits with their code. HOST_CODE_SERVER names the server.
import { cp } from 'node:fs/promises';
import path from 'node:path';
import { format, parseArgs } from 'node:util';
import type { CodeServer } from '../../scripts/code-server.ts';
import { endAll } from '../../scripts/processes.ts';
import { launchBrowser, newContext } from '../../scripts/workbench/browser.ts';
import { attended } from '../../scripts/workbench/environment.ts';
import { startTestServer } from '../../scripts/workbench/server.ts';
import { HostControl } from './control.ts';
import { OutputFile } from './output.ts';

const { values, positionals } = parseArgs({
  strict: false,
  allowPositionals: true,
  options: {
    extensionDevelopmentPath: { type: 'string', multiple: true },
    extensionTestsPath: { type: 'string' },
    'user-data-dir': { type: 'string' },
    'extensions-dir': { type: 'string' },
  },
});
const [developed = '', ...others] = values.extensionDevelopmentPath as string[];
const tests = values.extensionTestsPath as string;
const userData = values['user-data-dir'] as string;
const workspace = positionals[0] ?? path.join(userData, 'workspace');
const codeServer = JSON.parse(process.env['HOST_CODE_SERVER'] ?? '{}') as CodeServer;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void end(1));
// The process that started this one holds the other end of stdin; when that process is gone, this one ends too.
process.stdin.on('close', () => void end(1)).resume();

// The page takes one extension under development; the others are installed by copying them before the server starts.
const extensions = values['extensions-dir'] as string;
for (const other of others) await cp(other, path.join(extensions, path.basename(other)), { recursive: true });

const browser = await launchBrowser();
const context = await newContext(browser);
const control = new HostControl(context, path.join(userData, 'User', 'globalStorage', 'unofficial.chatgpt-sign-in'));
const output = new OutputFile(path.join(userData, 'tests.log'));
const server = await startTestServer(
  codeServer,
  {
    serverData: path.join(userData, 'server'),
    userData,
    extensions,
    workspace,
  },
  {
    testHooks: true,
    env: { ...attended(), HOST_CONTROL: await control.listen(), HOST_OUTPUT: output.file },
    logFile: path.join(userData, 'server.log'),
  },
);

const remote = (file: string) => `vscode-remote://${new URL(server.origin).host}${path.resolve(file)}`;
const address = (...payload: [string, string][]) =>
  `${server.origin}/?folder=${encodeURIComponent(workspace)}&payload=${encodeURIComponent(JSON.stringify(payload))}`;
const loaded: [string, string][] = [
  ['extensionDevelopmentPath', remote(developed)],
  ['skipWelcome', 'true'],
];
control.address = address(...loaded);

const page = await context.newPage();
control.adopt(page);
await page.exposeFunction('codeAutomationLog', (type: string, args: unknown[]) => {
  const line = format(...args);
  if (type === 'error' && !line.startsWith('[Service Worker]')) process.stderr.write(`${line}\n`);
});
await page.exposeFunction('codeAutomationExit', (code: number) => void end(code));
page.on('crash', () => {
  console.error('The page of the tests crashed.');
  void end(1);
});
await page.goto(address(...loaded, ['extensionTestsPath', remote(tests)]));

async function end(code: number): Promise<void> {
  output.print();
  await browser.close().catch(() => undefined);
  await endAll();
  process.exit(code);
}
