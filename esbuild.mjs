// Bundles the extension into dist/. `node esbuild.mjs [--production]` does it by hand.
import { readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';

const root = path.dirname(fileURLToPath(import.meta.url));

/** Script and style of a webview's page, by the name that they get in dist/. */
const pages = [
  { in: 'src/accounts/page/signInPanel.ts', out: 'signInPanel' },
  { in: 'src/accounts/page/signInPanel.css', out: 'signInPanel' },
  { in: 'src/usage/page/main.ts', out: 'usagePanel' },
  { in: 'src/usage/page/usagePanel.css', out: 'usagePanel' },
];

export async function build({ production = false } = {}) {
  const outdir = path.join(root, 'dist');
  const common = {
    absWorkingDir: root,
    outdir,
    bundle: true,
    minify: production,
    sourcemap: production ? false : 'linked',
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
  };
  const results = await Promise.all([
    esbuild.build({
      ...common,
      entryPoints: ['src/extension.ts'],
      format: 'esm',
      platform: 'node',
      target: 'node22',
      splitting: true,
      external: ['vscode'],
    }),
    // Written into the page, so that a closing tag in it is escaped, and nothing is fetched.
    esbuild.build({ ...common, entryPoints: pages, sourcemap: false, format: 'iife', platform: 'browser', target: 'chrome138' }),
  ]);
  const outputs = results.flatMap(({ metafile }) => Object.entries(metafile.outputs));
  removeOthers(
    outdir,
    outputs.map(([file]) => file),
  );
  return outputs
    .filter(([file]) => file.endsWith('.js'))
    .map(([file, { bytes, entryPoint }]) => ({ file, bytes, entry: entryPoint !== undefined }));
}

/** Takes away what an earlier build left; only afterwards, so that a VS Code that runs from dist/ never finds it empty. */
function removeOthers(outdir, outputs) {
  const kept = new Set(outputs.map(file => path.basename(file)));
  for (const name of readdirSync(outdir)) if (/\.(js|css)(\.map)?$/.test(name) && !kept.has(name)) rmSync(path.join(outdir, name));
}

export function describe(outputs) {
  return outputs.map(({ file, bytes, entry }) => `  ${file}  ${(bytes / 1024).toFixed(1)} KB${entry ? '  (entry)' : ''}`).join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log(describe(await build({ production: process.argv.includes('--production') })));
}
