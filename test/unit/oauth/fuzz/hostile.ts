/** Requests that no browser sends: each one as chunks of bytes, with the placeholders `{state}` and `{port}`. */
import fc from 'fast-check';

export interface Hostile {
  /** The chunks are written one after the other, each in a turn of the event loop. */
  readonly chunks: readonly string[];
  /** Whether the request never ends, so that its connection stays open beside others. */
  readonly lingers: boolean;
}

const token = fc.stringMatching(/^[A-Za-z0-9_-]{1,43}$/);
const junk = fc.string({ unit: 'binary', maxLength: 60 }).map(text => text.replace(/[\r\n{}]/g, ''));

/** Nearly the correct state, in the ways that could fool a comparison; each placeholder is a variant of the correct one. */
const nearMiss = fc.constantFrom(
  'code=c&state={most}',
  'code=c&state={state}x',
  'code=c&state=x{state}',
  'code=c&state={changed}',
  'code=c&state={swapped}',
  'code=c&state={reversed}',
  'code=c&state={state}%00',
  'code=c&state={state}%20',
  'code=c&state=%20{state}',
  'code=c&state={state}{state}',
  'code=c&state={state}&state={state}',
  'code=c&state=&state={state}',
  'code=c&state={state}&state=x',
  'code=c&State={state}',
  'code=c&state%00={state}',
  'code=c&state[]={state}',
  'code=c&state={twice}',
  'code=c&state={base64}',
  'code={state}',
  'code=c;state={state}',
  'code=c%26state={state}',
  'state',
  'state=',
  '',
);
const wrongQuery = fc.oneof(
  nearMiss,
  token.map(text => `code=c&state=${text}`),
  token.map(text => `error=access_denied&error_description=${text}&state=${text}`),
  junk.map(text => `code=c&state=${encodeURIComponent(text.toWellFormed())}`),
  fc.stringMatching(/^[!-~]{0,80}$/).map(text => `state=${text.replace(/[{}]/g, '')}`),
);
const correctQuery = 'code=c&state={state}';
const path = '/auth/callback';
const ownHost = 'Host: 127.0.0.1:{port}';

const otherHost = fc.constantFrom(
  'Host: evil.example',
  'Host: evil.example:{port}',
  'Host: 127.0.0.1',
  'Host: 127.0.0.1:1',
  'Host: 127.0.0.1:{port}.evil.example',
  'Host: evil.example#127.0.0.1:{port}',
  'Host: user@127.0.0.1:{port}',
  'Host: 127.0.0.2:{port}',
  'Host: 0.0.0.0:{port}',
  'Host: [::]:{port}',
  'Host: LOCALHOST.:{port}',
  'Host: localhost.evil.example:{port}',
  'Host: 2130706433:{port}',
  'Host: 0x7f.1:{port}',
  'Host:',
  'X-Host: 127.0.0.1:{port}',
  'Host: evil.example\r\nX-Forwarded-Host: 127.0.0.1:{port}',
  'Host: evil.example\r\nHost: 127.0.0.1:{port}',
);
const otherPath = fc.constantFrom(
  '/',
  '/cancel',
  '/success',
  '/favicon.ico',
  '/auth',
  '/auth/callback/',
  '/auth/callbackx',
  '/AUTH/callback',
  '/auth%2Fcallback',
  '//auth/callback',
  '//evil.example/auth/callback',
  '/auth/callback;x',
  '/auth/callback%20',
  '/x/auth/callback',
  '/auth/callback/%2e%2e/callback2',
  'http://evil.example/auth/callback',
  'http://127.0.0.1:{port}/auth/callback',
  'auth/callback',
  '*',
  '?',
);
const otherMethod = fc.constantFrom(
  'POST',
  'PUT',
  'DELETE',
  'OPTIONS',
  'HEAD',
  'PATCH',
  'TRACE',
  'PROPFIND',
  'get',
  'Get',
  'G\u0045T2',
  'CONNECT',
  'PRI',
);

const get = (target: string, ...headers: string[]): string => `GET ${target} HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`;

const whole = (bytes: fc.Arbitrary<string>): fc.Arbitrary<Hostile> => bytes.map(chunk => ({ chunks: [chunk], lingers: false }));

