/** Requests that no browser of the person sends: each one as chunks of bytes, with `{state}` and `{port}` to be filled in. */
import fc from 'fast-check';

export interface Hostile {
  /** Written one after the other, in turns of their own. */
  readonly chunks: readonly string[];
  /** Whether it never says that it has ended: its connection stays open among others. */
  readonly lingers: boolean;
}

const token = fc.stringMatching(/^[A-Za-z0-9_-]{1,43}$/);
const junk = fc.string({ unit: 'binary', maxLength: 60 }).map(text => text.replace(/[\r\n{}]/g, ''));

/** Nearly the right state, in the ways that a comparison could be fooled; `{…}` is what the right one is made into. */
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
const right = 'code=c&state={state}';
const path = '/auth/callback';
const usHeader = 'Host: 127.0.0.1:{port}';

const strangeHost = fc.constantFrom(
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
const strangePath = fc.constantFrom(
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
const strangeMethod = fc.constantFrom(
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

const wrongState = whole(wrongQuery.map(query => get(`${path}?${query}`, usHeader)));
const wrongHost = whole(strangeHost.map(host => get(`${path}?${right}`, host)));
const wrongPath = whole(strangePath.map(target => get(`${target}?${right}`, usHeader)));
const wrongMethod = whole(strangeMethod.map(method => `${method} ${path}?${right} HTTP/1.1\r\n${usHeader}\r\n\r\n`));

/** The right state everywhere but where it belongs. */
const misplaced = whole(
  fc.constantFrom(
    get(`${path}?code=c#state={state}`, usHeader),
    get(path, usHeader, 'Cookie: state={state}; code=c'),
    get(path, usHeader, `Referer: http://127.0.0.1:{port}${path}?${right}`),
    get(path, usHeader, `X-Original-URL: ${path}?${right}`),
    get(path, usHeader, `X-Rewrite-URL: ${path}?${right}`),
    get(`${path}?code=c`, usHeader, 'state: {state}'),
    get(`${path}/state={state}`, usHeader),
    `POST ${path} HTTP/1.1\r\n${usHeader}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 58\r\n\r\n${right}`,
    `POST ${path}?${right} HTTP/1.1\r\n${usHeader}\r\nX-HTTP-Method-Override: GET\r\nContent-Length: 0\r\n\r\n`,
  ),
);

/** What is no HTTP, or hardly. */
const malformed = whole(
  fc.oneof(
    junk.map(text => `${text}\r\n\r\n`),
    fc.constantFrom(
      `GET ${path}?${right}\r\n`,
      `GET ${path}?${right}\r\n\r\n`,
      `GET ${path}?${right} HTTP/9.9\r\n${usHeader}\r\n\r\n`,
      `GET ${path}?${right} HTTP/1.1\r\n\r\n`,
      `GET ${path}?${right} HTTP/1.0\r\n\r\n`,
      // Node takes two blanks for one: with the right state this would be the browser.
      `GET  ${path}?code=c&state={most} HTTP/1.1\r\n${usHeader}\r\n\r\n`,
      `GET ${path}?${right}\u0000 HTTP/1.1\r\n${usHeader}\r\n\r\n`,
      `GET\t${path}?${right}\tHTTP/1.1\r\n${usHeader}\r\n\r\n`,
      `GET ${path}?${right} HTTP/1.1\r\n Host: 127.0.0.1:{port}\r\n\r\n`,
      `GET ${path}?${right} HTTP/1.1\r\nHost : 127.0.0.1:{port}\r\n\r\n`,
      `\r\n\r\n\r\n`,
      '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003',
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
      '\u0005\u0001\u0000',
      `POST ${path}?${right} HTTP/1.1\r\n${usHeader}\r\nContent-Length: -1\r\n\r\n`,
      `POST ${path}?${right} HTTP/1.1\r\n${usHeader}\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n`,
      `POST ${path} HTTP/1.1\r\n${usHeader}\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\nzz\r\n`,
      `POST ${path} HTTP/1.1\r\n${usHeader}\r\nTransfer-Encoding: gzip, chunked\r\n\r\nFFFFFFFFFFFFFFFFFF\r\n`,
      `GET ${path}?code=c&state=x HTTP/1.1\r\n${usHeader}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n`,
      `GET ${path}?code=c&state=x HTTP/1.1\r\n${usHeader}\r\nExpect: 100-continue\r\n\r\n`,
      `GET ${path}?code=c&state=x HTTP/1.1\r\n${usHeader}\r\nExpect: something\r\n\r\n`,
    ),
  ),
);

const sizes = fc.constantFrom(100, 2_000, 15_000, 17_000, 40_000);
const huge = whole(
  fc.oneof(
    sizes.map(size => get(`${path}?code=c&state=${'x'.repeat(size)}`, usHeader)),
    sizes.map(size => get(`${path}?code=c&state=x`, usHeader, `X-Filler: ${'x'.repeat(size)}`)),
    sizes.map(size => get(`${path}?code=c&state=x`, usHeader, ...Array.from({ length: size / 20 }, (_each, at) => `X-${String(at)}: y`))),
    sizes.map(size => get(`${path}?${'state={most}&'.repeat(size / 50)}`, usHeader)),
    sizes.map(size => `POST ${path}?${right} HTTP/1.1\r\n${usHeader}\r\nContent-Length: ${String(size)}\r\n\r\n${'x'.repeat(size)}`),
  ),
);

/** A second request behind a first one; or hidden in its body. */
const pipelined = whole(
  fc.oneof(
    fc.tuple(wrongQuery, wrongQuery).map(([one, two]) => get(`${path}?${one}`, usHeader) + get(`${path}?${two}`, usHeader)),
    fc.tuple(strangePath, wrongQuery).map(([target, query]) => get(target, usHeader).repeat(20) + get(`${path}?${query}`, usHeader)),
    fc.constant(
      `POST ${path} HTTP/1.1\r\n${usHeader}\r\nContent-Length: 4096\r\n\r\n${get(`${path}?${right}`, usHeader).padEnd(4_000, '\n')}`,
    ),
  ),
);

/** Pieces that come late, or an end that never comes. */
const slow = fc
  .tuple(fc.oneof(wrongState, wrongHost, wrongMethod, malformed, misplaced), fc.integer({ min: 1, max: 60 }), fc.boolean())
  .map(([{ chunks }, length, lingers]): Hostile => {
    const bytes = chunks.join('');
    const pieces = Array.from({ length: Math.ceil(bytes.length / length) }, (_each, at) => bytes.slice(at * length, (at + 1) * length));
    // A placeholder that was cut in two is not filled in.
    return { chunks: lingers ? pieces.slice(0, 3) : pieces.slice(0, 12), lingers };
  });
const unfinished = fc
  .constantFrom('', 'G', `GET ${path}?${right} HTTP/1.1\r\n`, `GET ${path}?${right} HTTP/1.1\r\n${usHeader}\r\n`)
  .map((chunk): Hostile => ({ chunks: [chunk], lingers: true }));
const slowBody = fc.constantFrom('POST', 'PUT').map((method): Hostile => ({
  chunks: [`${method} ${path}?${right} HTTP/1.1\r\n${usHeader}\r\nContent-Length: 100000\r\n\r\n`, 'x', 'y'],
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

/** Makes the bytes of a request that knows everything but how to send it. */
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
