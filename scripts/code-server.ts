import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { mustExecute } from './execute.ts';
import { withLock } from './lock.mjs';
import { Refusal } from './refusal.ts';
import { root } from './root.mjs';
import { say } from './say.ts';
import { ensureSystemTools } from './system-tools.ts';

/** The VS Code that tests run in by default, and the oldest one that the manifest admits. */
export const currentVersion = '4.139.1';
export const floorVersion = '4.105.1';

/** The floor also stands for the oldest `node:sqlite`: Node 22 comes with it. */
const nodeOfVersion: Record<string, string> = { [floorVersion]: '22' };

/** What the extension host does not start without; the watchdog's name changed between the two versions. */
const nativeModules = ['@vscode/spdlog', '@vscode/native-watchdog', 'native-watchdog'];

/** Whether the VS Code server runs on this platform; elsewhere the host suite runs in desktop VS Code, and no end-to-end test does. */
export const hasCodeServer = process.platform === 'linux' && (process.arch === 'x64' || process.arch === 'arm64');

export interface CodeServer {
  version: string;
  /** The Node that runs it; the extension host is a process of the same one. */
  node: string;
  /** The outer server, a person's session. */
  outer: string;
  /** VS Code's own server, a test's session. */
  inner: string;
}

/** Installs a VS Code server below .vscode-test/, step by step; a run that was cut off is taken up where it ended. */
export async function ensureCodeServer(version: string = currentVersion): Promise<CodeServer> {
  refuseOtherPlatforms();
  const folder = path.join(root, '.vscode-test', `code-server-${version}`);
  const ownNode = nodeOfVersion[version];
  const nodePackage = path.join(ownNode ? folder : root, 'node_modules', `node-linux-${process.arch}`);
  const node = path.join(nodePackage, 'bin', 'node');
  const home = path.join(folder, 'node_modules', 'code-server');
  const vscode = path.join(home, 'lib', 'vscode');
  const server: CodeServer = {
    version,
    node,
    outer: path.join(home, 'out', 'node', 'entry.js'),
    inner: path.join(vscode, 'out', 'server-main.js'),
  };
  const done = (step: string) => path.join(folder, `.done-${step}`);
  if (existsSync(done('native'))) return server;

  await ensureSystemTools('python3', 'make', 'g++');
  await mkdir(folder, { recursive: true });
  await withLock(`${folder}.lock`, async () => {
    const npm = async (cwd: string, ...args: string[]) => {
      await mustExecute('npm', [...args, '--no-audit', '--no-fund', '--loglevel=error'], {
        cwd,
        quiet: true,
        env: {
          ...process.env,
          PATH: `${path.dirname(node)}${path.delimiter}${process.env['PATH'] ?? ''}`,
          npm_config_nodedir: nodePackage,
        },
      });
    };
    const step = async (name: string, line: string, work: () => Promise<void>) => {
      if (existsSync(done(name))) return;
      say(`VS Code server ${version}: ${line} …`);
      await work();
      await writeFile(done(name), '');
    };
    await step('package', 'installing the package (15 s)', async () => {
      await rm(path.join(folder, 'node_modules'), { recursive: true, force: true });
      await writeFile(path.join(folder, 'package.json'), '{ "private": true }\n');
      const packages = [`code-server@${version}`, ...(ownNode ? [`node-linux-${process.arch}@${ownNode}`] : [])];
      await npm(folder, 'install', '--ignore-scripts', '--no-save', '--no-package-lock', ...packages);
    });
    await step('modules', 'installing what it needs (10 s)', async () => {
      await dependOnRegistry(vscode);
      await npm(vscode, 'install', '--omit=dev', '--ignore-scripts');
    });
    await step('native', 'building two native modules (30 s)', async () => {
      const present = nativeModules.filter(name => existsSync(path.join(vscode, 'node_modules', name)));
      await npm(vscode, 'rebuild', '--ignore-scripts=false', ...present);
    });
  });
  return server;
}

/** The floor names one module by its git address; the registry has it too, so that one source is enough. */
async function dependOnRegistry(vscode: string): Promise<void> {
  const manifest = path.join(vscode, 'package.json');
  const text = await readFile(manifest, 'utf8');
  const changed = text.replace(/("@parcel\/watcher": )"[^"]*#[^"]*"/, '$1"2.5.1"');
  if (changed === text) return;
  await rm(path.join(vscode, 'npm-shrinkwrap.json'), { force: true });
  await writeFile(manifest, changed);
}

function refuseOtherPlatforms(): void {
  if (hasCodeServer) return;
  throw new Refusal('The VS Code server of this task runs on Linux x64 and arm64 only. Use F5 in VS Code to try the extension.');
}
