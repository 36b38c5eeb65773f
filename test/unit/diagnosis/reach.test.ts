import { describe, expect, it } from 'vitest';
import { findProxy, bypassesProxy } from '../../../src/diagnosis/proxy.ts';
import type { Reach, Target } from '../../../src/diagnosis/reach.ts';
import { reach } from '../../../src/diagnosis/reach.ts';
import { systemClock } from '../../../src/base/clock.ts';
import type { Fetch } from '../../../src/base/http.ts';
import { ManualClock } from '../support/clock.ts';
import { agent, fetchFailure } from '../support/network.ts';
import { closedPort, program, proxyServer, selfSignedServer, webServer } from './support/servers.ts';

interface Way {
  readonly fetch?: Fetch;
  readonly proxy?: string;
  readonly signal?: AbortSignal;
}

function target(address: string, usual = 'https://auth.openai.com'): Target {
  return { name: 'issuer', address, usual, route: 'x' };
}

async function goTo(address: string, { fetch = globalThis.fetch, proxy, signal = new AbortController().signal }: Way = {}): Promise<Reach> {
  const found = findProxy({ setting: proxy, environment: {} });
  const reached = await reach(target(address), { fetch, clock: systemClock, agent, proxy: found, exceptions: [], signal });
  if ('problem' in reached) throw new Error(reached.problem);
  return reached;
}

/** A fetch that fails with this code. */
const failing =
  (code: string): Fetch =>
  () =>
    Promise.reject(fetchFailure(code));

describe('the probe of a service', () => {
  it('a service that responds is reported with status and clock difference, by a request without credentials [R50]', async () => {
    const headers: unknown[] = [];
    const port = await webServer((request, response) => {
      headers.push(request.headers);
      response.setHeader('date', new Date(Date.now() + 3_600_000).toUTCString());
      response.writeHead(401, { 'content-type': 'application/json' }).end('{"error":"who?"}');
    });
    const { place, tls, dns, answer } = await goTo(`http://127.0.0.1:${String(port)}`);
    expect({ place, tls, dns }).toEqual({ place: 'thisMachine', tls: undefined, dns: undefined });
    expect(answer).toMatchObject({ kind: 'answers', status: 401 });
    expect(Math.abs((answer as { clockAhead: number }).clockAhead - 3600)).toBeLessThan(3);
    expect(JSON.stringify(headers)).not.toMatch(/authorization|cookie|account/i);
  });

  it.each([
    ['a page instead of JSON', 200, 'text/html', '<html>', 'page'],
    ['the page of a filter', 403, 'text/html', '<html>', 'page'],
    ['a 503', 503, 'text/plain', '', 'unavailable'],
    ['a 429', 429, 'application/json', '{}', 'unavailable'],
    ['truncated JSON', 200, 'application/json', '{"a":', 'notUnderstood'],
  ])('a response that is %s is classified', async (_what, status, type, body, kind) => {
    const port = await webServer((_request, response) => response.writeHead(status, { 'content-type': type }).end(body));
    await expect(goTo(`http://127.0.0.1:${String(port)}`)).resolves.toMatchObject({ answer: { kind, status } });
  });

  it('a closed port is reported as ECONNREFUSED', async () => {
    const { answer } = await goTo(`http://127.0.0.1:${String(await closedPort())}`);
    expect(answer).toMatchObject({ code: 'offline', words: ['ECONNREFUSED'] });
  });

  it('a service that does not respond times out after five seconds', async () => {
    const clock = new ManualClock();
    const hanging = program(() => undefined).then(port => `http://127.0.0.1:${String(port)}`);
    const options = { fetch: globalThis.fetch, clock, agent, proxy: undefined, exceptions: [], signal: new AbortController().signal };
    const reached = reach(target(await hanging), options);
    await clock.untilSleeping(5_000);
    clock.advance(5_000);
    await expect(reached).resolves.toMatchObject({ answer: { code: 'noAnswer', ms: 5_000 } });
  });

  it('a self-signed certificate is reported with the error code of TLS', async () => {
    const port = await selfSignedServer((_request, response) => response.end('{}'));
    const { tls, answer } = await goTo(`https://127.0.0.1:${String(port)}`);
    expect(tls).toEqual({ words: ['DEPTH_ZERO_SELF_SIGNED_CERT'] });
    expect(answer).toMatchObject({ code: 'certificateNotTrusted', words: ['DEPTH_ZERO_SELF_SIGNED_CERT'] });
  });

  it('a server that does not speak TLS is not reported as a certificate problem', async () => {
    const port = await program(socket => socket.end('HTTP/1.1 400 No\r\n\r\n'));
    const { tls } = await goTo(`https://127.0.0.1:${String(port)}`, { fetch: failing('EPROTO') });
    expect(tls).not.toHaveProperty('version');
    expect(JSON.stringify(tls)).not.toContain('CERT');
  });

  it('a host name that does not resolve is reported as such', async () => {
    const { dns, place } = await goTo('https://nobody.invalid', { fetch: failing('ENOTFOUND') });
    expect(dns).toMatchObject({ words: [expect.stringMatching(/^(ENOTFOUND|EAI_AGAIN)$/)] });
    expect(place).toBe('elsewhere');
  });

  it.each([
    ['http://auth.example.com', 'addressNotSecure'],
    ['nonsense', 'addressInvalid'],
    ['https://ada:secret@auth.example.com', 'addressInvalid'],
  ])('no request goes to %s', async (address, problem) => {
    const refuse: Fetch = () => Promise.reject(new Error('asked'));
    const options = { fetch: refuse, clock: systemClock, agent, proxy: undefined, exceptions: [], signal: new AbortController().signal };
    await expect(reach(target(address), options)).resolves.toEqual({ name: 'issuer', problem });
  });

  it('a cancelled probe ends without waiting for the service', async () => {
    const port = await program(() => undefined);
    const started = Date.now();
    await goTo(`https://127.0.0.1:${String(port)}`, { signal: AbortSignal.timeout(30) });
    expect(Date.now() - started).toBeLessThan(2_000);
  });
});

