import { execFile } from 'node:child_process';
import { consentFile } from '../codexCli/consent.ts';
import { findExecutable } from '../codexCli/executable.ts';
import type { AuthFile } from '../codexCli/authFile.ts';
import { codexHome, isReadableByOthers, readAuthFile } from '../codexCli/authFile.ts';
import type { Clock } from '../base/clock.ts';
import type { ProbeFailure } from './probe.ts';
import { probe } from './probe.ts';
import type { Version } from './words.ts';
import { versionOf } from './words.ts';

/** What the use of the Codex CLI's account depends on: the program, its session and the consent. */
export interface CodexCliFacts {
  readonly program: 'inPath' | 'bySetting' | 'notFound';
  readonly version: Version;
  /** Whether the person lets its sign-in be used. */
  readonly isAllowed: boolean;
  /** What its session file tells; a keyring is not asked. Nothing is read before it is allowed. */
  readonly session: AuthFile['kind'] | 'notLookedAt';
  readonly isOpenToOthers: boolean;
}

export interface CodexCliPlace {
  /** The setting `chatgptSignIn.codexPath`. */
  readonly configured: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workspaces: readonly string[];
  /** The extension's own, where the program is run. */
  readonly folder: string;
}

/** Never throws. */
export function lookAtCodexCli(place: CodexCliPlace, clock: Clock, signal: AbortSignal): Promise<CodexCliFacts | ProbeFailure> {
  const { configured, environment, workspaces, folder } = place;
  return probe(clock, signal, async within => {
    const program = findExecutable({ configured, path: environment['PATH'], workspaces });
    const home = codexHome(environment);
    const isAllowed = consentFile(folder).hasConsent();
    return {
      program: program === undefined ? 'notFound' : configured === '' ? 'inPath' : 'bySetting',
      version: program === undefined ? [] : await askVersion(program, folder, within),
      isAllowed,
      session: isAllowed ? readAuthFile(home).kind : 'notLookedAt',
      isOpenToOthers: isReadableByOthers(home),
    };
  });
}

/** @returns no numbers where it says none */
function askVersion(program: string, folder: string, signal: AbortSignal): Promise<Version> {
  return new Promise(resolve => {
    execFile(program, ['--version'], { cwd: folder, signal, maxBuffer: 10_000, windowsHide: true }, (_error, stdout) => {
      resolve(versionOf(/\d\S*/.exec(stdout)?.[0]));
    });
  });
}
