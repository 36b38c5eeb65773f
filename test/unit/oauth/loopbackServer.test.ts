import { once } from 'node:events';
import { Server } from 'node:http';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { describe, expect, it, onTestFinished } from 'vitest';
import { AppError } from '../../../src/base/errors.ts';
import { callbackPageHeaders } from '../../../src/oauth/callbackPage.ts';
import type { Callback } from '../../../src/oauth/loopbackServer.ts';
import { LoopbackServer } from '../../../src/oauth/loopbackServer.ts';
import { freePort, holdPort, preconnect, visit } from './support/browser.ts';
import { landings } from './support/texts.ts';

const state = 'the-state-of-this-attempt';
const redirect = { host: '127.0.0.1', path: '/auth/callback', ports: [] as readonly number[] } as const;

interface Waiting {
  readonly listener: LoopbackServer;
  readonly origin: string;
  readonly port: number;
  readonly arrival: Promise<Callback>;
  /** The callback's address with the right state. */
  readonly good: string;
  readonly hasArrived: () => boolean;
}

async function wait(ports: readonly number[] = []): Promise<Waiting> {
  const listener = await LoopbackServer.bind({ ...redirect, ports }, landings);
  onTestFinished(() => {
    listener.close();
  });
  let arrived = false;
  const arrival = listener.waitFor(state).then(callback => {
    arrived = true;
    return callback;
  });
  const { origin, port } = new URL(listener.redirectUri);
  const good = `${listener.redirectUri}?code=abc&state=${state}`;
  return { listener, origin, port: Number(port), arrival, good, hasArrived: () => arrived };
}

/** The browser comes back as it should; it is told that it worked. */
async function finish({ good, arrival }: Waiting): Promise<URL> {
  const page = visit(good);
  const callback = await arrival;
  callback.respond(landings.signedIn);
  expect(await page).toMatchObject({ status: 200, body: expect.stringContaining('signed in') as string });
  return callback.url;
}

describe('the callback', () => {
  it('with the right state ends the wait, and its page waits to be told', async () => {
    const waiting = await wait();
    expect(waiting.listener.redirectUri).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/auth\/callback$/);
    expect((await finish(waiting)).href).toBe(waiting.good);
  });

  it('may carry more than it has to', async () => {
    const waiting = await wait();
    const page = visit(`${waiting.good}&scope=openid+email&utm_source=x`);
    const { url, respond } = await waiting.arrival;
    respond(landings.signedIn);
    expect(Object.fromEntries(url.searchParams)).toEqual({ code: 'abc', state, scope: 'openid email', utm_source: 'x' });
    expect((await page).status).toBe(200);
  });

  it('is answered under any name of this machine', async () => {
    const waiting = await wait();
    for (const name of ['localhost', '[::1]']) {
      const page = await visit(`${waiting.origin}/auth/callback?state=wrong`, { host: `${name}:${String(waiting.port)}` });
      expect(page.status).toBe(400);
    }
    const page = visit(waiting.good, { host: `localhost:${String(waiting.port)}` });
    (await waiting.arrival).respond(landings.signedIn);
    expect((await page).status).toBe(200);
  });

  it('gets a whole page although the port is let go at the same moment', async () => {
    const waiting = await wait();
    const page = visit(waiting.good);
    const callback = await waiting.arrival;
    callback.respond(landings.failed(new AppError('denied')));
    waiting.listener.close();
    expect((await page).body).toMatch(/failed: denied[^]*<\/html>/);
  });

  it.each(['redirect_uri', 'next', 'return_to', 'post_logout_redirect_uri'])('leads nowhere, whatever its %s says [R10]', async name => {
    const waiting = await wait();
    const page = visit(`${waiting.good}&${name}=${encodeURIComponent('//evil.example')}`);
    (await waiting.arrival).respond(landings.signedIn);
    const { status, headers, body } = await page;
    expect(status).toBe(200);
    expect(headers.location).toBeUndefined();
    expect(body).not.toContain('evil.example');
  });

  it('that comes twice is taken once, before and after its page was answered', async () => {
    const waiting = await wait();
    const first = visit(waiting.good);
    const callback = await waiting.arrival;
    const late = { status: 400, body: expect.stringContaining('late') as string };
    expect(await visit(`${waiting.origin}/auth/callback?code=other&state=${state}`)).toMatchObject(late);
    callback.respond(landings.signedIn);
    expect((await first).status).toBe(200);
    expect(await visit(waiting.good)).toMatchObject(late);
    expect(callback.url.searchParams.get('code')).toBe('abc');
  });
});

