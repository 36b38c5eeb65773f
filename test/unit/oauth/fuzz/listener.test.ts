/**
 * Ten thousand hostile requests to a loopback server that waits for the browser. FUZZ_REQUESTS sets their number, FUZZ_SEED
 * their choice: both are printed, and the same seed sends the same requests again.
 */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { expect, it, onTestFinished } from 'vitest';
import { signInWithBrowser } from '../../../../src/oauth/browserFlow.ts';
import { jwt } from '../../support/jwt.ts';
import { json, Network } from '../../support/network.ts';
import { holdPort, visit } from '../support/browser.ts';
import { serviceAt } from '../support/service.ts';
import { callbackTexts } from '../support/texts.ts';
import { idClaims } from '../support/tokens.ts';
import type { Hostile } from './hostile.ts';
import { fillIn, hostile } from './hostile.ts';

const requests = Number(process.env['FUZZ_REQUESTS'] ?? 10_000);
const seed = Number(process.env['FUZZ_SEED'] ?? Math.trunc(Math.random() * 2 ** 31));
/** The number of requests that are sent at once. */
const volley = 10;
/** The number of unfinished connections that are kept open, fewer than the server accepts. */
const mostLingering = 24;
/** The bytes that the heap may grow by over the whole run: a few requests' worth, whatever their number. */
const growth = 4 * 1024 * 1024;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** The bytes in use after garbage collection. */
async function heapInUse(): Promise<number> {
  for (let round = 0; round < 4; round++) {
    await new Promise(setImmediate);
    collect();
  }
  return process.memoryUsage().heapUsed;
}

class Attacker {
  readonly #port: number;
  readonly #state: string;
  readonly #lingering: Socket[] = [];

  constructor(port: number, state: string) {
    this.#port = port;
    this.#state = state;
  }

  /** @returns the response until the connection ended; nothing for a request that lingers */
  async send({ chunks, lingers }: Hostile): Promise<string> {
    const socket = connect({ port: this.#port, host: '127.0.0.1' });
    // A connection that is cut off is as good as a response.
    socket.on('error', () => undefined);
    let response = '';
    socket.setEncoding('latin1').on('data', (text: string) => {
      response += text;
    });
    const closed = once(socket, 'close').catch(() => undefined);
    for (const chunk of chunks) {
      if (socket.destroyed) break;
      socket.write(Buffer.from(fillIn(chunk, this.#state, this.#port), 'latin1'));
      if (chunks.length > 1) await new Promise(setImmediate);
    }
    if (lingers) {
      this.#lingering.push(socket);
      if (this.#lingering.length > mostLingering) this.#lingering.shift()?.destroy();
      return '';
    }
    socket.end();
    await closed;
    return response;
  }

  disconnect(): void {
    for (const socket of this.#lingering.splice(0)) socket.destroy();
  }
}

/** The status of each response. */
const statuses = (response: string): string[] => [...response.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status = '']) => status);
const refused = new Set(['100', '400', '404', '405', '417', '421']);

it(
  `the callback server refuses ${String(requests)} hostile requests, and accepts the browser after them (seed ${String(seed)}) [R6] [R10] [R11]`,
  { timeout: 600_000 },
  async () => {
    console.log(`fuzz: FUZZ_REQUESTS=${String(requests)} FUZZ_SEED=${String(seed)}`);
    const network = new Network(() => json(200, { id_token: jwt(idClaims), access_token: 'a', refresh_token: 'r', expires_in: 60 }));
    const { http, clock, log } = network;
    const cancel = new AbortController();
    const opening = Promise.withResolvers<string>();
    let hasEnded = false;
    const tokens = signInWithBrowser(serviceAt('https://auth.openai.com'), {
      http,
      clock,
      log,
      texts: callbackTexts,
      correlationId: 'test',
      accept: tokens => Promise.resolve(tokens),
      signal: cancel.signal,
      openBrowser: url => {
        opening.resolve(url);
        return Promise.resolve(true);
      },
    });
    tokens
      .catch(() => undefined)
      .finally(() => {
        hasEnded = true;
      });
    const { searchParams } = new URL(await opening.promise);
    const [state, redirectUri] = [searchParams.get('state') ?? '', searchParams.get('redirect_uri') ?? ''];
    const port = Number(new URL(redirectUri).port);
    const attacker = new Attacker(port, state);
    onTestFinished(() => {
      attacker.disconnect();
      cancel.abort();
    });

    const volleys = fc.asyncProperty(fc.array(hostile, { minLength: volley, maxLength: volley }), async sent => {
      for (const response of await Promise.all(sent.map(each => attacker.send(each)))) {
        expect(statuses(response).filter(status => !refused.has(status))).toEqual([]);
        expect(response).not.toContain(state);
        expect(response).not.toMatch(/^(Location|Set-Cookie|Access-Control-[\w-]*):/im);
      }
      expect(hasEnded).toBe(false);
      expect(network.sent).toEqual([]);
    });
    // A wait that has ended stays ended: there is nothing to shrink.
    const run = (count: number, from: number) => fc.assert(volleys, { numRuns: Math.ceil(count / volley), seed: from, endOnFailure: true });

    // Code that is loaded and compiled at its first use is there before memory is measured.
    const warmUp = Math.min(1_000, requests / 2);
    await run(warmUp, seed);
    attacker.disconnect();
    const before = await heapInUse();
    await run(requests - warmUp, seed + 1);
    attacker.disconnect();
    const grown = (await heapInUse()) - before;
    console.log(`fuzz: the heap grew by ${String(Math.round(grown / 1024))} KiB`);
    expect(grown).toBeLessThan(growth);

    expect(await visit(`${redirectUri}?code=the-code&state=${state}`)).toMatchObject({
      status: 200,
      body: expect.stringContaining('signed in') as string,
    });
    await tokens;
    expect(network.sent.map(({ form }) => form['code'])).toEqual(['the-code']);
    expect(log.text).not.toContain(state);
    await (await holdPort(port)).release();
  },
);
