import { chmodSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { ExecutableQuery } from '../../../src/codexCli/executable.ts';
import { findExecutable, requireExecutable } from '../../../src/codexCli/executable.ts';

const name = process.platform === 'win32' ? 'codex.exe' : 'codex';

function folder(): string {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'program-')));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

function put(path: string, content = '', mode = 0o755): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
}

function place(where: string, mode = 0o755): string {
  return put(join(where, name), '', mode);
}

interface Query extends Partial<ExecutableQuery> {
  readonly path?: string;
}

/** On a machine with nothing in its home folder. */
function query({ path = '', environment = {}, ...more }: Query): ExecutableQuery {
  const home = folder();
  vi.stubEnv('HOME', home);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  return { configured: '', environment: { PATH: path, ...environment }, workspaces: [], ...more };
}

function find(of: Query) {
  const found = findExecutable(query(of));
  return typeof found === 'string' ? found : [found.file, ...found.args];
}

const windows = { platform: 'win32', arch: 'x64' } as const;
const linux = { platform: 'linux', arch: 'x64' } as const;
const isPosix = process.platform !== 'win32';

describe('findExecutable [R65]', () => {
  it('the first executable in PATH is found', () => {
    const [empty, one, two] = [folder(), place(folder()), place(folder())];
    const path = [empty, dirname(one), dirname(two)].join(delimiter);
    expect(find({ path })).toEqual([one]);
  });

  it('a configured executable wins over PATH, even if it does not exist', () => {
    const [one, two] = [place(folder()), place(folder())];
    expect(find({ configured: two, path: dirname(one) })).toEqual([two]);
    expect(find({ configured: join(folder(), name), path: dirname(one) })).toBe('codexNotFound');
  });

  it.each([
    ['in double quotes', (path: string) => ` "${path}" `],
    ['in single quotes', (path: string) => `'${path}'`],
  ])('a configured path %s is understood', (_, write) => {
    const one = place(folder());
    expect(find({ configured: write(one) })).toEqual([one]);
  });

  it('a configured path from the home folder on is understood', () => {
    const of = query({ configured: `~/bin/${name}` });
    const one = place(join(process.env['HOME'] ?? '', 'bin'));
    expect(findExecutable(of)).toMatchObject({ file: one, origin: 'setting' });
  });

  it('relative folders in PATH and a relative configured path are ignored', () => {
    const here = relative(process.cwd(), dirname(place(folder())));
    const path = ['', '.', here].join(delimiter);
    expect(find({ path })).toBe('codexNotFound');
    expect(find({ configured: join(here, name) })).toBe('codexNotFound');
  });

  it('an executable inside a workspace is ignored, and said to be there where it is the only one', () => {
    const workspace = folder();
    const inside = place(join(workspace, 'node_modules', '.bin'));
    const beside = place(`${workspace}-beside`);
    onTestFinished(() => rm(`${workspace}-beside`, { recursive: true, force: true }));
    const path = [dirname(inside), dirname(beside)].join(delimiter);
    expect(find({ path, workspaces: [workspace] })).toEqual([beside]);
    expect(find({ configured: inside, workspaces: [workspace] })).toBe('codexInWorkspace');
    expect(() => requireExecutable(query({ configured: inside, workspaces: [workspace] }))).toThrow('codexInWorkspace');
  });

  it('a link to an executable inside a workspace is ignored', () => {
    const [workspace, elsewhere] = [folder(), folder()];
    symlinkSync(place(workspace), join(elsewhere, name));
    expect(find({ path: elsewhere, workspaces: [workspace] })).toBe('codexInWorkspace');
  });

  it('an executable inside a workspace that was opened through a link is ignored, by either name', () => {
    const workspace = folder();
    const opened = join(folder(), 'opened');
    symlinkSync(workspace, opened);
    place(workspace);
    for (const path of [workspace, opened]) expect(find({ path, workspaces: [opened] })).toBe('codexInWorkspace');
  });

  it.skipIf(!isPosix)('a folder or a file without execute permission is ignored (Windows has no such mode)', () => {
    const plain = place(folder(), 0o644);
    const inFolder = folder();
    mkdirSync(join(inFolder, name));
    const path = [dirname(plain), inFolder].join(delimiter);
    expect(find({ path })).toBe('codexNotFound');
  });

  it('the program gets a PATH without relative folders and without those of a workspace, whatever PATH is called', () => {
    const [bin, workspace] = [dirname(place(folder())), folder()];
    const link = join(folder(), 'link');
    symlinkSync(workspace, link);
    const path = ['', '.', workspace, join(workspace, 'bin'), link, bin].join(delimiter);
    const found = requireExecutable(query({ environment: { Path: path, OTHER: 'kept' }, path: bin, workspaces: [workspace] }));
    expect(found.env).toMatchObject({ Path: bin, PATH: bin, OTHER: 'kept' });
  });
});

