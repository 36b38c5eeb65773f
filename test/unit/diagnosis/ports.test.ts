import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { askPort } from '../../../src/diagnosis/ports.ts';
import { LoopbackServer } from '../../../src/oauth/loopbackServer.ts';
import { closedPort, program, webServer } from './support/servers.ts';

const never = new AbortController().signal;
const page = { mood: 'bad', language: 'en', title: '', paragraphs: [] } as const;

describe('a port that the browser can come back to', () => {
  it('is free where nobody has it, and can be had right afterwards', async () => {
    const port = await closedPort();
    await expect(askPort(port, never)).resolves.toEqual({ port, holder: 'nobody' });
    const server = createServer();
    await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve));
    server.close();
  });

  it('is ours where a sign-in of this extension waits, which goes on waiting', async () => {
    const redirect = { host: '127.0.0.1', path: '/auth/callback', ports: [] } as const;
    const listener = await LoopbackServer.bind(redirect, { mismatchedState: page, late: page });
    const arrival = listener.waitFor('the-state');
    const port = Number(new URL(listener.redirectUri).port);
    await expect(askPort(port, never)).resolves.toEqual({ port, holder: 'ours' });
    void fetch(`${listener.redirectUri}?state=the-state&code=c`).catch(() => undefined);
    (await arrival).respond(page);
    listener.close();
  });

  it("is a Codex CLI's where its login server answers, and is not told to cancel", async () => {
    const asked: string[] = [];
    const port = await webServer((request, response) => {
      asked.push(`${request.method ?? ''} ${request.url ?? ''}`);
      response.writeHead(404, { server: 'tiny-http (Rust)' }).end();
    });
    await expect(askPort(port, never)).resolves.toEqual({ port, holder: 'codexCli' });
    expect(asked).toEqual(['HEAD /']);
  });

  it("is another program's that speaks HTTP, whatever it calls itself", async () => {
    const port = await webServer((_request, response) => response.writeHead(200, { server: 'ada@example.com' }).end());
    await expect(askPort(port, never)).resolves.toEqual({ port, holder: 'webServer' });
  });

  it("is another program's that says something else, or hangs up", async () => {
    const talker = await program(socket => socket.end('220 ready\r\n'));
    const mute = await program(socket => socket.destroy());
    for (const port of [talker, mute]) await expect(askPort(port, never)).resolves.toEqual({ port, holder: 'otherProgram' });
  });

  it('is silent where the call is taken and nothing is said, and the question ends when it is cancelled', async () => {
    const port = await program(() => undefined);
    await expect(askPort(port, never)).resolves.toEqual({ port, holder: 'silent' });
    await expect(askPort(port, AbortSignal.timeout(50))).resolves.toEqual({ port, holder: 'silent' });
  });
});
