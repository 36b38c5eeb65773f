/** A sign-in in the browser with the simulator: the URL that was opened, the page that the person got, and the outcome. */
import { onTestFinished } from 'vitest';
import { signInWithBrowser } from '../../../../src/oauth/browserFlow.ts';
import type { AppError } from '../../../../src/base/errors.ts';
import { asAppError } from '../../../../src/base/errors.ts';
import { Http } from '../../../../src/base/http.ts';
import type { AccountService } from '../../../../src/oauth/service.ts';
import type { LoginWish } from '../../../../src/oauth/protocol.ts';
import type { TokenSet } from '../../../../src/oauth/tokenSet.ts';
import type { Choice, SimulatorControl } from '../../../simulator/client.ts';
import { walkSignIn } from '../../../simulator/walk.ts';
import { ManualClock } from '../../support/clock.ts';
import { MemoryLog } from '../../support/log.ts';
import { agent } from '../../support/network.ts';
import type { Page } from './browser.ts';
import { visit } from './browser.ts';
import { serviceAt } from './service.ts';
import { callbackTexts } from './texts.ts';

const registered = 'http://127.0.0.1:1455';

export interface AttemptOptions {
  readonly service?: AccountService;
  readonly clock?: ManualClock;
  readonly wish?: LoginWish;
  /** The cookies of the browser; by default those of a new one. */
  readonly browser?: Map<string, string>;
  /** Takes the tokens; by default without a condition. */
  readonly accept?: (tokens: TokenSet) => Promise<TokenSet>;
  /** Whether the sign-in is cancelled before it begins. */
  readonly cancelled?: boolean;
  /** Returns the result of opening the browser. */
  readonly opened?: () => Promise<unknown>;
}

export class Attempt {
  readonly clock: ManualClock;
  readonly log = new MemoryLog();
  /** Resolves with the authorization URL once the browser is opened. */
  readonly opening: Promise<string>;
  readonly tokens: Promise<TokenSet>;
  readonly #cancel = new AbortController();
  readonly #usesRegistered: boolean;
  readonly #browser: Map<string, string>;
  opened = 0;

  constructor(
    simulator: SimulatorControl,
    {
      service,
      clock = new ManualClock(Date.now()),
      cancelled,
      opened,
      wish = {},
      browser = new Map(),
      accept = tokens => Promise.resolve(tokens),
    }: AttemptOptions = {},
  ) {
    this.clock = clock;
    if (cancelled) this.#cancel.abort();
    this.#usesRegistered = service !== undefined;
    this.#browser = browser;
    const { promise, resolve } = Promise.withResolvers<string>();
    this.opening = promise;
    this.tokens = signInWithBrowser(service ?? serviceAt(simulator.issuer, simulator.backendUrl), {
      http: new Http({ fetch: (url, init) => fetch(url, this.#toSimulator(init)), clock, log: this.log, agent }),
      clock,
      log: this.log,
      texts: callbackTexts,
      correlationId: 'test',
      wish,
      accept,
      signal: this.#cancel.signal,
      openBrowser: url => {
        this.opened += 1;
        resolve(url);
        return opened?.() ?? Promise.resolve(true);
      },
    });
    this.tokens.catch(() => undefined);
    onTestFinished(() => {
      this.#cancel.abort();
    });
  }

  /** The error that the sign-in ends with. */
  get failure(): Promise<AppError> {
    return this.tokens.then(() => {
      throw new Error('an error was expected');
    }, asAppError);
  }

  /** The redirect URI of the sign-in. */
  async redirectUri(): Promise<string> {
    return new URL(await this.opening).searchParams.get('redirect_uri') ?? '';
  }

  cancel(): void {
    this.#cancel.abort();
  }

  /** Approves on the pages of the service, and returns the URL that the browser is then redirected to. */
  async approve(choice: Choice): Promise<string> {
    const { origin } = new URL(await this.redirectUri());
    const url = await this.opening;
    if (this.#usesRegistered) return walkSignIn(url, choice, this.#browser);
    // The service has two registered ports, and a test that needs neither leaves them to others.
    const known = url.replace(encodeURIComponent(origin), encodeURIComponent(registered));
    return (await walkSignIn(known, choice, this.#browser)).replace(registered, origin);
  }

  /** Approves, and follows the redirect to the callback. */
  async followRedirect(choice: Choice): Promise<Page> {
    return visit(await this.approve(choice));
  }

  #toSimulator(init: RequestInit): RequestInit {
    if (this.#usesRegistered || typeof init.body !== 'string') return init;
    return {
      ...init,
      body: init.body.replace(/redirect_uri=http%3A%2F%2F127\.0\.0\.1%3A\d+/, `redirect_uri=${encodeURIComponent(registered)}`),
    };
  }
}
