import { runHostSuite } from '../host-suite.ts';

process.exitCode = await runHostSuite(['--floor', ...process.argv.slice(2)]);
