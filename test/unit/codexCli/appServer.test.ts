import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, it, onTestFinished } from 'vitest';
import { AppServer } from '../../../src/codexCli/appServer.ts';
import { JsonRpc } from '../../../src/codexCli/jsonRpc.ts';
import { AppError } from '../../../src/base/errors.ts';
import { systemClock } from '../../../src/base/clock.ts';
import { ManualClock } from '../support/clock.ts';
import { MemoryLog } from '../support/log.ts';

describe('JsonRpc', () => {
  const pair = () => {
    const [input, output] = [new PassThrough(), new PassThrough()];
    return { input, output, rpc: new JsonRpc(input, output, new MemoryLog()) };
  };

  it('responses are matched to requests, whatever chunks they arrive in and whatever else is on the stream', async () => {
    const { input, rpc } = pair();
    const [first, second] = [rpc.request('one'), rpc.request('two')];
    const text = 'Welcome!\n{"id":2,"result":"zwei é"}\n\n[]\n{"id":7,"result":0}\n{"id":1,"result":"eins"}\n';
    for (const byte of Buffer.from(text)) input.write(Buffer.from([byte]));
    expect(await Promise.all([first, second])).toEqual(['eins', 'zwei é']);
  });

  it('an error response rejects with its code, without its message', async () => {
    const { input, rpc } = pair();
    const answer = rpc.request('one');
    input.write('{"id":1,"error":{"code":-32603,"message":"token abc"}}\n');
    await expect(answer).rejects.toMatchObject({ code: -32_603, message: expect.not.stringContaining('abc') as string });
  });

  it('a request from the server is refused with "method not found", so that the server does not wait', async () => {
    const { input, output } = pair();
    input.write('{"id":5,"method":"applyPatchApproval","params":{}}\n');
    while (output.readableLength === 0) await new Promise(resolve => setImmediate(resolve));
    expect(JSON.parse(String(output.read()))).toMatchObject({ id: 5, error: { code: -32_601 } });
  });

  it('a line that never ends closes the connection', async () => {
    const { input, rpc } = pair();
    const answer = rpc.request('one');
    input.write('x'.repeat(4_000_001));
    await expect(answer).rejects.toThrow('too long');
  });
});

describe.skipIf(process.platform === 'win32')('AppServer (a script stands in for codex app-server, which Windows cannot run)', () => {
  /** A stand-in that notes its process id, working directory and arguments when it starts, and answers each request with this code. */
  function program(answers: string): { path: string; folder: string; starts: () => string[] } {
    const folder = mkdtempSync(join(tmpdir(), 'app-server-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const [path, notes] = [join(folder, 'codex'), join(folder, 'starts')];
    writeFileSync(notes, '');
    writeFileSync(
      path,
      `#!${process.execPath}
require('fs').appendFileSync(${JSON.stringify(notes)}, process.pid + ' ' + process.cwd() + ' ' + process.argv[2] + '\\n');
process.stderr.write('secret-on-stderr\\n');
require('readline').createInterface(process.stdin).on('line', line => {
  const { id, method } = JSON.parse(line);
  const answer = result => console.log(JSON.stringify({ id, result }));
  if (method === 'initialize') return ${answers.includes('initialize') ? '' : 'answer({})'};
  ${answers}
});
`,
    );
    chmodSync(path, 0o755);
    return { path, folder, starts: () => readFileSync(notes, 'utf8').trim().split('\n').filter(Boolean) };
  }

  function serve(path: string | undefined, folder: string, clock = new ManualClock()) {
    const log = new MemoryLog();
    const client = { name: 'test', title: 'Test', version: '0' };
    const executable = () => {
      if (path === undefined) throw new AppError('codexNotFound');
      return { file: path, args: [], env: {} };
    };
    const server = new AppServer({ executable, folder, client, clock, log });
    onTestFinished(async () => {
      const closing = server.close();
      clock.advance(2_000);
      await closing;
    });
    return { server, clock, log };
  }

  const isAlive = (start: string | undefined) => {
    try {
      return process.kill(Number(start?.split(' ')[0]), 0);
    } catch {
      return false;
    }
  };
  const untilGone = async (start: string | undefined) => {
    while (isAlive(start)) await systemClock.sleep(5);
  };

  it('concurrent callers share one process in the given folder, which is ended after 30 s without a request', async () => {
    const { path, folder, starts } = program(`answer({ account: { type: 'chatgpt', email: 'a@b' } })`);
    const { server, clock, log } = serve(path, folder);
    const ask = () => server.account({ refresh: false });
    expect(await Promise.all([ask(), ask()])).toEqual(Array(2).fill({ kind: 'chatgpt', profile: { email: 'a@b' } }));
    expect(starts()).toEqual([expect.stringMatching(`^\\d+ ${folder} app-server$`)]);
    clock.advance(29_999);
    await ask();
    clock.advance(29_999);
    expect(starts()).toHaveLength(1);
    expect(isAlive(starts()[0])).toBe(true);
    clock.advance(1);
    await untilGone(starts()[0]);
    await ask();
    expect(starts()).toHaveLength(2);
    expect(log.text).not.toContain('secret');
  });

  it('a process that does not respond fails the request after 15 s and is ended, by force if need be', async () => {
    const { path, folder, starts } = program(`process.stdin.removeAllListeners('end'); setInterval(() => {}, 1000)`);
    const { server, clock } = serve(path, folder);
    const answer = server.account({ refresh: false });
    const failed = expect(answer).rejects.toMatchObject({ code: 'codexFailed' });
    while (starts().length === 0) await systemClock.sleep(5);
    // The first timeout is that of the initialization, which is as long.
    while (clock.sleeping.length > 0 && isAlive(starts()[0])) {
      clock.advance(15_000);
      await systemClock.sleep(20);
    }
    await failed;
    await untilGone(starts()[0]);
  });

  it('a process that exits during a request fails it, and the next request starts a new one', async () => {
    const { path, folder, starts } = program('process.exit(3)');
    const { server } = serve(path, folder);
    const ask = () => expect(server.account({ refresh: false })).rejects.toMatchObject({ code: 'codexFailed' });
    await ask();
    await ask();
    expect(starts()).toHaveLength(2);
  });

  it('an executable that is missing is reported as not found, and one that cannot be run as failed', async () => {
    const { folder } = program('');
    await expect(serve(undefined, folder).server.account({ refresh: false })).rejects.toMatchObject({ code: 'codexNotFound' });
    await expect(serve(join(folder, 'missing'), folder).server.accessToken()).rejects.toMatchObject({ code: 'codexFailed' });
  });

  it('accessToken() returns nothing when the CLI is signed in with an API key [R67]', async () => {
    const { path, folder } = program(`answer({ authMethod: 'apikey', authToken: 'sk-key' })`);
    expect(await serve(path, folder).server.accessToken()).toBeUndefined();
  });
});
