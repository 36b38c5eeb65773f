/**
 * Ten thousand hostile requests at a listener that waits for the browser. FUZZ_REQUESTS sets how many, FUZZ_SEED which
 * ones: both are printed, and the same seed sends the same requests again.
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
import { landings } from '../support/texts.ts';
import { idClaims } from '../support/tokens.ts';
import type { Hostile } from './hostile.ts';
import { fillIn, hostile } from './hostile.ts';

const requests = Number(process.env['FUZZ_REQUESTS'] ?? 10_000);
const seed = Number(process.env['FUZZ_SEED'] ?? Math.trunc(Math.random() * 2 ** 31));
/** Sent at once. */
const volley = 10;
/** Connections that are kept open without an end, fewer than the listener takes. */
const mostLingering = 24;
/** What the heap may grow by over the whole run: a few requests' worth, whatever their number. */
const growth = 4 * 1024 * 1024;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes in use once everything that can be forgotten is. */
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

  /** @returns everything that was answered until the connection ended; nothing of one that lingers */
  async send({ chunks, lingers }: Hostile): Promise<string> {
    const socket = connect({ port: this.#port, host: '127.0.0.1' });
    // Being cut off in the middle is as good an answer as any.
    socket.on('error', () => undefined);
    let answer = '';
    socket.setEncoding('latin1').on('data', (text: string) => {
      answer += text;
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
    return answer;
  }

  leave(): void {
    for (const socket of this.#lingering.splice(0)) socket.destroy();
  }
}

/** Each head of an answer, by its status. */
const statuses = (answer: string): string[] => [...answer.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status = '']) => status);
const refused = new Set(['100', '400', '404', '405', '417', '421']);

it(
  `takes none of ${String(requests)} hostile requests for the browser, and the browser after them (seed ${String(seed)}) [R6] [R10] [R11]`,
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
      texts: landings,
      correlationId: 'test',
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
      attacker.leave();
      cancel.abort();
    });

    const volleys = fc.asyncProperty(fc.array(hostile, { minLength: volley, maxLength: volley }), async sent => {
      for (const answer of await Promise.all(sent.map(each => attacker.send(each)))) {
        expect(statuses(answer).filter(status => !refused.has(status))).toEqual([]);
        expect(answer).not.toContain(state);
        expect(answer).not.toMatch(/^(Location|Set-Cookie|Access-Control-[\w-]*):/im);
      }
      expect(hasEnded).toBe(false);
      expect(network.sent).toEqual([]);
    });
    // A wait that has ended stays so: there is nothing to shrink.
    const run = (count: number, from: number) => fc.assert(volleys, { numRuns: Math.ceil(count / volley), seed: from, endOnFailure: true });

    // What is loaded and compiled at the first use is there before memory is measured.
    const warmUp = Math.min(1_000, requests / 2);
    await run(warmUp, seed);
    attacker.leave();
    const before = await heapInUse();
    await run(requests - warmUp, seed + 1);
    attacker.leave();
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
