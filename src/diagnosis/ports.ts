import { request } from 'node:http';
import { createServer } from 'node:net';
import { loopbackServerName } from '../oauth/loopbackServer.ts';

/**
 * Who has a port that the browser can come back to:
 * - `nobody`: it can be listened on
 * - `reserved`: nobody listens, and the system gives it to nobody, as Hyper-V does with ranges of its own
 * - `taken`: nobody answers, and yet it cannot be had
 * - `ours`: a sign-in of this extension waits there, in this window or another
 * - `codexCli`: what answers is built as the login server of the Codex CLI is
 * - `webServer`: another program that speaks HTTP
 * - `otherProgram`: one that does not
 * - `silent`: one that takes the call and says nothing
 */
export type PortHolder = 'nobody' | 'reserved' | 'taken' | 'ours' | 'codexCli' | 'webServer' | 'otherProgram' | 'silent';

export interface PortState {
  readonly port: number;
  readonly holder: PortHolder;
}

const host = '127.0.0.1';
/** Milliseconds in which a program on this machine says something, if it ever does. */
const probeTimeout = 2_000;

/** @param signal ends the question without an answer */
export async function askPort(port: number, signal: AbortSignal): Promise<PortState> {
  const answer = await probePort(port, signal);
  return { port, holder: answer === 'refused' ? await tryToListen(port) : answer };
}

/** HEAD of the root: safe by its definition (RFC 9110 9.2.1). What ends a Codex CLI's sign-in is another path. */
function probePort(port: number, signal: AbortSignal): Promise<PortHolder | 'refused'> {
  return new Promise(resolve => {
    const call = request({ host, port, method: 'HEAD', path: '/', agent: false, timeout: probeTimeout, signal });
    const settle = (answer: PortHolder | 'refused') => {
      resolve(answer);
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
