// Bundles the extension into dist/. `node bundle.mjs [--production]` does it by hand.
import { Buffer } from 'node:buffer';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';
import { rolldown } from 'rolldown';
import { notices } from './scripts/notices.mjs';

const root = path.dirname(fileURLToPath(import.meta.url));

/** Scripts and style sheets of the webviews' pages, by the name that they get in dist/. */
const scripts = { signInPanel: 'src/accounts/page/signInPanel.ts', usagePanel: 'src/usage/page/main.ts' };
const sheets = { signInPanel: 'src/accounts/page/signInPanel.css', usagePanel: 'src/usage/page/usagePanel.css' };

export async function build({ production = false } = {}) {
  const dir = path.join(root, 'dist');
  const common = { dir, minify: production, comments: !production };
  const [extension, styles, ...pages] = await Promise.all([
    // VS Code waits for an ES module and for each file that it imports, and for nothing of a CommonJS module: hence CommonJS, and one
    // file for all that `activate` needs. What is imported when it is used is a file of its own, and takes what it shares with the
    // start out of that one file, so that a class exists once. esbuild splits ES modules alone and has the start in 28 files.
    bundle(
      {
        input: { extension: 'src/extension.ts' },
        platform: 'node',
        external: ['vscode'],
        transform: { target: 'node22' },
        preserveEntrySignatures: 'allow-extension',
      },
      {
        ...common,
        format: 'cjs',
        dynamicImportInCjs: false,
        entryFileNames: '[name].cjs',
        chunkFileNames: '[name]-[hash].cjs',
        sourcemap: !production,
        codeSplitting: { groups: [{ name: 'extension', tags: ['$initial'] }] },
      },
    ),
    esbuild.build({ absWorkingDir: root, entryPoints: sheets, outdir: dir, bundle: true, minify: production, metafile: true }),
    // Written into the page, so that nothing is fetched.
    ...Object.entries(scripts).map(([name, script]) =>
      bundle({ input: { [name]: script }, platform: 'browser', transform: { target: 'chrome138' } }, { ...common, format: 'iife' }),
    ),
  ]);
  const chunks = [extension, ...pages].flat();
  removeOthers(dir, [
    ...chunks.flatMap(({ fileName }) => [fileName, `${fileName}.map`]),
    ...Object.keys(styles.metafile.outputs).map(file => path.basename(file)),
  ]);
  if (production) {
    const bundled = chunks.flatMap(({ modules }) => Object.entries(modules).filter(([, { renderedLength }]) => renderedLength > 0));
    writeFileSync(path.join(root, 'ThirdPartyNotices.txt'), notices(bundled.map(([id]) => id)));
  }
  return chunks.map(({ fileName, code, isEntry, modules }) => ({
    file: `dist/${fileName}`,
    bytes: Buffer.byteLength(code),
    entry: isEntry,
    modules: Object.entries(modules).map(([id, { code }]) => ({ file: path.relative(root, id), code: code ?? '' })),
  }));
}

async function bundle(input, output) {
  const bundle = await rolldown({ cwd: root, ...input });
  const { output: written } = await bundle.write(output);
  await bundle.close();
  return written.filter(({ type }) => type === 'chunk');
}

/** Takes away what an earlier build left; only afterwards, so that a VS Code that runs from dist/ never finds it empty. */
function removeOthers(dir, kept) {
  for (const name of readdirSync(dir)) if (/\.(c?js|css)(\.map)?$/.test(name) && !kept.includes(name)) rmSync(path.join(dir, name));
}

export function describe(outputs) {
  return outputs.map(({ file, bytes, entry }) => `  ${file}  ${(bytes / 1024).toFixed(1)} KB${entry ? '  (entry)' : ''}`).join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log(describe(await build({ production: process.argv.includes('--production') })));
}
