import { rm } from 'node:fs/promises';
import { execute } from './execute.ts';

/** Runs one project of vitest.config.ts; answers the exit code. */
export async function runVitest(project: 'unit' | 'e2e', args: readonly string[], resultFile?: string): Promise<number> {
  if (resultFile) await rm(resultFile, { force: true });
  const reporters = resultFile ? ['--reporter=default', '--reporter=json', `--outputFile.json=${resultFile}`] : [];
  return await execute('vitest', ['run', '--project', project, ...reporters, ...args]);
}