describe('a request that does not belong to the sign-in', () => {
  const strange = '/auth/callback?code=abc';

  it.each([
    ['a wrong state', `${strange}&state=wrong`, 400],
    ['a state that only begins right', `${strange}&state=${state}x`, 400],
    ['a state that breaks off', `${strange}&state=${state.slice(0, -1)}`, 400],
    ['an empty state', `${strange}&state=`, 400],
    ['no state', strange, 400],
    ['the right state twice', `${strange}&state=${state}&state=${state}`, 400],
    ['the right state and a wrong one', `${strange}&state=${state}&state=wrong`, 400],
    ['an error with a wrong state', '/auth/callback?error=access_denied&state=wrong', 400],
    ['an error without a state', '/auth/callback?error=access_denied', 400],
    ["a browser's favicon", '/favicon.ico', 404],
    ["another app's cancel", '/cancel', 404],
    ["Codex's success page", '/success?id_token=x', 404],
    ['the root', '/', 404],
    ['a longer path', `/auth/callback/x?code=abc&state=${state}`, 404],
    ['the path in capitals', `/Auth/Callback?code=abc&state=${state}`, 404],
    ['two slashes in front', `//evil.example/auth/callback?code=abc&state=${state}`, 404],
    ['the right address after a fragment', `/x#/auth/callback?code=abc&state=${state}`, 404],
  ])('is turned away and the wait goes on: %s [R11]', async (_what, target, status) => {
    const waiting = await wait();
    const page = await visit(waiting.origin, { target });
    expect(page.status).toBe(status);
    expect(page.body).toEqual(status === 400 ? expect.stringContaining('stranger') : '');
    expect(waiting.hasArrived()).toBe(false);
    await finish(waiting);
  });

  it.each(['POST', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])('is turned away as %s, with the right state too [R11]', async method => {
    const waiting = await wait();
    const page = await visit(waiting.good, { method });
    expect(page).toMatchObject({ status: 405, headers: { allow: 'GET' } });
    expect(waiting.hasArrived()).toBe(false);
    await finish(waiting);
  });

  it.each([
    'evil.example',
    'localhost',
    '127.0.0.1',
    '127.0.0.1:1',
    'localhost:1',
    'evil.example:{port}',
    '127.0.0.1.evil.example:{port}',
    '127.0.0.2:{port}',
    '::1:{port}',
  ])('is turned away when it is addressed to %s [R11]', async name => {
    const waiting = await wait();
    const page = await visit(waiting.good, { host: name.replace('{port}', String(waiting.port)) });
    expect(page.status).toBe(421);
    expect(waiting.hasArrived()).toBe(false);
    await finish(waiting);
  });

  it('is turned away when its target is a whole address, or none [R11]', async () => {
    const waiting = await wait();
    expect((await visit(waiting.good, { target: waiting.good })).status).toBe(404);
    expect((await visit(waiting.good, { target: `http://evil.example/auth/callback?state=${state}` })).status).toBe(404);
    expect((await visit(waiting.good, { target: '*', method: 'OPTIONS' })).status).toBe(404);
    expect(waiting.hasArrived()).toBe(false);
    await finish(waiting);
  });

  it('is turned away without a Host, in the old version of HTTP too [R11]', async () => {
    const waiting = await wait();
    const target = `/auth/callback?code=abc&state=${state}`;
    expect(await (await preconnect(waiting.port)).send(`GET ${target} HTTP/1.1\r\n\r\n`)).toMatch(/^HTTP\/1\.1 400 /);
    expect(await (await preconnect(waiting.port)).send(`GET ${target} HTTP/1.0\r\n\r\n`)).toMatch(/^HTTP\/1\.1 421 /);
    expect(waiting.hasArrived()).toBe(false);
    await finish(waiting);
  });

  it('is cut off when it is no HTTP', async () => {
    const waiting = await wait();
    expect(await (await preconnect(waiting.port)).send('\x16\x03\x01\x02\x00\x01\x00')).toBe('');
    await finish(waiting);
  });

  it('is turned away while nobody waits yet [R11]', async () => {
    const listener = await LoopbackServer.bind(redirect, landings);
    onTestFinished(() => {
      listener.close();
    });
    expect(await visit(`${listener.redirectUri}?state=${state}`)).toMatchObject({ status: 400 });
  });
});

