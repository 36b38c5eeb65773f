// Runs in the extension host: loads the bundled tests beside this file and writes the result to a file.
import { appendFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { format } from 'node:util';
import Mocha from 'mocha';

export async function run(): Promise<void> {
  printTo(process.env['HOST_OUTPUT']);
  const mocha = new Mocha({
    ui: 'bdd',
    reporter: 'spec',
    color: false,
    timeout: 60_000,
    slow: 5_000,
    grep: process.env['HOST_TEST_GREP'] ?? '',
  });
  for (const file of readdirSync(__dirname).sort()) {
    if (file.endsWith('.test.cjs')) mocha.addFile(path.join(__dirname, file));
  }
  const failures: { title: string; message: string }[] = [];
  const result = await new Promise<{ passed: number; failed: number; pending: number }>(resolve => {
    const runner = mocha.run(() => {
      const { passes = 0, failures: failed = 0, pending = 0 } = runner.stats ?? {};
      resolve({ passed: passes, failed, pending });
    });
    runner.on('fail', (test, error: unknown) => {
      failures.push({ title: test.fullTitle(), message: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    });
  });
  const file = process.env['HOST_TEST_RESULTS'];
  if (file) writeFileSync(file, JSON.stringify({ ...result, failures }, null, 2));
  if (result.failed > 0) throw new Error(`${result.failed} tests failed.`);
  if (result.passed === 0) throw new Error('No test ran.');
}

/** Prints to a file: a console line of the server's extension host would travel through the browser. */
function printTo(file: string | undefined): void {
  if (!file) return;
  const print = (...args: unknown[]) => {
    appendFileSync(file, `${format(...args)}\n`);
  };
  // The methods of the host's own console cannot be replaced.
  const value = { value: print };
  globalThis.console = Object.create(console, { log: value, info: value, warn: value, error: value }) as Console;
  Mocha.reporters.Base.consoleLog = print;
}