describe.runIf(isPosix)('findExecutable and scripts (an interpreter line, which Windows does not have)', () => {
  const run = promisify(execFile);

  it('the interpreter of a script is taken from PATH, and a planted one of a workspace is not executed [R65]', async () => {
    const [workspace, bin] = [folder(), folder()];
    put(join(workspace, 'node'), `#!/bin/sh\ntouch '${workspace}/was-run'\n`);
    const node = put(join(bin, 'node'), '#!/bin/sh\necho "node $@"\n');
    const script = put(join(bin, name), '#!/usr/bin/env node\n');
    const path = [workspace, bin].join(delimiter);
    const { file, args, env } = requireExecutable(query({ path, workspaces: [workspace] }));
    expect([file, ...args]).toEqual([node, script]);
    expect((await run(file, [...args, '--version'], { env: { ...env } })).stdout).toBe(`node ${script} --version\n`);
    expect(() => readFileSync(join(workspace, 'was-run'))).toThrow();
  });

  it.each(['#!/usr/bin/env node', '#!/usr/bin/env -S node --harmony', '#!/nowhere/node'])(
    'a script that starts with %s is refused where its interpreter is not there',
    line => {
      expect(find({ path: dirname(put(join(folder(), name), `${line}\n`)) })).toBe('codexIsScript');
    },
  );

  it('a script whose interpreter lies in a workspace is refused', () => {
    const workspace = folder();
    const node = put(join(workspace, 'node'));
    expect(find({ path: dirname(put(join(folder(), name), `#!${node}\n`)), workspaces: [workspace] })).toBe('codexIsScript');
  });

  it('a script for a shell is executed as it is', () => {
    const script = put(join(folder(), name), '#!/bin/sh\n');
    expect(find({ path: dirname(script) })).toEqual([script]);
  });
});

