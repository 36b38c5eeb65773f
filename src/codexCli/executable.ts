import { accessSync, constants, readdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, delimiter, isAbsolute, join } from 'node:path';
import { AppError } from '../base/errors.ts';
import { codexHome } from './authFile.ts';
import type { Machine } from './npmShim.ts';
import { binariesOf, interpreterOf, scriptOf } from './npmShim.ts';
import type { Environment, IsOutside } from './trustedPaths.ts';
import { outside, trustedFolders, withTrustedPath } from './trustedPaths.ts';

export interface ExecutableQuery {
  /** The path in the settings; empty: search PATH, then where installers put the CLI. */
  readonly configured: string;
  readonly environment: Environment;
  /** Folders whose files anybody may have written: nothing in them is executed. */
  readonly workspaces: readonly string[];
  /** In place of this machine. */
  readonly machine?: Machine;
}

/** How the Codex CLI is started, without a shell and without anything of a workspace. */
export interface Executable {
  /** An absolute path. */
  readonly file: string;
  /** What comes before its arguments: the script, where `file` is its interpreter. */
  readonly args: readonly string[];
  readonly env: Environment;
  readonly origin: 'setting' | 'path' | 'knownPlace';
}

/** There is none, or what was found is not executed because it is in a workspace, or a script whose program is not there. */
export type ExecutableProblem = 'codexNotFound' | 'codexInWorkspace' | 'codexIsScript';

/** @throws AppError with an `ExecutableProblem` */
export function requireExecutable(query: ExecutableQuery): Executable {
  const found = findExecutable(query);
  if (typeof found === 'string') throw new AppError(found);
  return found;
}

/** The Codex CLI of this machine. Of what npm installs the package's own program is taken, and of any other script its interpreter. */
export function findExecutable(query: ExecutableQuery): Executable | ExecutableProblem {
  const { environment, workspaces, machine = process } = query;
  const isOutside = outside(workspaces);
  const env = withTrustedPath(environment, isOutside);
  let problem: ExecutableProblem = 'codexNotFound';
  for (const [origin, path] of candidates(query, machine)) {
    if (!isAbsolute(path) || !isExecutable(path)) continue;
    const start = isOutside(path) ? startOf(path, { machine, env, isOutside }) : undefined;
    if (start) return { ...start, env, origin };
    problem = isOutside(path) ? 'codexIsScript' : 'codexInWorkspace';
  }
  return problem;
}

type Start = Pick<Executable, 'file' | 'args'>;

interface Rules {
  readonly machine: Machine;
  readonly env: Environment;
  readonly isOutside: IsOutside;
}

/** `undefined` for a script that only a shell or an interpreter that is not there can run. */
function startOf(path: string, rules: Rules): Start | undefined {
  const isUsable = (file: string) => isExecutable(file) && rules.isOutside(file);
  const script = scriptOf(path);
  if (script !== undefined && rules.isOutside(script)) {
    const binary = binariesOf(script, rules.machine).find(isUsable);
    return binary === undefined ? interpreted('node', script, rules) : { file: binary, args: [] };
  }
  if (rules.machine.platform === 'win32') return /\.exe$/i.test(path) ? { file: path, args: [] } : undefined;
  const [interpreter, ...words] = interpreterOf(path) ?? [];
  if (interpreter === undefined) return { file: path, args: [] };
  const name = words.find(word => !word.startsWith('-'));
  if (basename(interpreter) === 'env' && name !== undefined) return interpreted(name, path, rules);
  return isUsable(interpreter) ? { file: path, args: [] } : undefined;
}

function interpreted(name: string, script: string, { machine, env, isOutside }: Rules): Start | undefined {
  const file = trustedFolders(pathOf(env), isOutside)
    .map(folder => join(folder, machine.platform === 'win32' ? `${name}.exe` : name))
    .find(each => isExecutable(each) && isOutside(each));
  return file === undefined ? undefined : { file, args: [script] };
}

function candidates({ configured, environment }: ExecutableQuery, machine: Machine): (readonly [Executable['origin'], string])[] {
  const set = expand(configured);
  if (set !== '') return [['setting', set]];
  const names = machine.platform === 'win32' ? ['codex.exe', 'codex.cmd'] : ['codex'];
  const inPath = (pathOf(environment) ?? '').split(delimiter).flatMap(folder => names.map(name => join(folder, name)));
  return [...inPath.map(path => ['path', path] as const), ...knownPlaces(environment, machine).map(path => ['knownPlace', path] as const)];
}

/** A path as people enter it: quoted, as Windows copies it, or from the home folder on, as a shell takes it. */
function expand(configured: string): string {
  const path = configured.trim().replace(/^(["'])(.*)\1$/, '$2');
  return path.replace(/^~(?=$|[\\/])/, () => homedir());
}

/** Where the CLI's own installer, OpenAI's desktop apps, and package managers put it, which a window that no terminal has opened has not in PATH. */
function knownPlaces(environment: Environment, { platform }: Machine): string[] {
  const standalone = join(codexHome(environment), 'packages', 'standalone', 'current', 'bin');
  if (platform === 'win32') {
    const { LOCALAPPDATA: local, APPDATA: roaming } = environment;
    const apps = local === undefined ? [] : withSubfolders(join(local, 'OpenAI', 'Codex', 'bin'));
    const npm = roaming === undefined ? [] : [join(roaming, 'npm', 'codex.cmd')];
    return [...[standalone, ...apps].map(folder => join(folder, 'codex.exe')), ...npm];
  }
  const apps =
    platform === 'darwin' ? ['/', homedir()].map(root => join(root, 'Applications', 'ChatGPT.app', 'Contents', 'Resources')) : [];
  const others = ['/opt/homebrew/bin', '/usr/local/bin', join(homedir(), '.local', 'bin')];
  return [standalone, ...apps, ...others].map(folder => join(folder, 'codex'));
}

/** A folder and those in it, which an app names after its versions, the newest first. */
function withSubfolders(folder: string): string[] {
  try {
    const inner = readdirSync(folder, { withFileTypes: true }).filter(entry => entry.isDirectory());
    const paths = inner.map(({ name }) => join(folder, name));
    const changedAt = new Map(paths.map(path => [path, statSync(path).mtimeMs]));
    return [folder, ...paths.sort((a, b) => (changedAt.get(b) ?? 0) - (changedAt.get(a) ?? 0))];
  } catch {
    return [];
  }
}

/** Windows names it `Path`, and finds it by any case only in the environment of the process itself. */
function pathOf(environment: Environment): string | undefined {
  return Object.entries(environment).find(([name]) => name.toUpperCase() === 'PATH')?.[1];
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
