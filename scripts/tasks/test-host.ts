import { runHostSuite } from '../host-suite.ts';

process.exitCode = await runHostSuite(process.argv.slice(2));
