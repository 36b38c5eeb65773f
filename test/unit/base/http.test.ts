import type { RequestListener } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { HttpResponse } from '../../../src/base/http.ts';
import { statusErrorCode, Http, HttpError, isHtml } from '../../../src/base/http.ts';
import { parseJson } from '../../../src/base/json.ts';
import { ManualClock } from '../support/clock.ts';
import { MemoryLog } from '../support/log.ts';
import { agent, fetchFailure, hang, html, json, Network } from '../support/network.ts';

const url = 'https://auth.openai.com/oauth/token';

/** What went wrong with a request that goes wrong. */
async function failureOf(sending: Promise<unknown>): Promise<HttpError> {
  const error = await sending.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof HttpError)) throw new Error('an HttpError was expected', { cause: error });
  return error;
}

async function serve(answer: RequestListener): Promise<{ origin: string; stop: () => Promise<void> }> {
  const server = createServer(answer);
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

/** Over the real network of this machine. */
function realHttp(): { http: Http; clock: ManualClock; log: MemoryLog } {
  const clock = new ManualClock();
  const log = new MemoryLog();
  return { http: new Http({ fetch, clock, log, agent }), clock, log };
}

describe('a request', () => {
  it('says who we are, whatever its headers say', async () => {
    const network = new Network(() => json(200, {}));
    await network.http.send(url, {
      method: 'GET',
      purpose: 'test',
      headers: { 'user-agent': 'x', originator: 'codex', accept: 'text/html', a: 'b' },
    });
    expect(network.sent[0]?.headers).toEqual({ 'user-agent': agent, originator: agent, accept: 'text/html', a: 'b' });
  });

  it('asks for JSON, follows no redirect, keeps nothing and takes no cookies along', async () => {
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
  ])('is not sent to %s [R15]', async (address, code) => {
    const network = new Network(() => json(200, {}));
    await expect(network.http.send(address, { method: 'GET', purpose: 'test' })).rejects.toMatchObject({ code });
    expect(network.sent).toEqual([]);
  });

  it('reaches a real server with these headers and no others of ours', async () => {
    const { origin } = await serve((request, response) => {
      response.end(JSON.stringify(request.headers));
    });
    const { text } = await realHttp().http.send(`${origin}/a`, { method: 'GET', purpose: 'test' });
    expect(parseJson(text)).toMatchObject({ 'user-agent': agent, originator: agent, accept: 'application/json' });
  });
});

describe('an answer', () => {
  it('is read to its end, with its status and headers', async () => {
    const network = new Network(() => json(418, { a: 'é' }, { 'x-request-id': 'req_1' }));
    const answer = await network.http.send(url, { method: 'GET', purpose: 'test' });
    expect(answer).toMatchObject({ status: 418, text: '{"a":"é"}', clockOffset: undefined });
    expect(answer.headers.get('x-request-id')).toBe('req_1');
  });

  it('may have no body', async () => {
    const network = new Network(() => new Response(null, { status: 204 }));
    await expect(network.http.send(url, { method: 'GET', purpose: 'test' })).resolves.toMatchObject({ status: 204, text: '' });
  });

  it('keeps letters whole that arrive in two pieces', async () => {
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
  ])("tells that the service's clock is %s [R35]", async (_way, offset) => {
    const clock = new ManualClock();
    const network = new Network(() => json(200, {}, { date: new Date(clock.now() + offset).toUTCString() }), clock);
    await expect(network.http.send(url, { method: 'GET', purpose: 'test' })).resolves.toMatchObject({ clockOffset: offset });
  });

  it('with a date that is none tells nothing of the clock', async () => {
    const network = new Network(() => json(200, {}, { date: 'yesterday' }));
    await expect(network.http.send(url, { method: 'GET', purpose: 'test' })).resolves.toMatchObject({ clockOffset: undefined });
  });

  it('that was read long after it was asked for tells nothing of the clock: the machine may have slept', async () => {
    const clock = new ManualClock();
    const network = new Network(() => {
      const date = new Date(clock.now()).toUTCString();
      clock.set(clock.now() + 3_600_000);
      return json(200, {}, { date });
    }, clock);
    await expect(network.http.send(url, { method: 'GET', purpose: 'test' })).resolves.toMatchObject({ clockOffset: undefined });
    expect(network.http.clockOffset).toBeUndefined();
  });

  it('that redirects is handed over as it is, and nothing is sent where it points [R15] [R21]', async () => {
    let stolen = 0;
    const elsewhere = await serve((_request, response) => {
      stolen += 1;
      response.end();
    });
    const { origin } = await serve((_request, response) => {
      response.writeHead(307, { location: `${elsewhere.origin}/steal` }).end();
    });
    const { http } = realHttp();
    const answer = await http.send(origin, { method: 'POST', body: 'refresh_token=secret', purpose: 'test' });
    expect(answer.status).toBe(307);
    expect(stolen).toBe(0);
  });

  it('as large as allowed is read, and a larger one is given up before its end', async () => {
    const sizes: number[] = [];
    const network = new Network(({ url: asked }) => {
      let left = asked.endsWith('/fits') ? 10 : 100;
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

describe('the time limit of a request', () => {
  it.each([
    [undefined, 30_000],
    [5_000, 5_000],
  ])('of %s ends it after %i ms', async (limit, ms) => {
    const network = new Network(hang);
    const sending = failureOf(
      network.http.send(url, { method: 'GET', purpose: 'test', ...(limit === undefined ? {} : { timeout: limit }) }),
    );
    expect(network.clock.sleeping).toEqual([ms]);
    network.clock.advance(ms);
    expect(await sending).toMatchObject({ code: 'noAnswer', sent: true });
  });

  it('ends it also where `fetch` hears no signal, as the one of a window that is lost', async () => {
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

  it('that is over when a stopped process goes on leaves it a moment to read what has come', async () => {
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

  it('holds until the last byte of the answer', async () => {
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

  it('leaves no timer behind, whatever the answer', async () => {
    const network = new Network(({ url: asked }) => (asked.endsWith('fail') ? Promise.reject(fetchFailure('ECONNRESET')) : json(200, {})));
    await network.http.send('https://a.example/', { method: 'GET', purpose: 'test' });
    await failureOf(network.http.send('https://a.example/fail', { method: 'GET', purpose: 'test' }));
    expect(network.clock.sleeping).toEqual([]);
  });
});

describe('a cancelled request', () => {
  it('ends as cancelled, before and during the wait', async () => {
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

describe('a request without an answer', () => {
  it.each([
    ['a name that does not exist', 'ENOTFOUND', 'nameNotResolved'],
    ['a resolver that does not answer', 'EAI_AGAIN', 'nameNotResolved'],
    ['a resolver that fails', 'EAI_FAIL', 'nameNotResolved'],
    ['nobody at the address', 'ECONNREFUSED', 'offline'],
    ['a connection that takes too long', 'UND_ERR_CONNECT_TIMEOUT', 'noAnswer'],
    ['a certificate of its own', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'certificateNotTrusted'],
    ['a chain that ends in its own certificate', 'SELF_SIGNED_CERT_IN_CHAIN', 'certificateNotTrusted'],
    ["a company's certificate", 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'certificateNotTrusted'],
    ['a chain with a gap', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'certificateNotTrusted'],
    ['a certificate that is over', 'CERT_HAS_EXPIRED', 'clockWrong'],
    ['a certificate that does not count yet', 'CERT_NOT_YET_VALID', 'clockWrong'],
    ['a service that speaks no TLS', 'ERR_SSL_WRONG_VERSION_NUMBER', 'certificateNotTrusted'],
    ['a service that speaks another TLS', 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'certificateNotTrusted'],
    ['a handshake that was refused', 'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE', 'certificateNotTrusted'],
    ['a certificate for another name', 'ERR_TLS_CERT_ALTNAME_INVALID', 'certificateNotTrusted'],
  ])('was never sent: %s (%s)', async (_what, reason, code) => {
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
  ])("was never sent, in the words of Electron's network: net::%s", async (word, code) => {
    const network = new Network(() => Promise.reject(new Error(`net::${word}`)));
    expect(await failureOf(network.http.send(url, { method: 'GET', purpose: 'test' }))).toMatchObject({ code, sent: false });
  });

  it.each([
    ['a connection that was reset', fetchFailure('ECONNRESET'), 'offline'],
    ['a connection that was closed', fetchFailure('UND_ERR_SOCKET', 'other side closed'), 'offline'],
    ['a broken pipe', fetchFailure('EPIPE'), 'offline'],
    ['a TLS alert', fetchFailure('ERR_SSL_SSLV3_ALERT_BAD_RECORD_MAC'), 'certificateNotTrusted'],
    ['a broken TLS connection', fetchFailure('EPROTO'), 'certificateNotTrusted'],
    ['a broken TLS connection of Electron', new Error('net::ERR_SSL_PROTOCOL_ERROR'), 'certificateNotTrusted'],
    ['a network that went away', fetchFailure('ENETDOWN'), 'offline'],
    ['a route that went away', fetchFailure('EHOSTUNREACH'), 'offline'],
    [
      'a route of Electron that went away, which is the same word as one that was never there',
      new Error('net::ERR_ADDRESS_UNREACHABLE'),
      'offline',
    ],
    ['a network of Electron that changed', new Error('net::ERR_NETWORK_CHANGED'), 'offline'],
    ['an address of this machine that went away', fetchFailure('EADDRNOTAVAIL'), 'offline'],
    ['headers that never came', fetchFailure('UND_ERR_HEADERS_TIMEOUT'), 'noAnswer'],
    ['a body that never came', fetchFailure('UND_ERR_BODY_TIMEOUT'), 'noAnswer'],
    ['a silent line', fetchFailure('ETIMEDOUT'), 'noAnswer'],
    ['a silent line of Electron', new Error('net::ERR_TIMED_OUT'), 'noAnswer'],
    ['an empty answer of Electron', new Error('net::ERR_EMPTY_RESPONSE'), 'offline'],
    ['an error without a reason', new TypeError('fetch failed'), 'offline'],
    ['a thrown value that is no error', 'nonsense' as unknown as Error, 'offline'],
  ])('was perhaps sent: %s', async (_what, reason, code) => {
    const network = new Network(() => Promise.reject(reason));
    expect(await failureOf(network.http.send(url, { method: 'GET', purpose: 'test' }))).toMatchObject({ code, sent: true, cause: reason });
  });

  it.each(['ENETDOWN', 'ENETUNREACH', 'EHOSTUNREACH', 'EADDRNOTAVAIL', 'ETIMEDOUT'])(
    'was never sent where connecting failed already: %s',
    async code => {
      const reason = Object.assign(new Error(`connect ${code}`), { code, syscall: 'connect' });
      const network = new Network(() => Promise.reject(new TypeError('fetch failed', { cause: reason })));
      expect(await failureOf(network.http.send(url, { method: 'GET', purpose: 'test' }))).toMatchObject({ sent: false });
    },
  );

  it('is understood where every address of a name failed', async () => {
    const attempts = ['::1', '127.0.0.1'].map(address => Object.assign(new Error(address), { code: 'ECONNREFUSED' }));
    const network = new Network(() => Promise.reject(new TypeError('fetch failed', { cause: new AggregateError(attempts) })));
    const failure = await failureOf(network.http.send(url, { method: 'GET', purpose: 'test' }));
    expect(failure).toMatchObject({ code: 'offline', sent: false });
  });

  it('is understood where a proxy refuses the tunnel [R48]', async () => {
    const reason = fetchFailure('UND_ERR_ABORTED', 'Proxy response (407) !== 200 when HTTP Tunneling');
    const network = new Network(() => Promise.reject(reason));
    expect(await failureOf(network.http.send(url, { method: 'GET', purpose: 'test' }))).toMatchObject({ code: 'proxyFailed', sent: false });
  });

  it('is understood from a real port that nobody listens on', async () => {
    const { origin, stop } = await serve(() => undefined);
    await stop();
    const { http } = realHttp();
    expect(await failureOf(http.send(origin, { method: 'GET', purpose: 'test' }))).toMatchObject({ code: 'offline', sent: false });
  });

  it('is understood from a real connection that is dropped, before the answer and in the middle of it', async () => {
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

describe('the log of a request', () => {
  it('tells purpose, attempt, status, duration and the id that the service gave', async () => {
    const clock = new ManualClock();
    const network = new Network(() => {
      clock.advance(120);
      return json(503, { access_token: 'secret-answer' }, { 'x-request-id': 'req_1' });
    }, clock);
    await network.http.send(url, { method: 'POST', purpose: 'refresh', correlationId: 'ab12', body: 'refresh_token=secret-body' });
    expect(network.log.entries).toEqual([
      { level: 'info', step: 'http', fields: { flow: 'ab12', purpose: 'refresh', status: 503, ms: 120, requestId: 'req_1' } },
    ]);
  });

  it('tells why there was no answer, and nothing that was said', async () => {
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

describe('an answer that is of no use', () => {
  const answerOf = async (response: Response): Promise<HttpResponse> =>
    new Network(() => response).http.send(url, { method: 'GET', purpose: 'test' });

  it.each([
    ['429', () => json(429, {}), 'serviceUnavailable'],
    ['429 as a page', () => html(429), 'serviceUnavailable'],
    ['500', () => json(500, {}), 'serviceUnavailable'],
    ['503 as a page', () => html(503), 'serviceUnavailable'],
    ['a page with 403', () => html(403), 'blocked'],
    ['a page with 200', () => html(200), 'blocked'],
    ['a page that does not say so', () => new Response('\n <html>', { status: 403, headers: { 'content-type': 'text/plain' } }), 'blocked'],
    ['400', () => json(400, {}), 'refused'],
    ['401', () => json(401, {}), 'refused'],
    ['an empty 404', () => new Response(null, { status: 404 }), 'refused'],
    ['a redirect', () => new Response(null, { status: 302 }), 'answerNotUnderstood'],
    ['200 in other words', () => json(200, {}), 'answerNotUnderstood'],
  ])('means to a person, as %s', async (_what, response, code) => {
    expect(statusErrorCode(await answerOf(response()))).toBe(code);
  });

  it('is a page by its type or by its first letter', async () => {
    expect(isHtml(await answerOf(html(200)))).toBe(true);
    expect(isHtml(await answerOf(new Response('<!doctype html>', { headers: { 'content-type': 'application/json' } })))).toBe(true);
    expect(isHtml(await answerOf(json(200, '<html>')))).toBe(false);
    expect(isHtml(await answerOf(new Response('')))).toBe(false);
  });

  it('is no JSON where it breaks off', () => {
    expect(parseJson('{"access_token": "trunc')).toBeUndefined();
    expect(parseJson('')).toBeUndefined();
    expect(parseJson('{"a":1}')).toEqual({ a: 1 });
  });
});
