import { once } from 'node:events';
import { Server } from 'node:http';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { describe, expect, it, onTestFinished } from 'vitest';
import { AppError } from '../../../src/base/errors.ts';
import { callbackPageHeaders } from '../../../src/oauth/callbackPage.ts';
import type { Callback } from '../../../src/oauth/loopbackServer.ts';
import { LoopbackServer } from '../../../src/oauth/loopbackServer.ts';
import { ManualClock } from '../support/clock.ts';
import { freePort, holdPort, preconnect, visit } from './support/browser.ts';
import { callbackTexts } from './support/texts.ts';

const state = 'the-state-of-this-attempt';
const redirect = { host: '127.0.0.1', path: '/auth/callback', ports: [] as readonly number[] } as const;

interface Waiting {
  readonly clock: ManualClock;
  readonly listener: LoopbackServer;
  readonly origin: string;
  readonly port: number;
  readonly arrival: Promise<Callback>;
  /** The callback URL with the correct state. */
  readonly correct: string;
  readonly hasArrived: () => boolean;
}

async function wait(ports: readonly number[] = []): Promise<Waiting> {
  const clock = new ManualClock();
  const listener = await LoopbackServer.bind({ ...redirect, ports }, callbackTexts, clock);
  onTestFinished(() => {
    listener.close();
  });
  let arrived = false;
  const arrival = listener.waitFor(state).then(callback => {
    arrived = true;
    return callback;
  });
  const { origin, port } = new URL(listener.redirectUri);
  const correct = `${listener.redirectUri}?code=abc&state=${state}`;
  return { clock, listener, origin, port: Number(port), arrival, correct, hasArrived: () => arrived };
}

/** Sends the browser to the callback; the page says that the sign-in succeeded. */
async function finish({ correct, arrival }: Waiting): Promise<URL> {
  const page = visit(correct);
  const callback = await arrival;
  callback.respond(callbackTexts.signedIn);
  expect(await page).toMatchObject({ status: 200, body: expect.stringContaining('signed in') as string });
  return callback.url;
}

describe('the callback to the loopback server', () => {
  it('a callback with the correct state ends the wait, and its page waits for the outcome', async () => {
    const waiting = await wait();
    expect(waiting.listener.redirectUri).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/auth\/callback$/);
    expect((await finish(waiting)).href).toBe(waiting.correct);
  });

  it('a callback may have more parameters than it needs', async () => {
    const waiting = await wait();
    const page = visit(`${waiting.correct}&scope=openid+email&utm_source=x`);
    const { url, respond } = await waiting.arrival;
    respond(callbackTexts.signedIn);
    expect(Object.fromEntries(url.searchParams)).toEqual({ code: 'abc', state, scope: 'openid email', utm_source: 'x' });
    expect((await page).status).toBe(200);
  });

  it('a callback is accepted under any name of this machine', async () => {
    const waiting = await wait();
    for (const name of ['localhost', '[::1]']) {
      const page = await visit(`${waiting.origin}/auth/callback?state=wrong`, { host: `${name}:${String(waiting.port)}` });
      expect(page.status).toBe(400);
    }
    const page = visit(waiting.correct, { host: `localhost:${String(waiting.port)}` });
    (await waiting.arrival).respond(callbackTexts.signedIn);
    expect((await page).status).toBe(200);
  });

  it('a callback gets a whole page even if the server closes at the same moment', async () => {
    const waiting = await wait();
    const page = visit(waiting.correct);
    const callback = await waiting.arrival;
    callback.respond(callbackTexts.failed(new AppError('denied')));
    waiting.listener.close();
    expect((await page).body).toMatch(/failed: denied[^]*<\/html>/);
  });

  it.each(['redirect_uri', 'next', 'return_to', 'post_logout_redirect_uri'])(
    'a callback redirects nowhere, whatever its %s is [R10]',
    async name => {
      const waiting = await wait();
      const page = visit(`${waiting.correct}&${name}=${encodeURIComponent('//evil.example')}`);
      (await waiting.arrival).respond(callbackTexts.signedIn);
      const { status, headers, body } = await page;
      expect(status).toBe(200);
      expect(headers.location).toBeUndefined();
      expect(body).not.toContain('evil.example');
    },
  );

  it('a second callback is refused, both before and after the first one has its page', async () => {
    const waiting = await wait();
    const first = visit(waiting.correct);
    const callback = await waiting.arrival;
    const late = { status: 400, body: expect.stringContaining('late') as string };
    expect(await visit(`${waiting.origin}/auth/callback?code=other&state=${state}`)).toMatchObject(late);
    callback.respond(callbackTexts.signedIn);
    expect((await first).status).toBe(200);
    expect(await visit(waiting.correct)).toMatchObject(late);
    expect(callback.url.searchParams.get('code')).toBe('abc');
  });
});

