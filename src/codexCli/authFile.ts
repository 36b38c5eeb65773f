/** The file in which the Codex CLI keeps its session where it uses no keyring: read here, and never written. */
// eslint-disable-next-line no-restricted-imports -- Reads `auth.json` only, which SQLite never has open, so it drops no lock.
import { chmodSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { isRecord, parseJson, readString } from '../base/json.ts';

/**
 * What the file says about the CLI's sign-in:
 * - `none`: no file or no session in it: the CLI is signed out, or uses a keyring
 * - `chatgpt`: signed in to ChatGPT
 * - `apiKey`: an API key, which is not read
 * - `other`: another way to sign in, without an access token of a ChatGPT account
 */
export type AuthFile = { readonly kind: 'none' | 'apiKey' | 'other' } | { readonly kind: 'chatgpt'; readonly accessToken: string };

export const authFileName = 'auth.json';

const longestFile = 1_000_000;

/** The CLI's folder. A relative `CODEX_HOME` is ignored: it is relative to the CLI's working folder, which is not this process's. */
export function codexHome(env: Readonly<Record<string, string | undefined>>): string {
  const { CODEX_HOME: home } = env;
  return home !== undefined && isAbsolute(home) ? home : join(homedir(), '.codex');
}

/**
 * Follows links: some people keep this file with their other settings. Anything but an ordinary file is `none`, since reading a pipe
 * would block. Never throws; a file that is being written is `none` until it is complete.
 */
export function readAuthFile(home: string): AuthFile {
  const path = join(home, authFileName);
  try {
    const found = statSync(path);
    if (!found.isFile() || found.size > longestFile) return { kind: 'none' };
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

/** A value that changes with the file; `undefined`: no file. */
export function authFileStamp(home: string): string | undefined {
  const found = statIfThere(join(home, authFileName));
  return found && `${String(found.ino)} ${String(found.mtimeMs)} ${String(found.size)}`;
}

/** Whether other users of the machine can read the file. Windows has no such mode: it protects the user's profile as a whole. */
export function isReadableByOthers(home: string): boolean {
  const found = statIfThere(join(home, authFileName));
  return process.getuid !== undefined && found?.isFile() === true && (found.mode & 0o077) !== 0;
}

/** Whether the CLI's folder is there: the CLI creates it at the first sign-in. */
export function hasHome(home: string): boolean {
  return statIfThere(home)?.isDirectory() === true;
}

/** `undefined` also where the path cannot be accessed. */
function statIfThere(path: string) {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/**
 * Takes the file from everybody but its owner, and changes nothing else.
 * @throws the operating system's error, where the file is gone or belongs to another user
 */
export function restrictPermissions(home: string): void {
  chmodSync(join(home, authFileName), 0o600);
}
