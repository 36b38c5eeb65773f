import { execute } from '../execute.ts';

process.exitCode = await execute('prettier', ['--write', '--log-level', 'warn', '.']);