const wrongState = whole(wrongQuery.map(query => get(`${path}?${query}`, ownHost)));
const wrongHost = whole(otherHost.map(host => get(`${path}?${correctQuery}`, host)));
const wrongPath = whole(otherPath.map(target => get(`${target}?${correctQuery}`, ownHost)));
const wrongMethod = whole(otherMethod.map(method => `${method} ${path}?${correctQuery} HTTP/1.1\r\n${ownHost}\r\n\r\n`));

/** The correct state everywhere except where it belongs. */
const misplaced = whole(
  fc.constantFrom(
    get(`${path}?code=c#state={state}`, ownHost),
    get(path, ownHost, 'Cookie: state={state}; code=c'),
    get(path, ownHost, `Referer: http://127.0.0.1:{port}${path}?${correctQuery}`),
    get(path, ownHost, `X-Original-URL: ${path}?${correctQuery}`),
    get(path, ownHost, `X-Rewrite-URL: ${path}?${correctQuery}`),
    get(`${path}?code=c`, ownHost, 'state: {state}'),
    get(`${path}/state={state}`, ownHost),
    `POST ${path} HTTP/1.1\r\n${ownHost}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 58\r\n\r\n${correctQuery}`,
    `POST ${path}?${correctQuery} HTTP/1.1\r\n${ownHost}\r\nX-HTTP-Method-Override: GET\r\nContent-Length: 0\r\n\r\n`,
  ),
);

/** Bytes that are not HTTP, or hardly. */
const malformed = whole(
  fc.oneof(
    junk.map(text => `${text}\r\n\r\n`),
    fc.constantFrom(
      `GET ${path}?${correctQuery}\r\n`,
      `GET ${path}?${correctQuery}\r\n\r\n`,
      `GET ${path}?${correctQuery} HTTP/9.9\r\n${ownHost}\r\n\r\n`,
      `GET ${path}?${correctQuery} HTTP/1.1\r\n\r\n`,
      `GET ${path}?${correctQuery} HTTP/1.0\r\n\r\n`,
      // Node takes two spaces for one: with the correct state this would be the browser.
      `GET  ${path}?code=c&state={most} HTTP/1.1\r\n${ownHost}\r\n\r\n`,
      `GET ${path}?${correctQuery}\u0000 HTTP/1.1\r\n${ownHost}\r\n\r\n`,
      `GET\t${path}?${correctQuery}\tHTTP/1.1\r\n${ownHost}\r\n\r\n`,
      `GET ${path}?${correctQuery} HTTP/1.1\r\n Host: 127.0.0.1:{port}\r\n\r\n`,
      `GET ${path}?${correctQuery} HTTP/1.1\r\nHost : 127.0.0.1:{port}\r\n\r\n`,
      `\r\n\r\n\r\n`,
      '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003',
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
      '\u0005\u0001\u0000',
      `POST ${path}?${correctQuery} HTTP/1.1\r\n${ownHost}\r\nContent-Length: -1\r\n\r\n`,
      `POST ${path}?${correctQuery} HTTP/1.1\r\n${ownHost}\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n`,
      `POST ${path} HTTP/1.1\r\n${ownHost}\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\nzz\r\n`,
      `POST ${path} HTTP/1.1\r\n${ownHost}\r\nTransfer-Encoding: gzip, chunked\r\n\r\nFFFFFFFFFFFFFFFFFF\r\n`,
      `GET ${path}?code=c&state=x HTTP/1.1\r\n${ownHost}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n`,
      `GET ${path}?code=c&state=x HTTP/1.1\r\n${ownHost}\r\nExpect: 100-continue\r\n\r\n`,
      `GET ${path}?code=c&state=x HTTP/1.1\r\n${ownHost}\r\nExpect: something\r\n\r\n`,
    ),
  ),
);

