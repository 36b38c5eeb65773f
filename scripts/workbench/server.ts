import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { CodeServer } from '../code-server.ts';
import { execute } from '../execute.ts';
import { freePort } from '../ports.ts';
import { Started } from '../processes.ts';
import { attended } from './environment.ts';

export interface ServerFolders {
  serverData: string;
  userData: string;
  extensions: string;
  /** The folder that windows open. */
  workspace: string;
}

export interface TestServer {
  /** `http://127.0.0.1:PORT` */
  origin: string;
  process: Started;
}

/** Links to a simulator open without a question. */
export const trustedLinks: readonly string[] = ['--link-protection-trusted-domains', 'http://127.0.0.2:*'];

/**
 * VS Code's own server: a test's session. With its test hooks on it takes the path of tests to run, and shows no notification
 * toasts any more; without them it is what a person has.
 */
export async function startTestServer(
  codeServer: Pick<CodeServer, 'node' | 'inner'>,
  folders: ServerFolders,
  options: { testHooks?: boolean; env?: NodeJS.ProcessEnv; logFile?: string } = {},
): Promise<TestServer> {
  for (const folder of Object.values(folders) as string[]) await mkdir(folder, { recursive: true });
  const port = await freePort('127.0.0.1');
  const args = [
    codeServer.inner,
    ...['--host', '127.0.0.1', '--port', String(port), '--without-connection-token', '--accept-server-license-terms'],
    ...[
      ...(options.testHooks ? ['--enable-smoke-test-driver'] : []),
      '--disable-workspace-trust',
      '--telemetry-level',
      'off',
      '--disable-telemetry',
      '--log',
      'info',
    ],
    ...['--default-folder', folders.workspace, ...trustedLinks],
    ...dataFolders(folders),
  ];
  const env = { ...(options.env ?? attended()), EXTENSIONS_GALLERY: '{}' };
  const started = new Started(codeServer.node, args, {
    cwd: path.dirname(codeServer.inner),
    env,
    ...(options.logFile ? { logFile: options.logFile } : {}),
  });
  await started.waitFor(/Extension host agent listening on/);
  return { origin: `http://127.0.0.1:${port}`, process: started };
}

/** Installs a VSIX into the extensions folder of a server that may be running. */
export async function installExtension(
  codeServer: Pick<CodeServer, 'node' | 'inner'>,
  folders: ServerFolders,
  vsix: string,
): Promise<void> {
  const args = [codeServer.inner, '--accept-server-license-terms', ...dataFolders(folders), '--install-extension', vsix, '--force'];
  const code = await execute(codeServer.node, args, { quiet: true });
  if (code !== 0) throw new Error(`Installing ${vsix} failed with code ${code}.`);
}

function dataFolders(folders: ServerFolders): string[] {
  return ['--server-data-dir', folders.serverData, '--user-data-dir', folders.userData, '--extensions-dir', folders.extensions];
}
