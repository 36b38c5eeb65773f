import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { listFiles, PackageManager } from '@vscode/vsce';
import { build, describe, type Output } from '../bundle.mjs';
import { mustExecute } from './execute.ts';
import { Refusal } from './refusal.ts';
import { root } from './root.mjs';
import { say } from './say.ts';

export const vsixPath = path.join(root, 'dist', 'chatgpt-sign-in.vsix');

/** The entry that VS Code loads at every start, in bytes. */
const largestEntry = 60 * 1024;

const mustShip = ['LICENSE', 'ThirdPartyNotices.txt'];

/** Builds the extension for production and packs it; vsce prints what is in it. Answers the scripts. */
export async function packageExtension({ quiet = false } = {}): Promise<Output[]> {
  say('Bundling the extension …');
  const outputs = await build({ production: true });
  if (!quiet) say(describe(outputs));
  const entry = outputs.find(({ file }) => file === 'dist/extension.cjs');
  if (!entry || entry.bytes > largestEntry)
    throw new Refusal(`The entry has ${String(entry?.bytes)} bytes, more than ${String(largestEntry)}.`);
  const shipped = await listFiles({ cwd: root, packageManager: PackageManager.None });
  const missing = [...mustShip, ...outputs.map(({ file }) => file)].filter(file => !shipped.includes(file));
  if (missing.length > 0) throw new Refusal(`.vscodeignore keeps these out of the package: ${missing.join(', ')}`);
  await mkdir(path.dirname(vsixPath), { recursive: true });
  const flags = ['--no-dependencies', '--allow-missing-repository', '--skip-license', '--no-rewrite-relative-links'];
  await mustExecute('vsce', ['package', ...flags, '--out', vsixPath], { quiet });
  const { size } = await stat(vsixPath);
  say(`${path.relative(root, vsixPath)}: ${(size / 1024).toFixed(1)} KB`);
  return outputs;
}
