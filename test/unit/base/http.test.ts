import type { RequestListener } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { HttpResponse } from '../../../src/base/http.ts';
import { Http, HttpError } from '../../../src/base/http.ts';
import { responseError, statusErrorCode, isHtml } from '../../../src/base/httpResponse.ts';
import { parseJson } from '../../../src/base/json.ts';
import { ManualClock } from '../support/clock.ts';
import { MemoryLog } from '../support/log.ts';
import { agent, fetchFailure, hang, html, json, Network } from '../support/network.ts';

const url = 'https://auth.openai.com/oauth/token';

/** The error of a request that fails. */
async function failureOf(sending: Promise<unknown>): Promise<HttpError> {
  const error = await sending.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof HttpError)) throw new Error('an HttpError was expected', { cause: error });
  return error;
}

async function serve(listener: RequestListener): Promise<{ origin: string; stop: () => Promise<void> }> {
  const server = createServer(listener);
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const stop = () =>
    new Promise<void>(resolve => {
      server.close(() => {
        resolve();
      });
      server.closeAllConnections();
    });
  onTestFinished(stop);
  return { origin: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`, stop };
}

/** An `Http` on the real network of this machine. */
function realHttp(): { http: Http; clock: ManualClock; log: MemoryLog } {
  const clock = new ManualClock();
  const log = new MemoryLog();
  return { http: new Http({ fetch, clock, log, agent }), clock, log };
}

describe('an HTTP request', () => {
  it('a request has our User-Agent and originator, whatever headers the caller sets', async () => {
    const network = new Network(() => json(200, {}));
    await network.http.send(url, {
      method: 'GET',
      purpose: 'test',
      headers: { 'user-agent': 'x', originator: 'codex', accept: 'text/html', a: 'b' },
    });
    expect(network.sent[0]?.headers).toEqual({ 'user-agent': agent, originator: agent, accept: 'text/html', a: 'b' });
  });

  it('a request accepts JSON, follows no redirect, and uses no cache and no cookies', async () => {
    const network = new Network(() => json(200, {}));
    await network.http.send(url, { method: 'POST', purpose: 'test', body: 'a=b' });
    const { init, headers, body } = network.sent[0] ?? {};
    expect(headers).toEqual({ 'user-agent': agent, originator: agent, accept: 'application/json' });
    expect(body).toBe('a=b');
    expect(init).toMatchObject({ method: 'POST', redirect: 'manual', cache: 'no-store', credentials: 'omit' });
  });

  it.each([
    ['http://auth.openai.com/oauth/token', 'addressNotSecure'],
    ['http://localhost:1455/', 'addressNotSecure'],
    ['https://auth.openai.com/oauth/token#token=1', 'addressInvalid'],
    ['nonsense', 'addressInvalid'],
  ])('no request is sent to %s [R15]', async (address, code) => {
    const network = new Network(() => json(200, {}));
    await expect(network.http.send(address, { method: 'GET', purpose: 'test' })).rejects.toMatchObject({ code });
    expect(network.sent).toEqual([]);
  });

  it('a real server receives our User-Agent, originator and Accept headers', async () => {
    const { origin } = await serve((request, response) => {
      response.end(JSON.stringify(request.headers));
    });
    const { text } = await realHttp().http.send(`${origin}/a`, { method: 'GET', purpose: 'test' });
    expect(parseJson(text)).toMatchObject({ 'user-agent': agent, originator: agent, accept: 'application/json' });
  });
});

describe('an HTTP response', () => {
  it('a response is read to its end, with its status and headers', async () => {
    const network = new Network(() => json(418, { a: 'é' }, { 'x-request-id': 'req_1' }));
    const received = await network.http.send(url, { method: 'GET', purpose: 'test' });
    expect(received).toMatchObject({ status: 418, text: '{"a":"é"}', clockOffset: undefined });
    expect(received.headers.get('x-request-id')).toBe('req_1');
  });

  it('a response without a body has an empty text', async () => {
    const network = new Network(() => new Response(null, { status: 204 }));
    await expect(network.http.send(url, { method: 'GET', purpose: 'test' })).resolves.toMatchObject({ status: 204, text: '' });
  });

  it('a character that is split over two chunks of a response is decoded whole', async () => {
    const bytes = new TextEncoder().encode('"é"');
    const network = new Network(() => {
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
          controller.close();
        },
      });
      return new Response(body);
    });
    await expect(network.http.send(url, { method: 'GET', purpose: 'test' })).resolves.toMatchObject({ text: '"é"' });
  });

  it.each([
    ['ahead', 3_600_000],
    ['behind', -3_600_000],
  ])("the Date header of a response shows that the service's clock is %s [R35]", async (_way, offset) => {
    const clock = new ManualClock();
    const network = new Network(() => json(200, {}, { date: new Date(clock.now() + offset).toUTCString() }), clock);
    await expect(network.http.send(url, { method: 'GET', purpose: 'test' })).resolves.toMatchObject({ clockOffset: offset });
  });

  it('a response with an invalid Date header gives no clock offset', async () => {
    const network = new Network(() => json(200, {}, { date: 'yesterday' }));
    await expect(network.http.send(url, { method: 'GET', purpose: 'test' })).resolves.toMatchObject({ clockOffset: undefined });
  });

  it.each<[string, (clock: ManualClock, ms: number) => void]>([
    [
      'by both clocks',
      (clock, ms) => {
        clock.stop(ms);
      },
    ],
    [
      'by the clock that counts a sleep alone',
      (clock, ms) => {
        clock.set(clock.now() + ms);
      },
    ],
  ])('a response that took an hour to arrive %s gives no clock offset, as the machine may have slept [R35]', async (_which, pass) => {
    const clock = new ManualClock();
    const network = new Network(() => {
      const date = new Date(clock.now()).toUTCString();
      pass(clock, 3_600_000);
      return json(200, {}, { date });
    }, clock);
    await expect(network.http.send(url, { method: 'GET', purpose: 'test' })).resolves.toMatchObject({ clockOffset: undefined });
    expect(network.http.clockOffset).toBeUndefined();
  });

  it('a redirect response is returned as it is, and nothing is sent to its target [R15] [R21]', async () => {
    let followed = 0;
    const elsewhere = await serve((_request, response) => {
      followed += 1;
      response.end();
    });
    const { origin } = await serve((_request, response) => {
      response.writeHead(307, { location: `${elsewhere.origin}/target` }).end();
    });
    const { http } = realHttp();
    const received = await http.send(origin, { method: 'POST', body: 'refresh_token=secret', purpose: 'test' });
    expect(received.status).toBe(307);
    expect(followed).toBe(0);
  });

  it('a response of the maximum size is read, and a larger one is aborted before its end', async () => {
    const sizes: number[] = [];
    const network = new Network(({ url: target }) => {
      let left = target.endsWith('/fits') ? 10 : 100;
      const body = new ReadableStream<Uint8Array>({
        pull(controller) {
          if (left-- > 0) controller.enqueue(new Uint8Array(100_000).fill(0x20));
          else controller.close();
        },
        cancel() {
          sizes.push(left);
        },
      });
      return new Response(body);
    });
    const fits = await network.http.send('https://a.example/fits', { method: 'GET', purpose: 'test' });
    expect(fits.text.length).toBe(1_000_000);
    const failure = await failureOf(network.http.send('https://a.example/large', { method: 'GET', purpose: 'test' }));
    expect(failure).toMatchObject({ code: 'answerNotUnderstood', sent: true });
    expect(sizes).toHaveLength(1);
    expect(sizes[0]).toBeGreaterThan(50);
  });
});

describe('an HTTP response in pieces', () => {
  /** A server that sends one piece and keeps the connection. */
  async function streaming() {
    const { promise: closed, resolve } = Promise.withResolvers<undefined>();
    const { origin, stop } = await serve((_request, response) => {
      response.on('close', () => {
        resolve(undefined);
      });
      response.write('one');
    });
    return { origin, closed, stop };
  }

  it('is there with its headers, and its body comes as it is sent, for as long as that takes', async () => {
    const { origin } = await streaming();
    const { http, clock, log } = realHttp();
    const stop = new AbortController();
    const { status, body } = await http.open(origin, { method: 'POST', body: '{}', purpose: 'test', signal: stop.signal });
    clock.advance(3_600_000);
    for await (const chunk of body) {
      expect([status, new TextDecoder().decode(chunk)]).toEqual([200, 'one']);
      break;
    }
    expect(log.text).not.toContain('one');
  });

  it('ends with its signal, and the connection with it', async () => {
    const { origin, closed } = await streaming();
    const stop = new AbortController();
    const { body } = await realHttp().http.open(origin, { method: 'GET', purpose: 'test', signal: stop.signal });
    const reading = (async () => {
      for await (const chunk of body) if (chunk.length > 0) stop.abort();
    })();
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
    await closed;
  });

  it('that does not begin in time is no response, and a redirect is not followed', async () => {
    const { http, clock } = new Network(hang);
    const opening = failureOf(http.open(url, { method: 'GET', purpose: 'test', timeout: 1_000 }));
    clock.advance(1_000);
    expect(await opening).toMatchObject({ code: 'noAnswer' });
    const { origin } = await serve((_request, response) => {
      response.writeHead(307, { location: url }).end();
    });
    expect((await realHttp().http.open(origin, { method: 'GET', purpose: 'test' })).status).toBe(307);
  });

  it('is not asked for in the clear', async () => {
    await expect(new Network(hang).http.open('http://a.example', { method: 'GET', purpose: 'test' })).rejects.toMatchObject({
      code: 'addressNotSecure',
    });
  });
});

describe('the timeout of an HTTP request', () => {
  it.each([
    [undefined, 30_000],
    [5_000, 5_000],
  ])('a request with a timeout of %s ends after %i ms', async (limit, ms) => {
    const network = new Network(hang);
    const sending = failureOf(
      network.http.send(url, { method: 'GET', purpose: 'test', ...(limit === undefined ? {} : { timeout: limit }) }),
    );
    expect(network.clock.sleeping).toEqual([ms]);
    network.clock.advance(ms);
    expect(await sending).toMatchObject({ code: 'noAnswer', sent: true });
  });

  it('a timeout or a cancellation ends a request even if `fetch` ignores its signal, as in a window that has closed', async () => {
    const network = new Network(() => new Promise(() => undefined));
    const sending = failureOf(network.http.send(url, { method: 'GET', purpose: 'test' }));
    network.clock.advance(30_000);
    expect(await sending).toMatchObject({ code: 'noAnswer', sent: true });
    const cancel = new AbortController();
    const cancelled = failureOf(network.http.send(url, { method: 'GET', purpose: 'test', signal: cancel.signal }));
    cancel.abort();
    expect(await cancelled).toMatchObject({ code: 'cancelled' });
    const late = failureOf(network.http.send(url, { method: 'GET', purpose: 'test', signal: cancel.signal }));
    expect(await late).toMatchObject({ code: 'cancelled' });
  });

  it('a request whose timeout passed while the process was suspended gets five more seconds to read its response', async () => {
    const { promise, resolve } = Promise.withResolvers<Response>();
    const network = new Network(request => Promise.race([promise, hang(request)]));
    const sending = network.http.send(url, { method: 'GET', purpose: 'test' });
    network.clock.advance(3_600_000);
    await network.clock.untilSleeping(5_000);
    resolve(json(200, {}));
    await expect(sending).resolves.toMatchObject({ status: 200 });

    const silent = new Network(hang);
    const failing = failureOf(silent.http.send(url, { method: 'GET', purpose: 'test' }));
    silent.clock.advance(3_600_000);
    await silent.clock.untilSleeping(5_000);
    silent.clock.advance(5_000);
    expect(await failing).toMatchObject({ code: 'noAnswer', sent: true });
  });

  it('the timeout of a request covers its response to the last byte', async () => {
    const { origin } = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).write('{');
    });
    const { clock } = realHttp();
    let headersCame: (() => void) | undefined;
    const headers = new Promise<void>(resolve => (headersCame = resolve));
    const watched = new Http({
      fetch: async (address, init) => {
        const response = await fetch(address, init);
        headersCame?.();
        return response;
      },
      clock,
      log: new MemoryLog(),
      agent,
    });
    const sending = failureOf(watched.send(origin, { method: 'GET', purpose: 'test' }));
    await headers;
    clock.advance(30_000);
    expect(await sending).toMatchObject({ code: 'noAnswer', sent: true });
  });

  it('a request leaves no timer behind, whether it succeeds or fails', async () => {
    const network = new Network(({ url: target }) =>
      target.endsWith('fail') ? Promise.reject(fetchFailure('ECONNRESET')) : json(200, {}),
    );
    await network.http.send('https://a.example/', { method: 'GET', purpose: 'test' });
    await failureOf(network.http.send('https://a.example/fail', { method: 'GET', purpose: 'test' }));
    expect(network.clock.sleeping).toEqual([]);
  });
});

describe('a cancelled HTTP request', () => {
  it('a request that is cancelled before it is sent or while it waits ends as cancelled', async () => {
    const network = new Network(request => {
      request.init.signal?.throwIfAborted();
      return hang(request);
    });
    const before = network.http.send(url, { method: 'GET', purpose: 'test', signal: AbortSignal.abort() });
    expect(await failureOf(before)).toMatchObject({ code: 'cancelled' });
    const controller = new AbortController();
    const during = failureOf(network.http.send(url, { method: 'GET', purpose: 'test', signal: controller.signal }));
    controller.abort();
    expect(await during).toMatchObject({ code: 'cancelled', sent: true });
  });
});

describe('an HTTP request without a response', () => {
  it.each([
    ['a name that does not exist', 'ENOTFOUND', 'nameNotResolved'],
    ['a resolver that does not answer', 'EAI_AGAIN', 'nameNotResolved'],
    ['a resolver that fails', 'EAI_FAIL', 'nameNotResolved'],
    ['a port without a listener', 'ECONNREFUSED', 'offline'],
    ['a connection that takes too long', 'UND_ERR_CONNECT_TIMEOUT', 'noAnswer'],
    ['a self-signed certificate', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'certificateNotTrusted'],
    ['a self-signed certificate in the chain', 'SELF_SIGNED_CERT_IN_CHAIN', 'certificateNotTrusted'],
    ["a company's certificate", 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'certificateNotTrusted'],
    ['an incomplete chain', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'certificateNotTrusted'],
    ['an expired certificate', 'CERT_HAS_EXPIRED', 'clockWrong'],
    ['a certificate that is not valid yet', 'CERT_NOT_YET_VALID', 'clockWrong'],
    ['a service without TLS', 'ERR_SSL_WRONG_VERSION_NUMBER', 'certificateNotTrusted'],
    ['a service with another TLS version', 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'certificateNotTrusted'],
    ['a refused TLS handshake', 'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE', 'certificateNotTrusted'],
    ['a certificate for another name', 'ERR_TLS_CERT_ALTNAME_INVALID', 'certificateNotTrusted'],
  ])('a request counts as never sent after %s (%s)', async (_what, reason, code) => {
    const network = new Network(() => Promise.reject(fetchFailure(reason)));
    expect(await failureOf(network.http.send(url, { method: 'GET', purpose: 'test' }))).toMatchObject({ code, sent: false });
  });

  it.each([
    ['ERR_NAME_NOT_RESOLVED', 'nameNotResolved'],
    ['ERR_NAME_RESOLUTION_FAILED', 'nameNotResolved'],
    ['ERR_PROXY_CONNECTION_FAILED', 'proxyFailed'],
    ['ERR_TUNNEL_CONNECTION_FAILED', 'proxyFailed'],
    ['ERR_PROXY_AUTH_UNSUPPORTED', 'proxyFailed'],
    ['ERR_PROXY_CERTIFICATE_INVALID', 'proxyFailed'],
    ['ERR_CERT_AUTHORITY_INVALID', 'certificateNotTrusted'],
    ['ERR_CERT_DATE_INVALID', 'clockWrong'],
    ['ERR_CERT_COMMON_NAME_INVALID', 'certificateNotTrusted'],
    ['ERR_SSL_VERSION_OR_CIPHER_MISMATCH', 'certificateNotTrusted'],
    ['ERR_CONNECTION_REFUSED', 'offline'],
    ['ERR_INTERNET_DISCONNECTED', 'offline'],
    ['ERR_CONNECTION_TIMED_OUT', 'noAnswer'],
    ['ERR_SOCKS_CONNECTION_FAILED', 'proxyFailed'],
    ['ERR_SOCKS_CONNECTION_HOST_UNREACHABLE', 'proxyFailed'],
    ['ERR_NO_SUPPORTED_PROXIES', 'proxyFailed'],
    ['ERR_MANDATORY_PROXY_CONFIGURATION_FAILED', 'proxyFailed'],
    ['ERR_PAC_SCRIPT_FAILED', 'proxyFailed'],
    ['ERR_ADDRESS_UNREACHABLE', 'offline'],
    ['ERR_NETWORK_ACCESS_DENIED', 'offline'],
    ['ERR_CONNECTION_FAILED', 'offline'],
    ['ERR_BLOCKED_BY_ADMINISTRATOR', 'offline'],
  ])("a request counts as never sent after Electron's error net::%s", async (word, code) => {
    const network = new Network(() => Promise.reject(new Error(`net::${word}`)));
    expect(await failureOf(network.http.send(url, { method: 'GET', purpose: 'test' }))).toMatchObject({ code, sent: false });
  });

  const connect = (code: string, at: object, message = code) =>
    new TypeError('fetch failed', { cause: Object.assign(new Error(message), { code, syscall: 'connect', ...at }) });

  it.each<[string, Error]>([
    ['that refuses connections', connect('ECONNREFUSED', { address: '127.0.0.1', port: 3128 })],
    [
      'that refuses them on both addresses',
      new AggregateError([connect('ECONNREFUSED', { port: 3128 }), connect('ECONNREFUSED', { port: 3128 })]),
    ],
    ['without a route', connect('EHOSTUNREACH', { address: '10.0.0.1', port: 8080 })],
    ['that is silent', connect('ETIMEDOUT', { address: '10.0.0.1', port: 8080 })],
    ['whose name does not exist', fetchFailure('ENOTFOUND', 'getaddrinfo ENOTFOUND proxy.example')],
    [
      'that is too slow',
      connect('UND_ERR_CONNECT_TIMEOUT', {}, 'Connect Timeout Error (attempted address: proxy.example:8080, timeout: 10000ms)'),
    ],
    ['that VS Code could not reach', new Error('Failed to establish a socket connection to proxies: PROXY 127.0.0.1:3128')],
  ])('a proxy %s is told as the proxy, and the request counts as never sent', async (_what, failure) => {
    const { cause } = failure;
    if (cause instanceof Error && cause.message.includes('proxy.example')) Object.assign(cause, { hostname: 'proxy.example' });
    const network = new Network(() => Promise.reject(failure));
    expect(await failureOf(network.http.send(url, { method: 'GET', purpose: 'test' }))).toMatchObject({ code: 'proxyFailed', sent: false });
    expect(network.log.text).not.toContain('3128');
  });

  it.each<[string, Error, string]>([
    ['refuses connections', connect('ECONNREFUSED', { address: '1.2.3.4', port: 443 }), 'offline'],
    [
      'has no address',
      Object.assign(new Error('x'), { code: 'ENOTFOUND', syscall: 'getaddrinfo', hostname: new URL(url).hostname }),
      'nameNotResolved',
    ],
    [
      'is silent',
      connect('UND_ERR_CONNECT_TIMEOUT', {}, 'Connect Timeout Error (attempted addresses: 1.2.3.4:443, 5.6.7.8:443)'),
      'noAnswer',
    ],
  ])('a service that %s is told as such', async (_what, failure, code) => {
    const network = new Network(() => Promise.reject(failure));
    expect(await failureOf(network.http.send(url, { method: 'GET', purpose: 'test' }))).toMatchObject({ code, sent: false });
  });

  it.each([
    ['a connection that was reset', fetchFailure('ECONNRESET'), 'offline'],
    ['a connection that was closed', fetchFailure('UND_ERR_SOCKET', 'other side closed'), 'offline'],
    ['a broken pipe', fetchFailure('EPIPE'), 'offline'],
    ['a TLS alert', fetchFailure('ERR_SSL_SSLV3_ALERT_BAD_RECORD_MAC'), 'certificateNotTrusted'],
    ['a broken TLS connection', fetchFailure('EPROTO'), 'certificateNotTrusted'],
    ['a broken TLS connection in Electron', new Error('net::ERR_SSL_PROTOCOL_ERROR'), 'certificateNotTrusted'],
    ['a lost network', fetchFailure('ENETDOWN'), 'offline'],
    ['a lost route', fetchFailure('EHOSTUNREACH'), 'offline'],
    ['a changed network in Electron', new Error('net::ERR_NETWORK_CHANGED'), 'offline'],
    ['a lost address of this machine', fetchFailure('EADDRNOTAVAIL'), 'offline'],
    ['a timeout of the headers', fetchFailure('UND_ERR_HEADERS_TIMEOUT'), 'noAnswer'],
    ['a timeout of the body', fetchFailure('UND_ERR_BODY_TIMEOUT'), 'noAnswer'],
    ['a timeout of the connection', fetchFailure('ETIMEDOUT'), 'noAnswer'],
    ['a timeout in Electron', new Error('net::ERR_TIMED_OUT'), 'noAnswer'],
    ['an empty response in Electron', new Error('net::ERR_EMPTY_RESPONSE'), 'offline'],
    ['an error without a reason', new TypeError('fetch failed'), 'offline'],
    ['a thrown value that is no error', 'nonsense' as unknown as Error, 'offline'],
  ])('a request may have been sent after %s', async (_what, reason, code) => {
    const network = new Network(() => Promise.reject(reason));
    expect(await failureOf(network.http.send(url, { method: 'GET', purpose: 'test' }))).toMatchObject({ code, sent: true, cause: reason });
  });

  it.each(['ENETDOWN', 'ENETUNREACH', 'EHOSTUNREACH', 'EADDRNOTAVAIL', 'ETIMEDOUT'])(
    'a request counts as never sent if connecting failed with %s',
    async code => {
      const reason = Object.assign(new Error(`connect ${code}`), { code, syscall: 'connect' });
      const network = new Network(() => Promise.reject(new TypeError('fetch failed', { cause: reason })));
      expect(await failureOf(network.http.send(url, { method: 'GET', purpose: 'test' }))).toMatchObject({ sent: false });
    },
  );

  it('a request counts as never sent if every address of the host name refused the connection', async () => {
    const attempts = ['::1', '127.0.0.1'].map(address => Object.assign(new Error(address), { code: 'ECONNREFUSED' }));
    const network = new Network(() => Promise.reject(new TypeError('fetch failed', { cause: new AggregateError(attempts) })));
    const failure = await failureOf(network.http.send(url, { method: 'GET', purpose: 'test' }));
    expect(failure).toMatchObject({ code: 'offline', sent: false });
  });

  it('a proxy that refuses the tunnel is reported as proxyFailed, and the request as never sent [R48]', async () => {
    const reason = fetchFailure('UND_ERR_ABORTED', 'Proxy response (407) !== 200 when HTTP Tunneling');
    const network = new Network(() => Promise.reject(reason));
    expect(await failureOf(network.http.send(url, { method: 'GET', purpose: 'test' }))).toMatchObject({ code: 'proxyFailed', sent: false });
  });

  it('a real port without a listener is reported as offline, and the request as never sent', async () => {
    const { origin, stop } = await serve(() => undefined);
    await stop();
    const { http } = realHttp();
    expect(await failureOf(http.send(origin, { method: 'GET', purpose: 'test' }))).toMatchObject({ code: 'offline', sent: false });
  });

  it('a real connection that drops before or during the response is reported as offline, and the request as sent', async () => {
    const { origin } = await serve((request, response) => {
      if (request.url === '/middle') response.writeHead(200, { 'content-length': '100' }).write('{"access_token":"');
      setImmediate(() => response.destroy());
    });
    const { http } = realHttp();
    for (const path of ['/before', '/middle']) {
      const failure = await failureOf(http.send(origin + path, { method: 'GET', purpose: 'test' }));
      expect(failure).toMatchObject({ code: 'offline', sent: true });
    }
  });
});

describe('the log of an HTTP request', () => {
  it("the log of a request has purpose, correlation ID, status, duration and the service's request ID", async () => {
    const clock = new ManualClock();
    const network = new Network(() => {
      clock.advance(120);
      return json(503, { access_token: 'secret-response' }, { 'x-request-id': 'req_1' });
    }, clock);
    await network.http.send(url, { method: 'POST', purpose: 'refresh', correlationId: 'ab12', body: 'refresh_token=secret-body' });
    expect(network.log.entries).toEqual([
      { level: 'info', step: 'http', fields: { flow: 'ab12', purpose: 'refresh', status: 503, ms: 120, requestId: 'req_1' } },
    ]);
  });

  it('the log of a failed request has its reason and nothing of URL, headers or body', async () => {
    const reason = new Error('request to https://auth.openai.com/?code=secret-code failed', { cause: fetchFailure('ECONNRESET') });
    const network = new Network(() => Promise.reject(reason));
    const headers = { authorization: 'Bearer secret-token' };
    await failureOf(network.http.send(url, { method: 'POST', purpose: 'refresh', headers, body: 'refresh_token=secret-body' }));
    expect(network.log.entries).toEqual([
      { level: 'warn', step: 'http', fields: { purpose: 'refresh', failure: 'offline', reason: 'ECONNRESET', ms: 0 } },
    ]);
    expect(network.log.text).not.toContain('secret');
  });
});

describe('an unexpected HTTP response', () => {
  const receive = async (response: Response): Promise<HttpResponse> =>
    new Network(() => response).http.send(url, { method: 'GET', purpose: 'test' });

  it.each([
    ['429', () => json(429, {}), 'serviceUnavailable'],
    ['429 with HTML', () => html(429), 'serviceUnavailable'],
    ['500', () => json(500, {}), 'serviceUnavailable'],
    ['503 with HTML', () => html(503), 'serviceUnavailable'],
    ['403 with HTML', () => html(403), 'blocked'],
    ['200 with HTML', () => html(200), 'blocked'],
    [
      'HTML that is labeled as plain text',
      () => new Response('\n <html>', { status: 403, headers: { 'content-type': 'text/plain' } }),
      'blocked',
    ],
    ['400', () => json(400, {}), 'refused'],
    ['401', () => json(401, {}), 'refused'],
    ['an empty 404', () => new Response(null, { status: 404 }), 'refused'],
    ['a redirect', () => new Response(null, { status: 302 }), 'answerNotUnderstood'],
    ['200 with unexpected JSON', () => json(200, {}), 'answerNotUnderstood'],
  ])('a response of %s gets the error code that matches its cause', async (_what, response, code) => {
    expect(statusErrorCode(await receive(response()))).toBe(code);
  });

  it("a refusal as an error carries the request and the service's code, a page only the request", async () => {
    expect(responseError(await receive(json(403, {})), 'usage', 'not_enabled')).toMatchObject({
      code: 'refused',
      refusal: { request: 'usage', serviceCode: 'not_enabled' },
    });
    expect(responseError(await receive(html(403)), 'usage', 'not_enabled')).toMatchObject({
      code: 'blocked',
      refusal: { request: 'usage' },
    });
  });

  it('a response is HTML by its content type or by its first character', async () => {
    expect(isHtml(await receive(html(200)))).toBe(true);
    expect(isHtml(await receive(new Response('<!doctype html>', { headers: { 'content-type': 'application/json' } })))).toBe(true);
    expect(isHtml(await receive(json(200, '<html>')))).toBe(false);
    expect(isHtml(await receive(new Response('')))).toBe(false);
  });

  it('truncated or empty JSON is not parsed', () => {
    expect(parseJson('{"access_token": "trunc')).toBeUndefined();
    expect(parseJson('')).toBeUndefined();
    expect(parseJson('{"a":1}')).toEqual({ a: 1 });
  });
});
