import { runVitest } from '../vitest.ts';

process.exitCode = await runVitest('slow', process.argv.slice(2));
