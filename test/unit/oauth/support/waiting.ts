/** A sign-in whose browser is on another machine: the person or the test submits the redirect URL. */
import { onTestFinished } from 'vitest';
import type { BrowserWait } from '../../../../src/oauth/browserFlow.ts';
import { signInWithBrowser } from '../../../../src/oauth/browserFlow.ts';
import type { AppError } from '../../../../src/base/errors.ts';
import { asAppError } from '../../../../src/base/errors.ts';
import type { Log } from '../../../../src/base/log.ts';
import type { TokenSet } from '../../../../src/oauth/tokenSet.ts';
import type { Network } from '../../support/network.ts';
import { serviceAt } from './service.ts';
import { callbackTexts } from './texts.ts';

export interface Waiting {
  readonly wait: BrowserWait;
  readonly state: string;
  readonly redirectUri: string;
  readonly network: Network;
  readonly tokens: Promise<TokenSet>;
  readonly failure: Promise<AppError>;
}

/** Begins a sign-in, and returns once it waits for the browser. */
export async function waitForBrowser(
  network: Network,
  { issuer = 'https://auth.openai.com', log = network.log }: { issuer?: string; log?: Log } = {},
): Promise<Waiting> {
  const { http, clock } = network;
  const cancel = new AbortController();
  onTestFinished(() => {
    cancel.abort();
  });
  const { promise, resolve } = Promise.withResolvers<BrowserWait>();
  const tokens = signInWithBrowser(serviceAt(issuer), {
    http,
    clock,
    log,
    texts: callbackTexts,
    correlationId: 'test',
    accept: tokens => Promise.resolve(tokens),
    signal: cancel.signal,
    onWaiting: resolve,
    openBrowser: () => Promise.resolve(false),
  });
  const failure = tokens.then(() => {
    throw new Error('an error was expected');
  }, asAppError);
  failure.catch(() => undefined);
  const wait = await promise;
  const { searchParams } = new URL(wait.url);
  return { wait, state: searchParams.get('state') ?? '', redirectUri: searchParams.get('redirect_uri') ?? '', network, tokens, failure };
}
