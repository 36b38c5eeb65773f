import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** An extension that does nothing, activated like ours after VS Code has started: the base cost of an activation. */
export async function emptyExtension(parent: string, type: 'commonjs' | 'module'): Promise<{ id: string; folder: string }> {
  const publisher = 'chatgpt-sign-in-bench';
  const name = `empty-${type}`;
  const folder = path.join(parent, name);
  const manifest = {
    name,
    publisher,
    version: '1.0.0',
    engines: { vscode: '^1.105.0' },
    type,
    main: './extension.js',
    extensionKind: ['workspace'],
    activationEvents: ['onStartupFinished'],
  };
  await mkdir(folder);
  await writeFile(path.join(folder, 'package.json'), JSON.stringify(manifest));
  const code = type === 'module' ? 'export function activate() {}\n' : 'exports.activate = () => {};\n';
  await writeFile(path.join(folder, 'extension.js'), code);
  return { id: `${publisher}.${name}`, folder };
}
