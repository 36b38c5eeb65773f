import { runChecks } from '../checks.ts';

const { failed } = await runChecks({ cached: true });
if (failed > 0) process.exitCode = 1;
