// What a fresh clone lacks before any task can run: node_modules, and a Node that runs TypeScript.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './root.mjs';
import { withLock } from './lock.mjs';

const modules = path.join(root, 'node_modules');
const stamp = path.join(modules, '.lock-hash');

/** Installs what package-lock.json names, unless exactly that is installed already. */
export async function ensureModules() {
  const wanted = createHash('sha256')
    .update(readFileSync(path.join(root, 'package-lock.json')))
    .digest('hex');
  const installed = () => existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted;
  if (installed()) return;
  await withLock(path.join(root, '.vscode-test', 'modules.lock'), () => {
    if (installed()) return;
    console.log('Installing the npm packages of package-lock.json …');
    const shell = process.platform === 'win32';
    const result = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: root, stdio: 'inherit', shell });
    if (result.error || result.status !== 0) throw new Error(`"npm ci" failed${result.error ? `: ${result.error.message}` : ''}.`);
    writeFileSync(stamp, wanted);
  });
}

/** The newest Node at hand that runs TypeScript files and has node:sqlite: the one from node_modules, or the running one. */
export function findNode() {
  const binary = process.platform === 'win32' ? ['bin', 'node.exe'] : ['bin', 'node'];
  const names = [
    `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`,
    `node-bin-${process.platform}-${process.arch}`,
  ];
  for (const name of names) {
    const candidate = path.join(modules, name, ...binary);
    if (existsSync(candidate)) return candidate;
  }
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major >= 24 || (major === 22 && minor >= 18)) return process.execPath;
  throw new Error(
    `The tasks need Node 22.18 or newer (this is ${process.versions.node}), and node_modules brings none for ` +
      `${process.platform}-${process.arch}. Install Node 24 and run the task again.`,
  );
}