describe('a request that does not belong to the sign-in', () => {
  const withCode = '/auth/callback?code=abc';

  it.each([
    ['a wrong state', `${withCode}&state=wrong`, 400],
    ['a state that is too long', `${withCode}&state=${state}x`, 400],
    ['a truncated state', `${withCode}&state=${state.slice(0, -1)}`, 400],
    ['an empty state', `${withCode}&state=`, 400],
    ['no state', withCode, 400],
    ['the correct state twice', `${withCode}&state=${state}&state=${state}`, 400],
    ['the correct state and a wrong one', `${withCode}&state=${state}&state=wrong`, 400],
    ['an error with a wrong state', '/auth/callback?error=access_denied&state=wrong', 400],
    ['an error without a state', '/auth/callback?error=access_denied', 400],
    ['the path of a favicon', '/favicon.ico', 404],
    ['the path by which other programs cancel', '/cancel', 404],
    ["the path of Codex's success page", '/success?id_token=x', 404],
    ['the root path', '/', 404],
    ['a longer path', `/auth/callback/x?code=abc&state=${state}`, 404],
    ['the path in capitals', `/Auth/Callback?code=abc&state=${state}`, 404],
    ['two leading slashes', `//evil.example/auth/callback?code=abc&state=${state}`, 404],
    ['the callback path in a fragment', `/x#/auth/callback?code=abc&state=${state}`, 404],
  ])('a request with %s is refused, and the wait continues [R11]', async (_what, target, status) => {
    const waiting = await wait();
    const page = await visit(waiting.origin, { target });
    expect(page.status).toBe(status);
    expect(page.body).toEqual(status === 400 ? expect.stringContaining('wrong state') : '');
    expect(waiting.hasArrived()).toBe(false);
    await finish(waiting);
  });

  it.each(['POST', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])(
    'a callback by %s is refused, even with the correct state [R11]',
    async method => {
      const waiting = await wait();
      const page = await visit(waiting.correct, { method });
      expect(page).toMatchObject({ status: 405, headers: { allow: 'GET' } });
      expect(waiting.hasArrived()).toBe(false);
      await finish(waiting);
    },
  );

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
  ])('a callback with the Host %s is refused [R11]', async name => {
    const waiting = await wait();
    const page = await visit(waiting.correct, { host: name.replace('{port}', String(waiting.port)) });
    expect(page.status).toBe(421);
    expect(waiting.hasArrived()).toBe(false);
    await finish(waiting);
  });

  it('a request whose target is an absolute URL or an asterisk is refused [R11]', async () => {
    const waiting = await wait();
    expect((await visit(waiting.correct, { target: waiting.correct })).status).toBe(404);
    expect((await visit(waiting.correct, { target: `http://evil.example/auth/callback?state=${state}` })).status).toBe(404);
    expect((await visit(waiting.correct, { target: '*', method: 'OPTIONS' })).status).toBe(404);
    expect(waiting.hasArrived()).toBe(false);
    await finish(waiting);
  });

  it('a callback without a Host is refused, also in HTTP/1.0 [R11]', async () => {
    const waiting = await wait();
    const target = `/auth/callback?code=abc&state=${state}`;
    expect(await (await preconnect(waiting.port)).send(`GET ${target} HTTP/1.1\r\n\r\n`)).toMatch(/^HTTP\/1\.1 400 /);
    expect(await (await preconnect(waiting.port)).send(`GET ${target} HTTP/1.0\r\n\r\n`)).toMatch(/^HTTP\/1\.1 421 /);
    expect(waiting.hasArrived()).toBe(false);
    await finish(waiting);
  });

  it('a connection that does not use HTTP is closed', async () => {
    const waiting = await wait();
    expect(await (await preconnect(waiting.port)).send('\x16\x03\x01\x02\x00\x01\x00')).toBe('');
    await finish(waiting);
  });

  it('a callback is refused before the wait has begun [R11]', async () => {
    const listener = await LoopbackServer.bind(redirect, callbackTexts, new ManualClock());
    onTestFinished(() => {
      listener.close();
    });
    expect(await visit(`${listener.redirectUri}?state=${state}`)).toMatchObject({ status: 400 });
  });
});

describe('the responses of the loopback server', () => {
  it('a response of any status loads nothing, is not cached, sends no referrer and closes its connection [R9]', async () => {
    const waiting = await wait();
    const pages = [
      await visit(waiting.origin),
      await visit(waiting.correct, { method: 'POST' }),
      await visit(waiting.correct, { host: 'evil.example' }),
      await visit(`${waiting.origin}/auth/callback`),
    ];
    const page = visit(waiting.correct);
    (await waiting.arrival).respond(callbackTexts.signedIn);
    pages.push(await page, await visit(waiting.correct));
    expect(pages.map(({ status }) => status)).toEqual([404, 405, 421, 400, 200, 400]);
    const { 'content-type': htmlType, ...strict } = callbackPageHeaders;
    for (const { status, headers } of pages) {
      expect(headers).toMatchObject({ ...strict, connection: 'close' });
      expect(headers['content-type']).toBe([200, 400].includes(status) ? htmlType : 'text/plain; charset=utf-8');
      expect(headers).not.toHaveProperty('access-control-allow-origin');
    }
  });
});

