/** A browser at the loopback server, and clients that are no browser. */
import { once } from 'node:events';
import type { IncomingHttpHeaders } from 'node:http';
import { request } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import { connect, createServer } from 'node:net';
import { text } from 'node:stream/consumers';

export interface Page {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Requests a URL as it is, over a connection of its own. */
export async function visit(
  address: string,
  { method = 'GET', host, target }: { method?: string; host?: string; target?: string } = {},
): Promise<Page> {
  const { hostname, port, pathname, search, host: own } = new URL(address);
  const outgoing = request({
    hostname,
    port,
    method,
    path: target ?? pathname + search,
    headers: { host: host ?? own, connection: 'keep-alive' },
    agent: false,
  });
  return new Promise((resolve, reject) => {
    outgoing.on('error', reject);
    outgoing.on('response', response => {
      text(response).then(body => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
      }, reject);
    });
    outgoing.end();
  });
}

/** A connection that is opened in advance; `send` writes to it and returns the whole response. */
export async function preconnect(port: number): Promise<{ send: (bytes: string) => Promise<string> }> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  return {
    send: bytes => {
      socket.write(bytes);
      return text(socket);
    },
  };
}

/** Holds a port that was free. */
export async function holdPort(port = 0): Promise<{ port: number; contacts: () => number; release: () => Promise<void> }> {
  let contacts = 0;
  const server = createServer(socket => {
    contacts++;
    socket.destroy();
  });
  server.listen({ port, host: '127.0.0.1', exclusive: true });
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, contacts: () => contacts, release: () => release(server) };
}

/** A port that nobody listens on right now. */
export async function freePort(): Promise<number> {
  const { port, release: free } = await holdPort();
  await free();
  return port;
}

async function release(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  await closed;
}
