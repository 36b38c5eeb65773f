// Runs one task of the table below. Plain JavaScript for the system's Node: this is the only file that may meet an old one.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { ensureModules, findNode } from './dependencies.mjs';
import { root } from './root.mjs';

const tasks = {
  start: 'start.ts',
  test: 'test.ts',
  'test:unit': 'test-unit.ts',
  'test:slow': 'test-slow.ts',
  'test:host': 'test-host.ts',
  'test:e2e': 'test-e2e.ts',
  'test:floor': 'test-floor.ts',
  'test:soak': 'test-soak.ts',
  check: 'check.ts',
  format: 'format.ts',
  l10n: 'l10n.ts',
  package: 'package.ts',
  bench: 'bench.ts',
  'bench:fleet': 'bench-fleet.ts',
};

const [name = '', ...rest] = process.argv.slice(2);
const file = Object.hasOwn(tasks, name) ? tasks[name] : undefined;
if (!file) {
  console.error(`There is no task "${name}". Tasks: ${Object.keys(tasks).join(', ')}.`);
  process.exit(2);
}

try {
  await ensureModules();
  const node = findNode();
  const binaries = [path.dirname(node), path.join(root, 'node_modules', '.bin')];
  const PATH = [...binaries, process.env.PATH ?? process.env.Path ?? ''].join(path.delimiter);
  const environment = { ...process.env };
  for (const key of Object.keys(environment)) if (key.toUpperCase() === 'PATH') delete environment[key];
  const child = spawn(node, ['--disable-warning=ExperimentalWarning', path.join(root, 'scripts', 'task.ts'), file, ...rest], {
    cwd: root,
    env: { ...environment, PATH },
    stdio: 'inherit',
  });
  // The task ends itself on a signal; this process only passes it on and waits.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  // A signal to npm ends npm and its shell but reaches nothing below them: notice that they are gone.
  const parent = process.ppid;
  if (process.env.npm_lifecycle_event) setInterval(() => process.ppid !== parent && child.kill('SIGTERM'), 500).unref();
  child.on('error', error => {
    console.error(`The task could not be started with ${node}: ${error.message}`);
    process.exit(1);
  });
  child.on('exit', code => process.exit(code ?? 1));
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
