import { ensureCodeServer } from '../code-server.ts';
import { execute } from '../execute.ts';
import { packageExtension } from '../package.ts';
import { ensureSystemTools } from '../system-tools.ts';

await ensureSystemTools('chromium');
await ensureCodeServer();
await packageExtension({ quiet: true });
process.exitCode = await execute('vitest', ['run', '--project', 'e2e', ...process.argv.slice(2)]);
