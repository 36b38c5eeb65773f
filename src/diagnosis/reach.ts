import { lookup } from 'node:dns/promises';
import type { Socket } from 'node:net';
import { connect, isIP } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ErrorCode } from '../base/errors.ts';
import { asAppError } from '../base/errors.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Fetch, HttpResponse } from '../base/http.ts';
import { Http } from '../base/http.ts';
import { isHtml } from '../base/httpResponse.ts';
import { reasons } from '../base/reasons.ts';
import { parseJson } from '../base/json.ts';
import { requireBaseAddress } from '../base/url.ts';
import type { ProbeFailure } from './probe.ts';
import { probe, probeTimeout } from './probe.ts';
import type { Proxy, AddressKind } from './proxy.ts';
import { bypassesProxy, placeOf } from './proxy.ts';
import type { NetworkWord } from './words.ts';
import { networkWordsIn, wordOf } from './words.ts';

/** A service of the settings, and a route of it that responds without a credential. */
export interface Target {
  readonly name: 'issuer' | 'backEnd' | 'api';
  /** As the settings have it. */
  readonly address: string;
  readonly usual: string;
  readonly route: string;
}

/** The result of a step, or the error names of the network that prevented it. */
export type Step<T> = T | { readonly words: readonly NetworkWord[] } | ProbeFailure;

const tlsVersions = ['TLSv1.2', 'TLSv1.3'] as const;

/** What a proxy says that is asked for a tunnel, without credentials. */
export type Tunnel = 'open' | 'asksForSignIn' | 'refuses' | 'notAProxy' | 'notTried';

/**
 * - `answers`: an expected response, or at least one that a service sends
 * - `page`: a web page instead: of a filter, a browser check, or a sign-in to the network
 * - `unavailable`: the service is down or overloaded
 * - `notUnderstood`: an unexpected response
 */
export type AnswerKind = 'answers' | 'page' | 'unavailable' | 'notUnderstood';

export interface Answered {
  readonly kind: AnswerKind;
  readonly status: number;
  readonly ms: number;
  /** Seconds that its clock is ahead of this machine's; absent where it does not say. */
  readonly clockAhead?: number;
}

export interface Unanswered {
  readonly code: ErrorCode;
  readonly words: readonly NetworkWord[];
  readonly ms: number;
}

/** How far a connection to a service gets. */
export interface Reach {
  readonly name: Target['name'];
  readonly place: AddressKind;
  /** How many addresses its host name has; absent for an IP address. */
  readonly dns?: Step<{ readonly addresses: number; readonly ms: number }>;
  /** Absent where no proxy stands in between. */
  readonly tunnel?: Step<Tunnel>;
  /** Absent where it is not asked: over plain HTTP on this machine, or behind a proxy that lets nothing through. */
  readonly tls?: Step<{ readonly version: (typeof tlsVersions)[number] | 'other'; readonly ms: number }>;
  /** By VS Code's own network, as for a sign-in. */
  readonly answer: Answered | Unanswered;
}

/** A service whose URL in the settings is not valid: nothing is sent to it. */
export interface NotAsked {
  readonly name: Target['name'];
  readonly problem: ErrorCode;
}

export interface ReachOptions {
  readonly fetch: Fetch;
  readonly clock: Clock;
  /** Our own name and version. */
  readonly agent: string;
  readonly proxy: Proxy | undefined;
  /** Hosts that the proxy is not for, as the environment and the settings write them. */
  readonly exceptions: readonly string[];
  readonly signal: AbortSignal;
}

const silentLog: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** Sends no token, no cookie and no credential of a proxy. Never throws. */
export async function reach(target: Target, options: ReachOptions): Promise<Reach | NotAsked> {
  let url: URL;
  try {
    url = new URL(requireBaseAddress(target.address.trim()));
  } catch (error) {
    return { name: target.name, problem: asAppError(error).code };
  }
  const proxy = options.proxy && !bypassesProxy(url.hostname, options.exceptions) ? options.proxy : undefined;
  const [dns, connection, answer] = await Promise.all([
    resolveHost(url, options),
    connectThrough(url, proxy, options),
    ask(url, target.route, options),
  ]);
  return {
    name: target.name,
    place: placeOf(url.href, target.usual),
    ...(dns === undefined ? {} : { dns }),
    ...connection,
    answer,
  };
}

async function resolveHost({ hostname }: URL, { clock, signal }: ReachOptions): Promise<Reach['dns']> {
  if (isIP(hostname.replace(/^\[|\]$/g, '')) !== 0) return undefined;
  return probe(clock, signal, async () => {
    const started = clock.elapsed();
    try {
      const found = await lookup(hostname, { all: true });
      return { addresses: found.length, ms: clock.elapsed() - started };
    } catch (error) {
      return { words: networkWordsIn(reasons(error)) };
    }
  });
}