describe('the probe of a proxy', () => {
  const secret = 'pr0xy-p4ssw0rd';

  it('a proxy that requires authentication is reported, and receives no credentials [R50]', async () => {
    const { port, asked } = await proxyServer(407);
    const proxy = `http://ada:${secret}@127.0.0.1:${String(port)}`;
    const { tunnel, tls } = await goTo('https://auth.example.com', { proxy, fetch: failing('ECONNRESET') });
    expect({ tunnel, tls }).toEqual({ tunnel: 'asksForSignIn', tls: undefined });
    expect(asked.join()).toContain('CONNECT auth.example.com:443');
    expect(asked.join()).not.toMatch(/authorization/i);
    expect(asked.join()).not.toContain(secret);
  });

  it('a proxy that refuses the tunnel, speaks another protocol or is unreachable is reported', async () => {
    const { port } = await proxyServer(403);
    const other = await program(socket => socket.end('220 ready\r\n\r\n'));
    const fetch = failing('ECONNRESET');
    await expect(goTo('https://a.example', { fetch, proxy: `127.0.0.1:${String(port)}` })).resolves.toMatchObject({ tunnel: 'refuses' });
    await expect(goTo('https://a.example', { fetch, proxy: `127.0.0.1:${String(other)}` })).resolves.toMatchObject({ tunnel: 'notAProxy' });
    const closed = `127.0.0.1:${String(await closedPort())}`;
    await expect(goTo('https://a.example', { fetch, proxy: closed })).resolves.toMatchObject({ tunnel: { words: ['ECONNREFUSED'] } });
  });

  it('a tunnel that ends at another certificate is reported with the error code of TLS', async () => {
    const service = await selfSignedServer((_request, response) => response.end('{}'));
    const { port } = await proxyServer(200);
    const fetch: Fetch = () => Promise.resolve(new Response('{}'));
    const reached = await goTo(`https://a.example:${String(service)}`, { fetch, proxy: `http://127.0.0.1:${String(port)}` });
    expect(reached).toMatchObject({ tunnel: 'open', tls: { words: ['DEPTH_ZERO_SELF_SIGNED_CERT'] }, answer: { kind: 'answers' } });
  });

  it('a proxy is described by source, scheme and location alone, and http.proxy wins over the environment', () => {
    const environment = { HTTPS_PROXY: `socks5://ada:${secret}@proxy.company.example:1080`, http_proxy: 'http://localhost:3128' };
    const shown = { source: 'HTTPS_PROXY', scheme: 'socks5:', place: 'elsewhere', hasCredentials: true };
    expect(findProxy({ setting: ' ', environment })?.facts).toEqual(shown);
    expect(findProxy({ setting: 'localhost:3128', environment })?.facts).toMatchObject({ source: 'http.proxy', place: 'thisMachine' });
    expect(findProxy({ setting: '://', environment: {} })?.facts).toMatchObject({ scheme: 'other' });
    expect(findProxy({ setting: undefined, environment: {} })).toBeUndefined();
  });

  it.each([
    ['auth.openai.com', 'openai.com', true],
    ['auth.openai.com', '.openai.com,x', true],
    ['auth.openai.com', '*', true],
    ['auth.openai.com', 'x, *.openai.com:443', true],
    ['notopenai.com', 'openai.com', false],
    ['auth.openai.com', '', false],
    ['127.0.0.1', '', true],
  ])('a request to %s with the exceptions "%s" bypasses the proxy: %s', (host, exceptions, isBypassed) => {
    expect(bypassesProxy(host, [exceptions])).toBe(isBypassed);
  });
});