describe('every answer', () => {
  it('loads nothing, is not kept, passes nothing on and ends its connection [R9]', async () => {
    const waiting = await wait();
    const pages = [
      await visit(waiting.origin),
      await visit(waiting.good, { method: 'POST' }),
      await visit(waiting.good, { host: 'evil.example' }),
      await visit(`${waiting.origin}/auth/callback`),
    ];
    const page = visit(waiting.good);
    (await waiting.arrival).respond(landings.signedIn);
    pages.push(await page, await visit(waiting.good));
    expect(pages.map(({ status }) => status)).toEqual([404, 405, 421, 400, 200, 400]);
    const { 'content-type': htmlType, ...strict } = callbackPageHeaders;
    for (const { status, headers } of pages) {
      expect(headers).toMatchObject({ ...strict, connection: 'close' });
      expect(headers['content-type']).toBe([200, 400].includes(status) ? htmlType : 'text/plain; charset=utf-8');
      expect(headers).not.toHaveProperty('access-control-allow-origin');
    }
  });
});

describe('the port', () => {
  it('is bound on 127.0.0.1 and nowhere else [R2] [R4]', async () => {
    const { port } = await wait();
    const outside = Object.values(networkInterfaces()).flatMap(list => list ?? []);
    const others = ['::1', ...outside.map(({ address }) => address)].filter(address => address !== '127.0.0.1');
    if (process.platform === 'linux') others.push('127.0.0.2');
    for (const host of others) {
      const socket = connect({ host, port });
      onTestFinished(() => {
        socket.destroy();
      });
      await expect(once(socket, 'connect'), host).rejects.toMatchObject({ syscall: 'connect' });
    }
  });

  it('is the first of the list that is free', async () => {
    const [first, second] = [await freePort(), await freePort()];
    expect((await wait([first, second])).port).toBe(first);
  });

  it('is the next one where the first is busy', async () => {
    const busy = await holdPort();
    onTestFinished(busy.release);
    const free = await freePort();
    expect((await wait([busy.port, free])).port).toBe(free);
  });

  it('is not shared with another sign-in that waits', async () => {
    const { port } = await wait();
    await expect(wait([port])).rejects.toMatchObject({ code: 'portsBusy' });
  });

  it('is none where all are busy, and those who hold them hear nothing [R46]', async () => {
    const holders = [await holdPort(), await holdPort()];
    for (const { release } of holders) onTestFinished(release);
    await expect(wait(holders.map(({ port }) => port))).rejects.toMatchObject({ code: 'portsBusy' });
  });

  it('is passed over where the system keeps it for itself', async () => {
    const servers = [new RefusingServer('EACCES'), new Server()];
    const listener = await LoopbackServer.bind(
      { ...redirect, ports: [1, await freePort()] },
      landings,
      () => servers.shift() ?? new Server(),
    );
    onTestFinished(() => {
      listener.close();
    });
    expect(servers).toEqual([]);
    expect((await visit(listener.redirectUri)).status).toBe(400);
  });

  it('that cannot be had for another reason is a defect, and says which', async () => {
    const binding = LoopbackServer.bind(redirect, landings, () => new RefusingServer('EINVAL'));
    await expect(binding).rejects.toMatchObject({ code: 'unexpected', cause: { code: 'EINVAL' } });
  });

  it('stays in use when a connection could not be taken', async () => {
    const server = new Server();
    const listener = await LoopbackServer.bind(redirect, landings, () => server);
    onTestFinished(() => {
      listener.close();
    });
    server.emit('error', Object.assign(new Error('accept EMFILE'), { code: 'EMFILE' }));
    expect((await visit(listener.redirectUri)).status).toBe(400);
  });

  it('is free as soon as it is let go, with connections still open [R3]', async () => {
    const { listener, port, good, arrival } = await wait();
    await preconnect(port);
    const unanswered = visit(good);
    const callback = await arrival;
    listener.close();
    const next = await holdPort(port);
    await next.release();
    callback.respond(landings.late);
    await unanswered;
  });

  it('that was let go takes no callback from a connection that was opened ahead', async () => {
    const waiting = await wait();
    const { send } = await preconnect(waiting.port);
    waiting.listener.close();
    const answer = await send(`GET /auth/callback?code=abc&state=${state} HTTP/1.1\r\nHost: 127.0.0.1:${String(waiting.port)}\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 400 [^]*stranger/);
    expect(waiting.hasArrived()).toBe(false);
  });
});

class RefusingServer extends Server {
  readonly #code: string;

  constructor(code: string) {
    super();
    this.#code = code;
  }

  override listen(): this {
    process.nextTick(() => this.emit('error', Object.assign(new Error(`listen ${this.#code}`), { code: this.#code })));
    return this;
  }
}
