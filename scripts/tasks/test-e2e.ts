import { runEndToEnd } from '../e2e.ts';
import { packageExtension } from '../package.ts';

await packageExtension({ quiet: true });
process.exitCode = await runEndToEnd(process.argv.slice(2));
