// Bundles the extension into dist/. `node esbuild.mjs [--production]` does it by hand.
import { rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';

const root = path.dirname(fileURLToPath(import.meta.url));

export async function build({ production = false } = {}) {
  const outdir = path.join(root, 'dist');
  rmSync(outdir, { recursive: true, force: true });
  const result = await esbuild.build({
    absWorkingDir: root,
    entryPoints: ['src/extension.ts'],
    outdir,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    splitting: true,
    external: ['vscode'],
    minify: production,
    sourcemap: production ? false : 'linked',
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
  });
  return Object.entries(result.metafile.outputs)
    .filter(([file]) => file.endsWith('.js'))
    .map(([file, { bytes, entryPoint }]) => ({ file, bytes, entry: entryPoint !== undefined }));
}

export function describe(outputs) {
  return outputs.map(({ file, bytes, entry }) => `  ${file}  ${(bytes / 1024).toFixed(1)} KB${entry ? '  (entry)' : ''}`).join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log(describe(await build({ production: process.argv.includes('--production') })));
}
