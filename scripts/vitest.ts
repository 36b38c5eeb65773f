import { rm } from 'node:fs/promises';
import { execute } from './execute.ts';

/** Projects of vitest.config.ts. */
const projects = { unit: ['unit'], slow: ['slow', 'ports', 'processes'], e2e: ['e2e'] };

/** Runs a part of the tests; answers the exit code. */
export async function runVitest(part: keyof typeof projects, args: readonly string[], resultFile?: string): Promise<number> {
  if (resultFile) await rm(resultFile, { force: true });
  const reporters = resultFile ? ['--reporter=default', '--reporter=json', `--outputFile.json=${resultFile}`] : [];
  return await execute('vitest', ['run', ...projects[part].flatMap(name => ['--project', name]), ...reporters, ...args]);
}
