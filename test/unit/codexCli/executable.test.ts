import { chmodSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join, relative } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { findExecutable } from '../../../src/codexCli/executable.ts';

const name = process.platform === 'win32' ? 'codex.exe' : 'codex';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'program-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

function place(where: string, mode = 0o755): string {
  mkdirSync(where, { recursive: true });
  const path = join(where, name);
  writeFileSync(path, '');
  chmodSync(path, mode);
  return path;
}

describe('findExecutable [R65]', () => {
  it('the first executable in PATH is found', () => {
    const [empty, one, two] = [folder(), place(folder()), place(folder())];
    const path = [empty, join(one, '..'), join(two, '..')].join(delimiter);
    expect(findExecutable({ configured: '', path, workspaces: [] })).toBe(one);
  });

  it('a configured executable wins over PATH, even if it does not exist', () => {
    const [one, two] = [place(folder()), place(folder())];
    expect(findExecutable({ configured: two, path: join(one, '..'), workspaces: [] })).toBe(two);
    expect(findExecutable({ configured: join(folder(), name), path: join(one, '..'), workspaces: [] })).toBeUndefined();
  });

  it('relative folders in PATH and a relative configured path are ignored', () => {
    const here = relative(process.cwd(), join(place(folder()), '..'));
    const path = ['', '.', here].join(delimiter);
    expect(findExecutable({ configured: '', path, workspaces: [] })).toBeUndefined();
    expect(findExecutable({ configured: join(here, name), path: undefined, workspaces: [] })).toBeUndefined();
  });

  it('an executable inside a workspace is ignored', () => {
    const workspace = folder();
    const inside = place(join(workspace, 'node_modules', '.bin'));
    const beside = place(`${workspace}-beside`);
    onTestFinished(() => rm(`${workspace}-beside`, { recursive: true, force: true }));
    const path = [join(inside, '..'), join(beside, '..')].join(delimiter);
    expect(findExecutable({ configured: '', path, workspaces: [workspace] })).toBe(beside);
    expect(findExecutable({ configured: inside, path: undefined, workspaces: [workspace] })).toBeUndefined();
  });

  it('a link to an executable inside a workspace is ignored', () => {
    const [workspace, elsewhere] = [folder(), folder()];
    symlinkSync(place(workspace), join(elsewhere, name));
    expect(findExecutable({ configured: '', path: elsewhere, workspaces: [workspace] })).toBeUndefined();
  });

  it.skipIf(process.platform === 'win32')('a folder or a file without execute permission is ignored (Windows has no such mode)', () => {
    const plain = place(folder(), 0o644);
    const inFolder = folder();
    mkdirSync(join(inFolder, name));
    const path = [join(plain, '..'), inFolder].join(delimiter);
    expect(findExecutable({ configured: '', path, workspaces: [] })).toBeUndefined();
  });
});
