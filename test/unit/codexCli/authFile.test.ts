import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { codexHome, isReadableByOthers, readAuthFile, authFileStamp } from '../../../src/codexCli/authFile.ts';

function home(content?: unknown): string {
  const path = mkdtempSync(join(tmpdir(), 'codex-home-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  if (content !== undefined) write(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

function write(path: string, content: string): void {
  writeFileSync(join(path, 'auth.json'), content, { mode: 0o600 });
}

const tokens = { id_token: 'i', access_token: 'a', refresh_token: 'r', account_id: 'w' };

describe('the auth file of the Codex CLI', () => {
  it('codexHome() is CODEX_HOME when that is an absolute path, and ~/.codex otherwise', () => {
    const absolute = tmpdir();
    expect(codexHome({ CODEX_HOME: absolute })).toBe(absolute);
    for (const other of [undefined, '', 'here/codex']) expect(codexHome({ CODEX_HOME: other })).toBe(join(homedir(), '.codex'));
  });

  it('reading a ChatGPT sign-in returns the access token and never the refresh token [R62]', () => {
    const found = readAuthFile(home({ auth_mode: 'chatgpt', OPENAI_API_KEY: null, tokens }));
    expect(found).toEqual({ kind: 'chatgpt', accessToken: 'a' });
  });

  it.each([
    ['an older CLI, without its mode', { OPENAI_API_KEY: null, tokens }, 'chatgpt'],
    ['an API key', { auth_mode: 'apikey', OPENAI_API_KEY: 'sk' }, 'apiKey'],
    ['an API key of an older CLI', { OPENAI_API_KEY: 'sk', tokens: null }, 'apiKey'],
    ['a mode that has no such token', { auth_mode: 'personalAccessToken', personal_access_token: 'p' }, 'other'],
    ['an unknown mode', { auth_mode: 'new', tokens }, 'other'],
    ['no tokens', { auth_mode: 'chatgpt' }, 'none'],
    ['an empty token', { auth_mode: 'chatgpt', tokens: { access_token: '' } }, 'none'],
    ['truncated JSON', '{"auth_mode": "chatgpt", "tok', 'none'],
    ['no content', '', 'none'],
    ['a list', [], 'none'],
    ['more than a megabyte', ' '.repeat(1_000_001), 'none'],
  ])('a file with %s has the expected kind', (_what, content, kind) => {
    expect(readAuthFile(home(content)).kind).toBe(kind);
  });

  it('a missing file or folder reads as none, without a stamp', () => {
    const path = home();
    expect([readAuthFile(path).kind, authFileStamp(path), isReadableByOthers(path)]).toEqual(['none', undefined, false]);
    expect(readAuthFile(join(path, 'missing')).kind).toBe('none');
  });

  it('a link that points to itself reads as none, without a stamp', () => {
    const path = home();
    symlinkSync('auth.json', join(path, 'auth.json'));
    expect([readAuthFile(path).kind, authFileStamp(path), isReadableByOthers(path)]).toEqual(['none', undefined, false]);
  });

  it('a link to a file elsewhere is followed', () => {
    const [path, elsewhere] = [home(), home({ auth_mode: 'chatgpt', tokens })];
    symlinkSync(join(elsewhere, 'auth.json'), join(path, 'auth.json'));
    expect(readAuthFile(path).kind).toBe('chatgpt');
  });

  it('a folder or a named pipe in place of the file reads as none, without blocking', () => {
    const path = home();
    mkdirSync(join(path, 'auth.json'));
    expect(readAuthFile(path).kind).toBe('none');
    if (process.platform === 'win32') return;
    const other = home();
    execFileSync('mkfifo', [join(other, 'auth.json')]);
    expect(readAuthFile(other).kind).toBe('none');
  });

  it('replacing the file with one of the same length changes its stamp', () => {
    const path = home({ auth_mode: 'chatgpt', tokens });
    const before = authFileStamp(path);
    expect(authFileStamp(path)).toBe(before);
    writeFileSync(join(path, 'next'), JSON.stringify({ auth_mode: 'chatgpt', tokens: { ...tokens, access_token: 'b' } }));
    renameSync(join(path, 'next'), join(path, 'auth.json'));
    expect(authFileStamp(path)).not.toBe(before);
  });
});
