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

describe("the Codex CLI's session file", () => {
  it('is in CODEX_HOME where that is an absolute path, and in the home folder otherwise', () => {
    const absolute = tmpdir();
    expect(codexHome({ CODEX_HOME: absolute })).toBe(absolute);
    for (const other of [undefined, '', 'here/codex']) expect(codexHome({ CODEX_HOME: other })).toBe(join(homedir(), '.codex'));
  });

  it('tells the access token, and never the refresh token [R62]', () => {
    const found = readAuthFile(home({ auth_mode: 'chatgpt', OPENAI_API_KEY: null, tokens }));
    expect(found).toEqual({ kind: 'chatgpt', accessToken: 'a' });
  });

  it.each([
    ['an older CLI, without its mode', { OPENAI_API_KEY: null, tokens }, 'chatgpt'],
    ['an API key', { auth_mode: 'apikey', OPENAI_API_KEY: 'sk' }, 'apiKey'],
    ['an API key of an older CLI', { OPENAI_API_KEY: 'sk', tokens: null }, 'apiKey'],
    ['a mode that has no such token', { auth_mode: 'personalAccessToken', personal_access_token: 'p' }, 'other'],
    ['a mode that nobody has seen yet', { auth_mode: 'new', tokens }, 'other'],
    ['no tokens', { auth_mode: 'chatgpt' }, 'none'],
    ['an empty token', { auth_mode: 'chatgpt', tokens: { access_token: '' } }, 'none'],
    ['half of itself', '{"auth_mode": "chatgpt", "tok', 'none'],
    ['nothing', '', 'none'],
    ['a list', [], 'none'],
    ['far too much', ' '.repeat(1_000_001), 'none'],
  ])('holds %s', (_what, content, kind) => {
    expect(readAuthFile(home(content)).kind).toBe(kind);
  });

  it('may be none', () => {
    const path = home();
    expect([readAuthFile(path).kind, authFileStamp(path), isReadableByOthers(path)]).toEqual(['none', undefined, false]);
    expect(readAuthFile(join(path, 'missing')).kind).toBe('none');
  });

  it('may be a name that cannot be followed', () => {
    const path = home();
    symlinkSync('auth.json', join(path, 'auth.json'));
    expect([readAuthFile(path).kind, authFileStamp(path), isReadableByOthers(path)]).toEqual(['none', undefined, false]);
  });

  it('may be kept elsewhere, behind a link', () => {
    const [path, elsewhere] = [home(), home({ auth_mode: 'chatgpt', tokens })];
    symlinkSync(join(elsewhere, 'auth.json'), join(path, 'auth.json'));
    expect(readAuthFile(path).kind).toBe('chatgpt');
  });

  it('is not waited for where a folder or a pipe has its name', () => {
    const path = home();
    mkdirSync(join(path, 'auth.json'));
    expect(readAuthFile(path).kind).toBe('none');
    if (process.platform === 'win32') return;
    const other = home();
    execFileSync('mkfifo', [join(other, 'auth.json')]);
    expect(readAuthFile(other).kind).toBe('none');
  });

  it('has another stamp when it was replaced by one of the same length', () => {
    const path = home({ auth_mode: 'chatgpt', tokens });
    const before = authFileStamp(path);
    expect(authFileStamp(path)).toBe(before);
    writeFileSync(join(path, 'next'), JSON.stringify({ auth_mode: 'chatgpt', tokens: { ...tokens, access_token: 'b' } }));
    renameSync(join(path, 'next'), join(path, 'auth.json'));
    expect(authFileStamp(path)).not.toBe(before);
  });
});
