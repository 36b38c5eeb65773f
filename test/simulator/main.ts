/** Runs the account service until it gets a signal to end. Its first line of output is its address. */

import { parseArgs } from 'node:util';
import { installClock } from './clock.ts';
import { serve } from './server.ts';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    host: { type: 'string', default: '127.0.0.2' },
    'with-parent': { type: 'boolean', default: false },
  },
});

// Standard output has the one line below alone; the notices of the libraries do not belong there.
console.info = console.warn = () => undefined;
installClock();

const { announcement, close } = await serve(values.host, Number(values.port));

function end(): void {
  void close().then(() => process.exit(0));
}

process.once('SIGTERM', end);
process.once('SIGINT', end);
if (values['with-parent']) process.stdin.once('close', end).resume();

process.stdout.write(`${JSON.stringify(announcement)}\n`);
