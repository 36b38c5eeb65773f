/** What may be executed: nothing of an open folder, in which anybody may have put it. */
import { realpathSync } from 'node:fs';
import { delimiter, isAbsolute, relative } from 'node:path';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Whether a path, and what it links to, lies outside every workspace, and outside what those link to. */
export type IsOutside = (path: string) => boolean;

export function outside(workspaces: readonly string[]): IsOutside {
  const folders = workspaces.flatMap(bothNames);
  return path => bothNames(path).every(name => !folders.some(folder => isInside(name, folder)));
}

/**
 * The environment for a program that looks for others in PATH: without relative folders, which depend on the working folder, and
 * without those of a workspace.
 */
export function withTrustedPath(environment: Environment, isOutside: IsOutside): Environment {
  const isPath = ([name]: readonly [string, unknown]) => name.toUpperCase() === 'PATH';
  const entries = Object.entries(environment).map(entry => {
    if (!isPath(entry)) return entry;
    return [entry[0], trustedFolders(entry[1], isOutside).join(delimiter)] as const;
  });
  return Object.fromEntries(entries);
}

export function trustedFolders(path: string | undefined, isOutside: IsOutside): string[] {
  return (path ?? '').split(delimiter).filter(folder => isAbsolute(folder) && isOutside(folder));
}

/** The name as it is given, and as the operating system has it. */
function bothNames(path: string): string[] {
  try {
    return [path, realpathSync.native(path)];
  } catch {
    return [path];
  }
}

function isInside(path: string, folder: string): boolean {
  const steps = relative(folder, path);
  return !isAbsolute(steps) && steps.split(/[\\/]/)[0] !== '..';
}
