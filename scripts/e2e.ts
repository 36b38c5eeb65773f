import { ensureCodeServer } from './code-server.ts';
import { ensureSystemTools } from './system-tools.ts';
import { runVitest } from './vitest.ts';

/** Runs the end-to-end tests against the packed extension; answers the exit code. */
export async function runEndToEnd(args: readonly string[], resultFile?: string): Promise<number> {
  await ensureSystemTools('chromium');
  await ensureCodeServer();
  return await runVitest('e2e', args, resultFile);
}
