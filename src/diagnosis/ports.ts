import { request } from 'node:http';
import { createServer } from 'node:net';
import { loopbackServerName } from '../oauth/loopbackServer.ts';

/**
 * Who holds a redirect port:
 * - `nobody`: it can be listened on
 * - `reserved`: nobody listens, and the operating system reserves it, as Hyper-V does with its ranges
 * - `taken`: nobody responds, and yet listening fails
 * - `ours`: a sign-in of this extension waits there, in this window or another
 * - `codexCli`: its server is built as the login server of the Codex CLI is
 * - `webServer`: another program that speaks HTTP
 * - `otherProgram`: one that does not
 * - `silent`: a program that accepts the connection and sends nothing
 */
export type PortHolder = 'nobody' | 'reserved' | 'taken' | 'ours' | 'codexCli' | 'webServer' | 'otherProgram' | 'silent';

export interface PortState {
  readonly port: number;
  readonly holder: PortHolder;
}

const host = '127.0.0.1';
/** Milliseconds in which a program on this machine says something, if it ever does. */
const probeTimeout = 2_000;

/** @param signal ends the probe */
export async function probePort(port: number, signal: AbortSignal): Promise<PortState> {
  const holder = await headPort(port, signal);
  return { port, holder: holder === 'refused' ? await tryToListen(port) : holder };
}

/** HEAD of the root: safe by its definition (RFC 9110 9.2.1). What ends a Codex CLI's sign-in is another path. */
function headPort(port: number, signal: AbortSignal): Promise<PortHolder | 'refused'> {
  return new Promise(resolve => {
    const call = request({ host, port, method: 'HEAD', path: '/', agent: false, timeout: probeTimeout, signal });
    const settle = (holder: PortHolder | 'refused') => {
      resolve(holder);
      call.destroy();
    };
    call.on('response', ({ headers }) => {
      const server = String(headers['server'] ?? '');
      settle(server === loopbackServerName ? 'ours' : /^tiny-http\b/i.test(server) ? 'codexCli' : 'webServer');
    });
    call.on('timeout', () => {
      settle('silent');
    });
    call.on('error', (error: NodeJS.ErrnoException) => {
      settle(error.code === 'ECONNREFUSED' ? 'refused' : signal.aborted ? 'silent' : 'otherProgram');
    });
    call.end();
  });
}

/** For a moment, and only where nobody listens: a sign-in that begins in this moment takes the other port. */
function tryToListen(port: number): Promise<'nobody' | 'reserved' | 'taken'> {
  return new Promise(resolve => {
    const server = createServer();
    server.on('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code === 'EACCES' ? 'reserved' : 'taken');
    });
    server.listen({ host, port, exclusive: true }, () => {
      server.close(() => {
        resolve('nobody');
      });
    });
  });
}
