/** Where the Codex CLI keeps its sign-in where it has no keyring: looked into, and never written. */
// eslint-disable-next-line no-restricted-imports -- Reads `auth.json` alone, which SQLite never has open, so that no lock of its is dropped.
import { chmodSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { isRecord, parseJson, readString } from '../base/json.ts';

/**
 * What the file tells, as far as it concerns us.
 * - `none`: no file, or none with a sign-in: signed out, or kept in a keyring
 * - `chatgpt`: signed in to ChatGPT
 * - `apiKey`: an API key, which is not looked at
 * - `other`: a way to sign in that has no access token of a ChatGPT account
 */
export type AuthFile = { readonly kind: 'none' | 'apiKey' | 'other' } | { readonly kind: 'chatgpt'; readonly accessToken: string };

export const authFileName = 'auth.json';

const longest = 1_000_000;

/** The CLI's folder. It takes an absolute `CODEX_HOME` alone to be one; so do we, since ours is another working folder. */
export function codexHome(env: Readonly<Record<string, string | undefined>>): string {
  const { CODEX_HOME: home } = env;
  return home !== undefined && isAbsolute(home) ? home : join(homedir(), '.codex');
}

/**
 * Follows links: some keep this file with their other settings. Anything but an ordinary file is `none`; a pipe would be waited
 * for. Never throws, and never waits for a file that is being written: that one is `none` until it is whole.
 */
export function readAuthFile(home: string): AuthFile {
  const path = join(home, authFileName);
  try {
    const found = statSync(path);
    if (!found.isFile() || found.size > longest) return { kind: 'none' };
    return readAuth(parseJson(readFileSync(path, 'utf8')));
  } catch {
    return { kind: 'none' };
  }
}

function readAuth(content: unknown): AuthFile {
  if (!isRecord(content)) return { kind: 'none' };
  const mode = readString(content['auth_mode']);
  const tokens = isRecord(content['tokens']) ? content['tokens'] : {};
  const accessToken = readString(tokens['access_token']);
  if (mode === 'apikey' || (mode === undefined && readString(content['OPENAI_API_KEY']) !== undefined)) return { kind: 'apiKey' };
  if (mode !== undefined && mode !== 'chatgpt') return { kind: 'other' };
  if (accessToken === undefined) return { kind: 'none' };
  return { kind: 'chatgpt', accessToken };
}

/** Changes with the file: which one it is, and when it was written. `undefined`: none. */
export function authFileStamp(home: string): string | undefined {
  const found = statIfThere(join(home, authFileName));
  return found && `${String(found.ino)} ${String(found.mtimeMs)} ${String(found.size)}`;
}

/** Whether other users of the machine can read it. Windows has no such mode: the user's profile is guarded as a whole. */
export function isReadableByOthers(home: string): boolean {
  const found = statIfThere(join(home, authFileName));
  return process.getuid !== undefined && found?.isFile() === true && (found.mode & 0o077) !== 0;
}

/** Whether the CLI's folder is there: it comes into being with the first sign-in. */
export function hasHome(home: string): boolean {
  return statIfThere(home)?.isDirectory() === true;
}

/** What cannot even be looked at is not there for us. */
function statIfThere(path: string) {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/**
 * Takes the file from everybody but its owner, and changes nothing else.
 * @throws the system's error, where the file is gone or belongs to another
 */
export function restrictPermissions(home: string): void {
  chmodSync(join(home, authFileName), 0o600);
}
