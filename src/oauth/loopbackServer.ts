import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { Clock } from '../base/clock.ts';
import { AppError } from '../base/errors.ts';
import type { CallbackPageText } from './callbackPage.ts';
import { callbackPageHeaders, callbackPage } from './callbackPage.ts';
import type { AccountService } from './service.ts';
import { SilentSockets } from './silentSockets.ts';

/** The `server` header of every response, so that a diagnosis knows whose server is on a port. */
export const loopbackServerName = 'chatgpt-sign-in';

/** The pages for a redirect of another sign-in, and for one that comes after this sign-in has ended. */
export interface LoopbackTexts {
  readonly mismatchedState: CallbackPageText;
  readonly late: CallbackPageText;
}

/** A redirect with the right `state`. The browser waits for its page until `respond` is called. */
export interface Callback {
  readonly url: URL;
  respond(text: CallbackPageText): void;
}

/**
 * Waits on a loopback port for the browser (RFC 8252, 7.3). Only a GET of the callback path with the right `state` ends the wait;
 * anything else gets a short response, so that no page, scanner or other program can end it.
 */
export class LoopbackServer {
  readonly redirectUri: string;
  readonly #server: Server;
  readonly #origin: string;
  readonly #path: string;
  readonly #texts: LoopbackTexts;
  #expected: { state: Buffer; resolve: (callback: Callback) => void; onMismatch: () => void } | undefined;
  #isClaimed = false;

  /**
   * Binds the first port that is free.
   * @throws AppError `portsBusy`
   */
  static async bind(
    redirect: AccountService['redirect'],
    texts: LoopbackTexts,
    clock: Pick<Clock, 'sleep'>,
    makeServer = newServer,
  ): Promise<LoopbackServer> {
    for (const port of redirect.ports.length > 0 ? redirect.ports : [0]) {
      const server = makeServer();
      if (await listen(server, port, redirect.host)) return new LoopbackServer(server, redirect, texts, clock);
    }
    throw new AppError('portsBusy');
  }

  private constructor(server: Server, redirect: AccountService['redirect'], texts: LoopbackTexts, clock: Pick<Clock, 'sleep'>) {
    const address = server.address();
    if (address === null || typeof address === 'string') throw new AppError('unexpected');
    this.#server = server;
    this.#origin = `http://${redirect.host}:${String(address.port)}`;
    this.#path = redirect.path;
    this.redirectUri = this.#origin + redirect.path;
    this.#texts = texts;
    const silent = new SilentSockets(clock);
    server.on('connection', socket => {
      silent.add(socket);
    });
    server.on('request', (request, response) => {
      silent.remove(request.socket);
      this.#respond(request, response);
    });
    server.on('clientError', (_error, socket) => {
      socket.destroy();
    });
    // One connection could not be accepted, because file handles ran out: the next one may be.
    server.on('error', () => undefined);
  }

  /**
   * Resolves with the first callback that has this `state`, and not at all without one.
   * @param onMismatch called for each callback that has another
   */
  waitFor(state: string, onMismatch: () => void = () => undefined): Promise<Callback> {
    return new Promise(resolve => {
      this.#expected = { state: digest(state), resolve, onMismatch };
    });
  }

  /**
   * Takes the URL that a browser on another machine ended at, as a person copied it: it counts as a callback.
   * @returns what is wrong with it, while the wait goes on
   */
  submitRedirectUrl(address: string): 'callbackIncomplete' | 'stateMismatch' | undefined {
    const submitted = URL.parse(address.trim());
    if (submitted?.pathname !== this.#path || !isComplete(submitted.searchParams)) return 'callbackIncomplete';
    const claim = this.#claim(submitted);
    if (claim === undefined || claim === 'late') return 'stateMismatch';
    claim({ url: new URL(this.redirectUri + submitted.search), respond: () => undefined });
    return undefined;
  }

  /**
   * Frees the port. A browser that is still loading its page gets the rest; a request on a connection that it opened ahead gets the
   * page of another sign-in.
   */
  close(): void {
    this.#expected = undefined;
    this.#server.close();
    this.#server.closeIdleConnections();
  }

  #respond(request: IncomingMessage, response: ServerResponse): void {
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
    if (claim === undefined) this.#expected?.onMismatch();
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

  /** Compares `state`, and returns to the first caller that has it what ends the wait. */
  #claim(url: URL): ((callback: Callback) => void) | 'late' | undefined {
    const states = url.searchParams.getAll('state');
    const state = states.length === 1 ? states[0] : undefined;
    if (!this.#expected || state === undefined || !timingSafeEqual(digest(state), this.#expected.state)) return undefined;
    if (this.#isClaimed) return 'late';
    this.#isClaimed = true;
    return this.#expected.resolve;
  }

  /** Refuses a name that somebody else points at this machine (DNS rebinding). */
  #isAddressedToUs(host: string | undefined): boolean {
    const port = new URL(this.#origin).port;
    return host === `127.0.0.1:${port}` || host === `localhost:${port}` || host === `[::1]:${port}`;
  }
}

function newServer(): Server {
  return createServer({ maxHeaderSize: 16_384, keepAlive: false });
}

/** @returns whether the port was free */
function listen(server: Server, port: number, host: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      // EACCES: the operating system reserves the port, as Windows does for Hyper-V
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

/** A URL that a person copied may have lost its end. */
function isComplete(parameters: URLSearchParams): boolean {
  return parameters.has('state') && (parameters.has('error') || Boolean(parameters.get('code')));
}

/** `timingSafeEqual` wants equal lengths. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
