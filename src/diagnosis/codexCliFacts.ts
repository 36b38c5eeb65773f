import { execFile } from 'node:child_process';
import { consentFile } from '../codexCli/consent.ts';
import type { Executable, ExecutableProblem } from '../codexCli/executable.ts';
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
  readonly executable: Executable['origin'] | ExecutableProblem;
  readonly version: Version;
  /** Whether the person consented to the use of its sign-in. */
  readonly isAllowed: boolean;
  /** The kind of its session file, which is not read before the person consents. A keyring is never read. */
  readonly session: AuthFile['kind'] | 'notRead';
  readonly isOpenToOthers: boolean;
}

export interface CodexCliPlace {
  /** The setting `chatgptSignIn.codexPath`. */
  readonly configured: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workspaces: readonly string[];
  /** The extension's storage folder, in which the CLI runs. */
  readonly folder: string;
}

/** Never throws. */
export function probeCodexCli(place: CodexCliPlace, clock: Clock, signal: AbortSignal): Promise<CodexCliFacts | ProbeFailure> {
  const { configured, environment, workspaces, folder } = place;
  return probe(clock, signal, async within => {
    const executable = findExecutable({ configured, environment, workspaces });
    const home = codexHome(environment);
    const isAllowed = consentFile(folder).hasConsent();
    return {
      executable: typeof executable === 'string' ? executable : executable.origin,
      version: typeof executable === 'string' ? [] : await readVersion(executable, folder, within),
      isAllowed,
      session: isAllowed ? readAuthFile(home).kind : 'notRead',
      isOpenToOthers: isReadableByOthers(home),
    };
  });
}

/** @returns no numbers where the CLI prints none */
function readVersion({ file, args, env }: Executable, folder: string, signal: AbortSignal): Promise<Version> {
  return new Promise(resolve => {
    execFile(file, [...args, '--version'], { cwd: folder, env, signal, maxBuffer: 10_000, windowsHide: true }, (_error, stdout) => {
      resolve(versionOf(/\d\S*/.exec(stdout)?.[0]));
    });
  });
}
