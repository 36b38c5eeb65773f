import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { probePort } from '../../../src/diagnosis/ports.ts';
import { LoopbackServer } from '../../../src/oauth/loopbackServer.ts';
import { ManualClock } from '../support/clock.ts';
import { closedPort, program, webServer } from './support/servers.ts';

const never = new AbortController().signal;
const page = { mood: 'bad', language: 'en', title: '', paragraphs: [] } as const;

describe('the probe of a redirect port', () => {
  it('a port that no program uses is free, and can be bound right after the probe', async () => {
    const port = await closedPort();
    await expect(probePort(port, never)).resolves.toEqual({ port, holder: 'nobody' });
    const server = createServer();
    await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve));
    server.close();
  });

  it('a port on which this extension waits for a redirect is ours, and the sign-in goes on', async () => {
    const redirect = { host: '127.0.0.1', path: '/auth/callback', ports: [] } as const;
    const listener = await LoopbackServer.bind(redirect, { mismatchedState: page, late: page }, new ManualClock());
    const arrival = listener.waitFor('the-state');
    const port = Number(new URL(listener.redirectUri).port);
    await expect(probePort(port, never)).resolves.toEqual({ port, holder: 'ours' });
    void fetch(`${listener.redirectUri}?state=the-state&code=c`).catch(() => undefined);
    (await arrival).respond(page);
    listener.close();
  });

  it("a port of the Codex CLI's login server is recognized, without cancelling that sign-in", async () => {
    const asked: string[] = [];
    const port = await webServer((request, response) => {
      asked.push(`${request.method ?? ''} ${request.url ?? ''}`);
      response.writeHead(404, { server: 'tiny-http (Rust)' }).end();
    });
    await expect(probePort(port, never)).resolves.toEqual({ port, holder: 'codexCli' });
    expect(asked).toEqual(['HEAD /']);
  });

  it('a port of any other HTTP server is a web server, whatever its Server header says', async () => {
    const port = await webServer((_request, response) => response.writeHead(200, { server: 'ada@example.com' }).end());
    await expect(probePort(port, never)).resolves.toEqual({ port, holder: 'webServer' });
  });

  it('a port whose program speaks another protocol or closes the connection is another program', async () => {
    const talker = await program(socket => socket.end('220 ready\r\n'));
    const mute = await program(socket => socket.destroy());
    for (const port of [talker, mute]) await expect(probePort(port, never)).resolves.toEqual({ port, holder: 'otherProgram' });
  });

  it('a port that accepts the connection and sends nothing is silent, also when the probe is cancelled', async () => {
    const port = await program(() => undefined);
    await expect(probePort(port, never)).resolves.toEqual({ port, holder: 'silent' });
    await expect(probePort(port, AbortSignal.timeout(50))).resolves.toEqual({ port, holder: 'silent' });
  });
});
