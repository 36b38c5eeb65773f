import { runVitest } from '../vitest.ts';

process.exitCode = await runVitest('unit', process.argv.slice(2));
