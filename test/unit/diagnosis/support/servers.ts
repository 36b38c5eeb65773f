/** Servers on this machine for a probe, closed at the end of the test. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Server, Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

async function listen(server: Server, port = 0): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', socket => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve));
  onTestFinished(
    () =>
      new Promise<void>(resolve => {
        server.close(() => {
          resolve();
        });
        for (const socket of sockets) socket.destroy();
      }),
  );
  return (server.address() as AddressInfo).port;
}

export function webServer(answer: RequestListener, port?: number): Promise<number> {
  return listen(createHttpServer(answer), port);
}

/** A TCP server that does this with each connection. */
export function program(greet: (socket: Socket) => void, port?: number): Promise<number> {
  return listen(createServer(greet), port);
}

/** An HTTPS server with a certificate that no authority signed. */
export function selfSignedServer(answer: RequestListener): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'diagnosis-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost'];
  const how = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', ...subject];
  execFileSync('openssl', [...how, '-keyout', key, '-out', cert], { stdio: 'ignore' });
  const pair = { key: readFileSync(key), cert: readFileSync(cert) };
  rmSync(folder, { recursive: true });
  return listen(createHttpsServer(pair, answer));
}

/** A proxy that responds to CONNECT with this status, or opens the tunnel at 200; it records each request. */
export async function proxyServer(status: number): Promise<{ port: number; asked: string[] }> {
  const asked: string[] = [];
  const port = await program(socket => {
    socket.once('data', (chunk: Buffer) => {
      asked.push(chunk.toString());
      if (status !== 200) {
        socket.end(`HTTP/1.1 ${String(status)} No\r\nProxy-Authenticate: Basic realm="company"\r\nContent-Length: 0\r\n\r\n`);
        return;
      }
      const [, wanted = '0'] = /^CONNECT [^:]+:(\d+)/.exec(chunk.toString()) ?? [];
      const there = connect(Number(wanted), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        socket.pipe(there).pipe(socket);
      });
      there.on('error', () => socket.destroy());
      socket.on('close', () => there.destroy());
    });
  });
  return { port, asked };
}

/** A port on which nothing listens. */
export async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise(resolve => server.close(resolve));
  return port;
}
