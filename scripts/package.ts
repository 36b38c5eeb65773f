import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { build, describe } from '../esbuild.mjs';
import { mustExecute } from './execute.ts';
import { root } from './root.mjs';
import { say } from './say.ts';

export const vsixPath = path.join(root, 'dist', 'chatgpt-sign-in.vsix');

/** Builds the extension for production and packs it; vsce prints what is in it. */
export async function packageExtension({ quiet = false } = {}): Promise<void> {
  say('Bundling the extension …');
  const outputs = await build({ production: true });
  if (!quiet) say(describe(outputs));
  await mkdir(path.dirname(vsixPath), { recursive: true });
  const flags = ['--no-dependencies', '--allow-missing-repository', '--skip-license', '--no-rewrite-relative-links'];
  await mustExecute('vsce', ['package', ...flags, '--out', vsixPath], { quiet });
  const { size } = await stat(vsixPath);
  say(`${path.relative(root, vsixPath)}: ${(size / 1024).toFixed(1)} KB`);
}