const sizes = fc.constantFrom(100, 2_000, 15_000, 17_000, 40_000);
const huge = whole(
  fc.oneof(
    sizes.map(size => get(`${path}?code=c&state=${'x'.repeat(size)}`, ownHost)),
    sizes.map(size => get(`${path}?code=c&state=x`, ownHost, `X-Filler: ${'x'.repeat(size)}`)),
    sizes.map(size => get(`${path}?code=c&state=x`, ownHost, ...Array.from({ length: size / 20 }, (_each, at) => `X-${String(at)}: y`))),
    sizes.map(size => get(`${path}?${'state={most}&'.repeat(size / 50)}`, ownHost)),
    sizes.map(size => `POST ${path}?${correctQuery} HTTP/1.1\r\n${ownHost}\r\nContent-Length: ${String(size)}\r\n\r\n${'x'.repeat(size)}`),
  ),
);

/** A second request after a first one, or hidden in its body. */
const pipelined = whole(
  fc.oneof(
    fc.tuple(wrongQuery, wrongQuery).map(([one, two]) => get(`${path}?${one}`, ownHost) + get(`${path}?${two}`, ownHost)),
    fc.tuple(otherPath, wrongQuery).map(([target, query]) => get(target, ownHost).repeat(20) + get(`${path}?${query}`, ownHost)),
    fc.constant(
      `POST ${path} HTTP/1.1\r\n${ownHost}\r\nContent-Length: 4096\r\n\r\n${get(`${path}?${correctQuery}`, ownHost).padEnd(4_000, '\n')}`,
    ),
  ),
);

/** Requests whose chunks arrive late, or whose end never arrives. */
const slow = fc
  .tuple(fc.oneof(wrongState, wrongHost, wrongMethod, malformed, misplaced), fc.integer({ min: 1, max: 60 }), fc.boolean())
  .map(([{ chunks }, length, lingers]): Hostile => {
    const bytes = chunks.join('');
    const pieces = Array.from({ length: Math.ceil(bytes.length / length) }, (_each, at) => bytes.slice(at * length, (at + 1) * length));
    // A placeholder that is cut in two is not filled in.
    return { chunks: lingers ? pieces.slice(0, 3) : pieces.slice(0, 12), lingers };
  });
const unfinished = fc
  .constantFrom('', 'G', `GET ${path}?${correctQuery} HTTP/1.1\r\n`, `GET ${path}?${correctQuery} HTTP/1.1\r\n${ownHost}\r\n`)
  .map((chunk): Hostile => ({ chunks: [chunk], lingers: true }));
const slowBody = fc.constantFrom('POST', 'PUT').map((method): Hostile => ({
  chunks: [`${method} ${path}?${correctQuery} HTTP/1.1\r\n${ownHost}\r\nContent-Length: 100000\r\n\r\n`, 'x', 'y'],
  lingers: true,
}));

export const hostile: fc.Arbitrary<Hostile> = fc.oneof(
  { weight: 6, arbitrary: wrongState },
  { weight: 2, arbitrary: wrongHost },
  { weight: 2, arbitrary: wrongPath },
  { weight: 2, arbitrary: wrongMethod },
  { weight: 2, arbitrary: misplaced },
  { weight: 3, arbitrary: malformed },
  { weight: 1, arbitrary: huge },
  { weight: 2, arbitrary: pipelined },
  { weight: 2, arbitrary: slow },
  { weight: 1, arbitrary: unfinished },
  { weight: 1, arbitrary: slowBody },
);

/** Fills in the placeholders of a request, as an attacker who knows the state but cannot send a callback. */
export function fillIn(chunk: string, state: string, port: number): string {
  const last = state.at(-1) === 'A' ? 'B' : 'A';
  const changes: Readonly<Record<string, string>> = {
    state,
    port: String(port),
    most: state.slice(0, -1),
    changed: state.slice(0, -1) + last,
    swapped: swapCase(state),
    reversed: Array.from(state).reverse().join(''),
    twice: encodeURIComponent(encodeURIComponent(`${state}=`)),
    base64: Buffer.from(state).toString('base64url'),
  };
  return chunk.replace(/\{(\w+)\}/g, (placeholder, name: string) => changes[name] ?? placeholder);
}

function swapCase(text: string): string {
  const swapped = text.replace(/[a-z]/gi, letter => (letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase()));
  return swapped === text ? `${text}x` : swapped;
}
