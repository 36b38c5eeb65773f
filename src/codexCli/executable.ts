import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { delimiter, isAbsolute, join, relative } from 'node:path';

export interface ExecutableQuery {
  /** The path in the settings; empty: search PATH. */
  readonly configured: string;
  /** The environment's PATH. */
  readonly path: string | undefined;
  /** Folders whose files anybody may have written: nothing in them is executed. */
  readonly workspaces: readonly string[];
}

/**
 * The absolute path of the Codex CLI. Relative entries of PATH are skipped, because they depend on the working folder, and so is
 * whatever lies in a workspace. On Windows only `codex.exe` counts: a script would need a shell.
 */
export function findExecutable({ configured, path, workspaces }: ExecutableQuery): string | undefined {
  const name = process.platform === 'win32' ? 'codex.exe' : 'codex';
  const folders = (path ?? '').split(delimiter).filter(isAbsolute);
  const candidates = configured === '' ? folders.map(folder => join(folder, name)) : [configured];
  return candidates.find(candidate => isAbsolute(candidate) && isExecutable(candidate) && !leadsInto(workspaces, candidate));
}

/** Whether the path itself, or what it links to, lies in a workspace. */
function leadsInto(workspaces: readonly string[], path: string): boolean {
  return [path, realpathSync(path)].some(name => workspaces.some(workspace => isInside(name, workspace)));
}

function isInside(path: string, folder: string): boolean {
  const steps = relative(folder, path);
  return steps !== '' && !isAbsolute(steps) && steps.split(/[\\/]/)[0] !== '..';
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
