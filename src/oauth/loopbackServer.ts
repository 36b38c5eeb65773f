import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { AppError } from '../base/errors.ts';
import type { CallbackPageText } from './callbackPage.ts';
import { callbackPageHeaders, callbackPage } from './callbackPage.ts';
import type { AccountService } from './service.ts';

/** What the listener is called in its answers, so that who meets it on a port knows whose it is. */
export const loopbackServerName = 'chatgpt-sign-in';

/** Texts for a request that does not belong to this sign-in, and for one that comes after it ended. */
export interface LoopbackTexts {
  readonly mismatchedState: CallbackPageText;
  readonly late: CallbackPageText;
}

/** The browser came back with the right `state`. The page stays open until `respond` is called. */
export interface Callback {
  readonly url: URL;
  respond(text: CallbackPageText): void;
}

/**
 * Waits on a loopback port for the browser. Only a GET of the callback path with the right `state` ends the wait;
 * anything else gets a short answer and the wait goes on, so that no page, scanner or other program can end it.
 */
export class LoopbackServer {
  readonly redirectUri: string;
  readonly #server: Server;
  readonly #origin: string;
  readonly #path: string;
  readonly #texts: LoopbackTexts;
  #expected: { state: Buffer; resolve: (callback: Callback) => void; onStranger: () => void } | undefined;
  #answered = false;

  /**
   * Binds the first port that is free.
   * @throws AppError `portsBusy`
   */
  static async bind(redirect: AccountService['redirect'], texts: LoopbackTexts, makeServer = newServer): Promise<LoopbackServer> {
    for (const port of redirect.ports.length > 0 ? redirect.ports : [0]) {
      const server = makeServer();
      if (await listen(server, port, redirect.host)) return new LoopbackServer(server, redirect, texts);
    }
    throw new AppError('portsBusy');
  }

  private constructor(server: Server, redirect: AccountService['redirect'], texts: LoopbackTexts) {
    const address = server.address();
    if (address === null || typeof address === 'string') throw new AppError('unexpected');
    this.#server = server;
    this.#origin = `http://${redirect.host}:${String(address.port)}`;
    this.#path = redirect.path;
    this.redirectUri = this.#origin + redirect.path;
    this.#texts = texts;
    server.on('request', (request, response) => {
      this.#answer(request, response);
    });
    server.on('clientError', (_error, socket) => {
      socket.destroy();
    });
    // One connection that could not be taken, for want of file handles: the next one may.
    server.on('error', () => undefined);
  }

  /**
   * Resolves with the first callback that carries `state`; ends only by `close` otherwise.
   * @param onStranger is told of each callback that comes with another
   */
  waitFor(state: string, onStranger: () => void = () => undefined): Promise<Callback> {
    return new Promise(resolve => {
      this.#expected = { state: digest(state), resolve, onStranger };
    });
  }

  /**
   * The address that a browser ended at on another machine, brought here by hand: it counts as much as a call.
   * @returns what is wrong with it, while the wait goes on
   */
  submitRedirectUrl(address: string): 'callbackIncomplete' | 'stateMismatch' | undefined {
    const pasted = URL.parse(address.trim());
    if (pasted?.pathname !== this.#path || !isWholeAnswer(pasted.searchParams)) return 'callbackIncomplete';
    const claim = this.#claim(pasted);
    if (claim === undefined || claim === 'late') return 'stateMismatch';
    claim({ url: new URL(this.redirectUri + pasted.search), respond: () => undefined });
    return undefined;
  }

  /**
   * Lets go of the port. A page that is still waiting for its answer gets what was sent so far; a connection that a
   * browser opened ahead may still ask, and is told that nobody waits for it.
   */
  close(): void {
    this.#expected = undefined;
    this.#server.close();
    this.#server.closeIdleConnections();
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    response.setHeader('connection', 'close');
    response.setHeader('server', loopbackServerName);
    if (!this.#isAddressedToUs(request.headers.host)) {
      plain(response, 421);
      return;
    }
    const url = request.url?.startsWith('/') ? URL.parse(this.#origin + request.url) : null;
    if (url?.pathname !== this.#path) {
      plain(response, 404);
      return;
    }
    if (request.method !== 'GET') {
      response.setHeader('allow', 'GET');
      plain(response, 405);
      return;
    }
    this.#callback(url, response);
  }

  #callback(url: URL, response: ServerResponse): void {
    const claim = this.#claim(url);
    if (claim === undefined) this.#expected?.onStranger();
    if (claim === undefined || claim === 'late') {
      page(response, 400, claim === 'late' ? this.#texts.late : this.#texts.mismatchedState);
      return;
    }
    claim({
      url,
      respond: text => {
        page(response, 200, text);
      },
    });
  }

  /** Compares `state`, and hands out the end of the wait to the first that has it. */
  #claim(url: URL): ((callback: Callback) => void) | 'late' | undefined {
    const states = url.searchParams.getAll('state');
    const state = states.length === 1 ? states[0] : undefined;
    if (!this.#expected || state === undefined || !timingSafeEqual(digest(state), this.#expected.state)) return undefined;
    if (this.#answered) return 'late';
    this.#answered = true;
    return this.#expected.resolve;
  }

  /** A name that someone else points at this machine (DNS rebinding) is not ours. */
  #isAddressedToUs(host: string | undefined): boolean {
    const port = new URL(this.#origin).port;
    return host === `127.0.0.1:${port}` || host === `localhost:${port}` || host === `[::1]:${port}`;
  }
}

function newServer(): Server {
  const server = createServer({ maxHeaderSize: 16_384, headersTimeout: 10_000, requestTimeout: 15_000, keepAlive: false });
  server.maxConnections = 64;
  return server;
}

/** @returns whether the port was free */
function listen(server: Server, port: number, host: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      // EACCES: a range that the system keeps for itself, as Hyper-V does
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(false);
      else reject(new AppError('unexpected', { cause: error }));
    });
    server.listen({ port, host, exclusive: true }, () => {
      server.removeAllListeners('error');
      resolve(true);
    });
  });
}

function plain(response: ServerResponse, status: number): void {
  response.writeHead(status, { ...callbackPageHeaders, 'content-type': 'text/plain; charset=utf-8' }).end();
}

function page(response: ServerResponse, status: number, text: CallbackPageText): void {
  response.writeHead(status, callbackPageHeaders).end(callbackPage(text));
}

/** Copied by hand, an address may have lost its end. */
function isWholeAnswer(parameters: URLSearchParams): boolean {
  return parameters.has('state') && (parameters.has('error') || Boolean(parameters.get('code')));
}

/** Equal lengths for a comparison in constant time. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