describe('findExecutable and what installs the CLI', () => {
  const triples = { win32: 'x86_64-pc-windows-msvc', linux: 'x86_64-unknown-linux-musl' } as const;

  /** The npm package below a folder, with its program for a machine where `binary` says. */
  function npmPackage(
    modules: string,
    { platform }: typeof windows | typeof linux,
    binary: 'beside' | 'nested' | 'older' | 'none' = 'beside',
  ) {
    const script = put(join(modules, '@openai', 'codex', 'bin', 'codex.js'), '#!/usr/bin/env node\n');
    const root = join(modules, '@openai', 'codex');
    const exe = platform === 'win32' ? 'codex.exe' : 'codex';
    const own = `codex-${platform}-x64`;
    const places = {
      beside: join(modules, '@openai', own, 'vendor', triples[platform], 'bin'),
      nested: join(root, 'node_modules', '@openai', own, 'vendor', triples[platform], 'bin'),
      older: join(root, 'vendor', triples[platform], 'codex'),
      none: undefined,
    };
    const where = places[binary];
    return { script, binary: where === undefined ? '' : put(join(where, exe)) };
  }

  const batch = (to: string) => `@ECHO off\r\nSETLOCAL\r\n"%_prog%"  "%dp0%\\${to.replaceAll('/', '\\')}" %*\r\n`;

  it.each(['beside', 'nested', 'older'] as const)("npm's link is followed to the package's own program (%s)", where => {
    const prefix = folder();
    const { script, binary } = npmPackage(join(prefix, 'lib', 'node_modules'), linux, where);
    mkdirSync(join(prefix, 'bin'));
    symlinkSync(script, join(prefix, 'bin', 'codex'));
    expect(find({ path: join(prefix, 'bin'), machine: linux })).toEqual([binary]);
  });

  it("pnpm's shell script is followed to the package's own program", () => {
    const bin = folder();
    const { binary } = npmPackage(join(bin, 'global', '5', 'node_modules'), linux, 'nested');
    put(join(bin, 'codex'), '#!/bin/sh\nexec node  "$basedir/global/5/node_modules/@openai/codex/bin/codex.js" "$@"\n');
    expect(find({ path: bin, machine: linux })).toEqual([binary]);
  });

  it('a package without a program for this machine is started with Node from PATH', () => {
    const [bin, nodeFolder] = [folder(), folder()];
    const { script } = npmPackage(join(bin, 'node_modules'), linux, 'none');
    symlinkSync(script, join(bin, 'codex'));
    const node = put(join(nodeFolder, 'node'));
    expect(find({ path: [bin, nodeFolder].join(delimiter), machine: linux })).toEqual([node, script]);
    expect(find({ path: bin, machine: linux })).toBe('codexIsScript');
  });

  it("on Windows npm's batch file is followed to the package's own program", () => {
    const bin = folder();
    const { binary } = npmPackage(join(bin, 'node_modules'), windows);
    put(join(bin, 'codex.cmd'), batch('node_modules/@openai/codex/bin/codex.js'));
    expect(find({ path: bin, machine: windows })).toEqual([binary]);
    expect(find({ configured: `"${join(bin, 'codex.cmd')}"`, machine: windows })).toEqual([binary]);
  });

  it('on Windows npm is found where it installs, without PATH', () => {
    const roaming = folder();
    const { binary } = npmPackage(join(roaming, 'npm', 'node_modules'), windows);
    put(join(roaming, 'npm', 'codex.cmd'), batch('node_modules/@openai/codex/bin/codex.js'));
    expect(find({ environment: { APPDATA: roaming }, machine: windows })).toEqual([binary]);
  });

  it('on Windows any other batch file is refused with its reason', () => {
    const script = put(join(folder(), 'codex.cmd'), '@echo off\r\nsomething %*\r\n');
    expect(find({ path: dirname(script), machine: windows })).toBe('codexIsScript');
    expect(find({ configured: script, machine: windows })).toBe('codexIsScript');
  });

  it("on Windows the newest program of OpenAI's desktop app is found", () => {
    const local = folder();
    const bin = join(local, 'OpenAI', 'Codex', 'bin');
    const [old, recent] = [put(join(bin, '26.10', 'codex.exe')), put(join(bin, '26.9', 'codex.exe'))];
    utimesSync(dirname(old), 1, 1);
    expect(find({ environment: { LOCALAPPDATA: local }, machine: windows })).toEqual([recent]);
  });

  it("the CLI of its own installer is found in the CLI's folder, after PATH", () => {
    const home = folder();
    const standalone = put(join(home, 'packages', 'standalone', 'current', 'bin', 'codex'));
    const inPath = put(join(folder(), 'codex'));
    const environment = { CODEX_HOME: home };
    expect(findExecutable(query({ environment, machine: linux }))).toMatchObject({ file: standalone, origin: 'knownPlace' });
    expect(find({ environment, path: dirname(inPath), machine: linux })).toEqual([inPath]);
    expect(find({ environment, workspaces: [home], machine: linux })).toBe('codexInWorkspace');
  });
});
