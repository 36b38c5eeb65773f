/** The HTTP server: every request gets an ID and the service's date, is recorded, may fail, and goes to its part. */

import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { handleApi } from './api.ts';
import { handleBackend, isBackend } from './backend.ts';
import { makeCodexService } from './codex.ts';
import { apiMount, plainMount, type Announcement, type RequestKind } from './contract.ts';
import { handleControl, isControl } from './control.ts';
import { handleDevicePage, isDevicePage } from './devicePage.ts';
import { respondWith } from './faults.ts';
import { makeKeys } from './keys.ts';
import { makePlainService } from './plain.ts';
import { classify, isApi, mounts, receive, type Received } from './received.ts';
import { handleSignIn, isSignIn } from './signin.ts';
import { State } from './state.ts';

export interface RunningServer {
  announcement: Announcement;
  close: () => Promise<void>;
}

export async function serve(host: string, port: number): Promise<RunningServer> {
  const server = createServer();
  const issuer = `http://${host}:${String(await listen(server, host, port))}`;
  const state = new State(issuer, await makeKeys());
  const services = { codex: makeCodexService(state), plain: makePlainService(state) };

  const dispatch = async (received: Received, response: ServerResponse): Promise<void> => {
    const service = services[received.service];
    if (isApi(received)) handleApi(state, received, response);
    else if (received.service === 'codex' && isBackend(received)) await handleBackend(state, received, response);
    else if (isSignIn(received)) await handleSignIn(service, state, received, response);
    else if (isDevicePage(service, received)) await handleDevicePage(service, state, received, response);
    else await service.handle(received, response);
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    response.setHeader('x-request-id', `req_${randomBytes(8).toString('base64url')}`);
    const orders = state.orders.current;
    const received = await receive(request);
    if (isControl(received)) {
      await handleControl(state, received, response);
      return;
    }
    const { kind, route } = classify(received);
    const path = `${mounts[received.service]}${received.path}`;
    const entry = state.ledger.open(kind, received.method, path, request.headers, received.params);
    entry.strays = state.ledger.straysIn(received, isApi(received));
    // What the client was told, also where it leaves a stream before its end.
    Object.defineProperty(entry, 'status', { enumerable: true, get: () => (response.headersSent ? response.statusCode : 0) });
    response.once('close', () => {
      entry.endedAt = new Date().toISOString();
    });
    await sleep(delay(state, kind));
    response.setHeader('date', new Date().toUTCString());
    await state.orders.process(received.params, orders, async () => {
      const fault = state.orders.own.takeFault(route);
      if (fault === undefined || respondWith(fault, received.service, response)) await dispatch(received, response);
    });
  };

  server.on('request', (request, response) => {
    handle(request, response).catch((error: unknown) => {
      console.error(error);
      response.destroy();
    });
  });

  return {
    announcement: {
      issuer,
      backendUrl: `${issuer}/backend-api`,
      apiUrl: `${issuer}${apiMount}`,
      control: `${issuer}/control`,
      plainIssuer: `${issuer}${plainMount}`,
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

async function listen(server: Server, host: string, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return (server.address() as AddressInfo).port;
}

function delay({ settings }: State, kind: RequestKind): number {
  switch (kind) {
    case 'authorize':
      return settings.authorizeDelayMs;
    case 'code':
    case 'refresh':
      return settings.tokenDelayMs;
    case 'revoke':
      return settings.revokeDelayMs;
    case 'usage':
      return settings.usageDelayMs;
    case 'deviceStart':
    case 'devicePoll':
      return settings.deviceDelayMs;
    case 'api':
      return settings.apiDelayMs;
    case 'other':
      return 0;
  }
}
