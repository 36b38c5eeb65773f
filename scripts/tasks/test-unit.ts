import { execute } from '../execute.ts';

process.exitCode = await execute('vitest', ['run', '--project', 'unit', ...process.argv.slice(2)]);
