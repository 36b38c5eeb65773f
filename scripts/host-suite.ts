import path from 'node:path';
import { ensureCodeServer, floorVersion, hasCodeServer } from './code-server.ts';
import { execute } from './execute.ts';
import { root } from './root.mjs';
import { ensureSystemTools } from './system-tools.ts';

/** In desktop VS Code, which is downloaded, instead of VS Code's server. */
export const inDesktop = process.env['VSCODE_TEST_HOST'] === 'desktop' || !hasCodeServer;

/** Runs the tests that need a VS Code around them; answers the exit code. */
export async function runHostSuite(args: readonly string[], resultFile?: string): Promise<number> {
  if (!inDesktop) {
    await ensureSystemTools('chromium');
    await ensureCodeServer(args.includes('--floor') ? floorVersion : undefined);
  }
  const env = { ...process.env, ...(resultFile ? { HOST_TEST_RESULTS: resultFile } : {}) };
  return await execute(process.execPath, [path.join(root, 'test', 'host', 'run.ts'), ...args], { env });
}