/** By plain sockets, past the editor: what the network itself says, with the certificate's error by its name. */
async function connectThrough(url: URL, proxy: Proxy | undefined, { clock, signal }: ReachOptions): Promise<Pick<Reach, 'tunnel' | 'tls'>> {
  const isSecure = url.protocol === 'https:';
  if (!proxy && !isSecure) return {};
  if (!proxy) return { tls: await probe(clock, signal, within => tlsHandshake(url, undefined, clock, within)) };
  if (!/^https?:$/.test(proxy.facts.scheme) || proxy.host === '') return { tunnel: 'notTried' };
  let opened: Socket | undefined;
  const tunnel = await probe(clock, signal, async within => {
    const { said, socket } = await openTunnel(proxy, url, within);
    opened = socket;
    return said;
  });
  if (!opened) return { tunnel };
  const through = opened;
  const tls = isSecure ? await probe(clock, signal, within => tlsHandshake(url, through, clock, within)) : undefined;
  through.destroy();
  return { tunnel, ...(tls === undefined ? {} : { tls }) };
}

/** A handshake and nothing more. */
function tlsHandshake(url: URL, through: Socket | undefined, clock: Clock, signal: AbortSignal): Promise<Exclude<Reach['tls'], undefined>> {
  return new Promise(resolve => {
    const started = clock.elapsed();
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const socket = connectTls({
      ...(through ? { socket: through } : { host, port: portOf(url) }),
      ...(isIP(host) === 0 ? { servername: host } : { host }),
    });
    const settle = (step: Exclude<Reach['tls'], undefined>) => {
      resolve(step);
      socket.destroy();
    };
    socket.on('secureConnect', () => {
      settle({ version: wordOf(tlsVersions, socket.getProtocol()) ?? 'other', ms: clock.elapsed() - started });
    });
    socket.on('error', error => {
      settle({ words: networkWordsIn(reasons(error)) });
    });
    socket.on('close', () => {
      settle({ words: ['ECONNRESET'] });
    });
    whenAborted(signal, () => socket.destroy());
  });
}

const longestHead = 16_384;

/** Asks the proxy for a tunnel without credentials: one that requires them responds with 407. */
function openTunnel(proxy: Proxy, url: URL, signal: AbortSignal): Promise<{ said: Exclude<Reach['tunnel'], undefined>; socket?: Socket }> {
  return new Promise(resolve => {
    const { host, port } = proxy;
    const socket =
      proxy.facts.scheme === 'https:'
        ? connectTls({ host, port, ...(isIP(host) === 0 ? { servername: host } : {}) })
        : connect({ host, port });
    const wanted = `${url.hostname}:${String(portOf(url))}`;
    const refuse = (said: Exclude<Reach['tunnel'], undefined>) => {
      resolve({ said });
      socket.destroy();
    };
    socket.on(proxy.facts.scheme === 'https:' ? 'secureConnect' : 'connect', () => {
      socket.write(`CONNECT ${wanted} HTTP/1.1\r\nHost: ${wanted}\r\n\r\n`);
    });
    let head = '';
    const read = (chunk: Buffer) => {
      head += chunk.toString('latin1');
      if (!head.includes('\r\n\r\n') && head.length < longestHead) return;
      const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1]);
      if (status === 200) {
        socket.off('data', read);
        resolve({ said: 'open', socket });
      } else refuse(status === 407 ? 'asksForSignIn' : Number.isNaN(status) ? 'notAProxy' : 'refuses');
    };
    socket.on('data', read);
    socket.on('error', error => {
      refuse({ words: networkWordsIn(reasons(error)) });
    });
    socket.on('close', () => {
      refuse('notAProxy');
    });
    whenAborted(signal, () => socket.destroy());
  });
}

/** By the editor's own `fetch`, as a sign-in asks. */
async function ask(url: URL, route: string, { fetch, clock, agent, signal }: ReachOptions): Promise<Reach['answer']> {
  const http = new Http({ fetch, clock, log: silentLog, agent });
  const started = clock.elapsed();
  try {
    const answer = await http.send(`${url.href.replace(/\/+$/, '')}/${route}`, {
      method: 'GET',
      purpose: 'diagnosis',
      signal,
      timeout: probeTimeout,
    });
    const { status, clockOffset } = answer;
    return {
      kind: kindOf(answer),
      status,
      ms: clock.elapsed() - started,
      ...(clockOffset === undefined ? {} : { clockAhead: Math.round(clockOffset / 1000) }),
    };
  } catch (error) {
    return { code: asAppError(error).code, words: networkWordsIn(reasons(error)), ms: clock.elapsed() - started };
  }
}

function kindOf(answer: HttpResponse): AnswerKind {
  if (answer.status === 429 || answer.status >= 500) return 'unavailable';
  if (isHtml(answer)) return 'page';
  return answer.status === 200 && parseJson(answer.text) === undefined ? 'notUnderstood' : 'answers';
}

function portOf(url: URL): number {
  return url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
}

function whenAborted(signal: AbortSignal, act: () => void): void {
  if (signal.aborted) act();
  else signal.addEventListener('abort', act, { once: true });
}