describe('the port of the loopback server', () => {
  it('the port is bound on 127.0.0.1 and nowhere else [R2] [R4]', async () => {
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

  it('the first free port of the list is used', async () => {
    const [first, second] = [await freePort(), await freePort()];
    expect((await wait([first, second])).port).toBe(first);
  });

  it('the next port of the list is used if the first one is busy', async () => {
    const busy = await holdPort();
    onTestFinished(busy.release);
    const free = await freePort();
    expect((await wait([busy.port, free])).port).toBe(free);
  });

  it('a port is not shared with another sign-in that waits', async () => {
    const { port } = await wait();
    await expect(wait([port])).rejects.toMatchObject({ code: 'portsBusy' });
  });

  it('the server uses no port if all are busy, and leaves the programs alone that use them [R46]', async () => {
    const holders = [await holdPort(), await holdPort()];
    for (const { release } of holders) onTestFinished(release);
    await expect(wait(holders.map(({ port }) => port))).rejects.toMatchObject({ code: 'portsBusy' });
    expect(holders.map(({ contacts }) => contacts())).toEqual([0, 0]);
  });

  it('a port that the system reserves is skipped', async () => {
    const servers = [new RefusingServer('EACCES'), new Server()];
    const listener = await LoopbackServer.bind(
      { ...redirect, ports: [1, await freePort()] },
      callbackTexts,
      new ManualClock(),
      () => servers.shift() ?? new Server(),
    );
    onTestFinished(() => {
      listener.close();
    });
    expect(servers).toEqual([]);
    expect((await visit(listener.redirectUri)).status).toBe(400);
  });

  it('a port that cannot be bound for another reason is an unexpected error with that reason', async () => {
    const binding = LoopbackServer.bind(redirect, callbackTexts, new ManualClock(), () => new RefusingServer('EINVAL'));
    await expect(binding).rejects.toMatchObject({ code: 'unexpected', cause: { code: 'EINVAL' } });
  });

  it('the server keeps its port when a connection could not be accepted', async () => {
    const server = new Server();
    const listener = await LoopbackServer.bind(redirect, callbackTexts, new ManualClock(), () => server);
    onTestFinished(() => {
      listener.close();
    });
    server.emit('error', Object.assign(new Error('accept EMFILE'), { code: 'EMFILE' }));
    expect((await visit(listener.redirectUri)).status).toBe(400);
  });

  it('the port is free as soon as the server closes, even with open connections [R3]', async () => {
    const { listener, port, correct, arrival } = await wait();
    await preconnect(port);
    const unanswered = visit(correct);
    const callback = await arrival;
    listener.close();
    const next = await holdPort(port);
    await next.release();
    callback.respond(callbackTexts.late);
    await unanswered;
  });

  it('a callback over a connection from before the server closed is refused', async () => {
    const waiting = await wait();
    const { send } = await preconnect(waiting.port);
    waiting.listener.close();
    const response = await send(`GET /auth/callback?code=abc&state=${state} HTTP/1.1\r\nHost: 127.0.0.1:${String(waiting.port)}\r\n\r\n`);
    expect(response).toMatch(/^HTTP\/1\.1 400 [^]*wrong state/);
    expect(waiting.hasArrived()).toBe(false);
  });
});

describe('connections that make no request', () => {
  /** Opens a connection that sends these bytes, and waits until the server has it. */
  async function open({ clock, port }: Waiting, bytes = ''): Promise<{ socket: Socket; closed: Promise<unknown> }> {
    const before = clock.sleeping.length;
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    onTestFinished(() => {
      socket.destroy();
    });
    const closed = once(socket, 'close');
    await once(socket, 'connect');
    socket.write(bytes);
    await expect.poll(() => clock.sleeping.length).toBe(before + 1);
    return { socket, closed };
  }

  it.each([
    ['nothing', ''],
    ['half a request line', 'GET /auth/call'],
    ['headers without an end', 'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: '],
  ])('a connection that sends %s is closed after two seconds [R73]', async (_what, bytes) => {
    const waiting = await wait();
    const { socket, closed } = await open(waiting, bytes);
    waiting.clock.advance(1_999);
    expect((await visit(`${waiting.origin}/`)).status).toBe(404);
    expect(socket.closed).toBe(false);
    waiting.clock.advance(1);
    socket.resume();
    await closed;
    expect(waiting.clock.sleeping).toEqual([]);
  });

  it('the browser gets through however many connections are silent: the oldest one makes room [R73]', async () => {
    const waiting = await wait();
    const silent: Awaited<ReturnType<typeof open>>[] = [];
    for (let count = 0; count < 64; count++) silent.push(await open(waiting));
    const [oldest, ...others] = silent;
    await finish(waiting);
    oldest?.socket.resume();
    await oldest?.closed;
    expect(others.filter(({ socket }) => socket.closed)).toEqual([]);
    expect(waiting.clock.sleeping).toHaveLength(63);
  });

  it('a callback keeps its connection for as long as its page takes', async () => {
    const waiting = await wait();
    const page = visit(waiting.correct);
    const { respond } = await waiting.arrival;
    waiting.clock.advance(60_000);
    respond(callbackTexts.signedIn);
    expect((await page).status).toBe(200);
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
