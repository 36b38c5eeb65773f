import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { delimiter, isAbsolute, join, relative } from 'node:path';

export interface ExecutableQuery {
  /** The path that the person set; empty: look in PATH. */
  readonly configured: string;
  /** As the environment has it. */
  readonly path: string | undefined;
  /** Folders whose files anybody may have written: nothing in them is run. */
  readonly workspaces: readonly string[];
}

/**
 * The Codex CLI, by absolute path. A relative entry of PATH is passed over, because it leads wherever one happens to be, and so is
 * whatever lies in a workspace. On Windows only `codex.exe` counts: a script could be run by a shell alone.
 */
export function findExecutable({ configured, path, workspaces }: ExecutableQuery): string | undefined {
  const name = process.platform === 'win32' ? 'codex.exe' : 'codex';
  const folders = (path ?? '').split(delimiter).filter(isAbsolute);
  const candidates = configured === '' ? folders.map(folder => join(folder, name)) : [configured];
  return candidates.find(candidate => isAbsolute(candidate) && isExecutable(candidate) && !leadsInto(workspaces, candidate));
}

/** By its name, or by what a link of that name leads to. */
function leadsInto(workspaces: readonly string[], path: string): boolean {
  return [path, realpathSync(path)].some(name => workspaces.some(workspace => isInside(name, workspace)));
}

function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== '' && !isAbsolute(way) && way.split(/[\\/]/)[0] !== '..';
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
