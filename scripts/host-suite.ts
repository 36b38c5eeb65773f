import path from 'node:path';
import { execute } from './execute.ts';
import { root } from './root.mjs';

/** Runs the tests that need a VS Code around them; answers the exit code. */
export async function runHostSuite(args: readonly string[], resultFile?: string): Promise<number> {
  const env = { ...process.env, ...(resultFile ? { HOST_TEST_RESULTS: resultFile } : {}) };
  return await execute(process.execPath, [path.join(root, 'test', 'host', 'run.ts'), ...args], { env });
}
