/** What npm, pnpm and others put into PATH for the CLI: a link, or a script that names the package's own script. */
// eslint-disable-next-line no-restricted-imports -- Reads scripts in PATH, which SQLite never has open, so it drops no lock.
import { readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly arch: string;
}

const longestScript = 16_384;

/** As the package's own script has them. */
const targets: Readonly<Record<string, string>> = {
  'linux-x64': 'x86_64-unknown-linux-musl',
  'linux-arm64': 'aarch64-unknown-linux-musl',
  'darwin-x64': 'x86_64-apple-darwin',
  'darwin-arm64': 'aarch64-apple-darwin',
  'win32-x64': 'x86_64-pc-windows-msvc',
  'win32-arm64': 'aarch64-pc-windows-msvc',
};

const packageScript = /[\\/]@openai[\\/]codex[\\/]bin[\\/]codex\.js$/;
/** The folder of the shim is `%~dp0` or `%dp0%` in a batch file, and `$basedir` in a shell script. */
const namedScript = /(?:%~dp0|%dp0%|\$basedir)[\\/]*([^"'\r\n]*@openai[\\/]codex[\\/]bin[\\/]codex\.js)/;

/** The script of the npm package that a file in PATH starts; `undefined` where it starts none. */
export function scriptOf(path: string): string | undefined {
  try {
    const real = realpathSync.native(path);
    if (packageScript.test(real)) return real;
    const named = namedScript.exec(readScript(real) ?? '')?.[1];
    return named === undefined ? undefined : realpathSync.native(join(dirname(real), named.replaceAll('\\', '/')));
  } catch {
    return undefined;
  }
}

/** The places where the package of that script may have its program for this machine, as the script itself looks for it. */
export function binariesOf(script: string, { platform, arch }: Machine): string[] {
  const target = targets[`${platform}-${arch}`];
  if (target === undefined) return [];
  const root = dirname(dirname(script));
  const packages = [...ancestors(root).map(folder => join(folder, 'node_modules', '@openai', `codex-${platform}-${arch}`)), root];
  const name = platform === 'win32' ? 'codex.exe' : 'codex';
  // Older versions have it in `codex`.
  return packages.flatMap(folder => ['bin', 'codex'].map(place => join(folder, 'vendor', target, place, name)));
}

/** The interpreter line of a script as words; `undefined` where the file is no script. */
export function interpreterOf(path: string): string[] | undefined {
  const line = /^#![ \t]*([^\r\n]*)/.exec(readScript(path) ?? '')?.[1];
  return line === undefined ? undefined : line.split(/[ \t]+/).filter(Boolean);
}

/** `undefined` where the file is too large for a script. */
function readScript(path: string): string | undefined {
  return statSync(path).size <= longestScript ? readFileSync(path, 'utf8') : undefined;
}

function ancestors(folder: string): string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...ancestors(parent)];
}
