import { untilAborted, withTimeout } from '../base/async.ts';
import { minute } from '../base/duration.ts';
import { AppError, asAppError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { createAuthorizationRequest, exchangeCallbackCode } from './authorizationCode.ts';
import type { CallbackPageText } from './callbackPage.ts';
import type { Callback, LoopbackTexts } from './loopbackServer.ts';
import { LoopbackServer } from './loopbackServer.ts';
import type { LoginWish } from './protocol.ts';
import type { AccountService } from './service.ts';
import type { RequestContext } from './requestContext.ts';
import type { TokenSet } from './tokenSet.ts';

/** What the person reads in the browser when the sign-in is over. */
export interface BrowserTexts extends LoopbackTexts {
  readonly signedIn: CallbackPageText;
  failed(error: AppError): CallbackPageText;
}

export interface BrowserFlowOptions<T> extends RequestContext {
  readonly log: Log;
  readonly texts: BrowserTexts;
  readonly wish?: LoginWish;
  /** Called once this window waits for the browser. */
  readonly onWaiting?: (wait: BrowserWait) => void;
  /** Opens the URL in the person's own browser. What it resolves to proves nothing, so the wait goes on either way. */
  readonly openBrowser: (url: string) => Promise<unknown>;
  /** Takes the tokens: until it has, the browser's page does not say that anybody is signed in. @throws AppError */
  readonly accept: (tokens: TokenSet) => Promise<T>;
  /** Aborted when the person cancels or the window closes. */
  readonly signal: AbortSignal;
}

/** While this window waits for the browser: what a person can do where the redirect does not reach it. */
export interface BrowserWait {
  /** The URL that was opened, for another browser. It is no secret: without this window it leads nowhere. */
  readonly url: string;
  /** Takes the URL that the browser ended at. Returns what is wrong with it, while the wait goes on. */
  readonly submitRedirectUrl: (address: string) => 'callbackIncomplete' | 'stateMismatch' | undefined;
}

/** Longer than a password, a second factor and a consent take, shorter than a port should be held. */
const callbackTimeout = 5 * minute;

/**
 * Signs in through the browser, with a redirect to this machine (RFC 8252, 7.3).
 * @returns what `accept` makes of the tokens
 * @throws AppError
 */
export async function signInWithBrowser<T>(service: AccountService, options: BrowserFlowOptions<T>): Promise<T> {
  const { log, correlationId, signal } = options;
  if (signal.aborted) throw new AppError('cancelled');
  const server = await LoopbackServer.bind(service.redirect, options.texts, options.clock);
  try {
    const request = await createAuthorizationRequest(service, server.redirectUri, options.wish);
    log.info('waiting for the browser', { flow: correlationId, port: new URL(server.redirectUri).port });
    let mismatches = 0;
    const redirect = server.waitFor(request.state, () => {
      // Only the first: another program may call without end.
      if (mismatches++ === 0) log.warn('a callback of another sign-in', { flow: correlationId, failure: 'stateMismatch' });
    });
    const submitRedirectUrl = (address: string) => {
      const failure = server.submitRedirectUrl(address);
      if (failure !== undefined) log.warn('a submitted redirect URL does not match', { flow: correlationId, failure });
      return failure;
    };
    options.onWaiting?.({ url: request.url, submitRedirectUrl });
    // Not awaited: VS Code may first ask the person to trust the URL, and the browser may be back before it resolves.
    void options.openBrowser(request.url).catch((error: unknown) => {
      log.error('the browser did not open', error, { flow: correlationId });
    });
    const callback = await callbackInTime(redirect, options);
    log.info('the browser came back', { flow: correlationId });
    try {
      const accepted = await options.accept(await exchangeCallbackCode(service, request, callback.url, options));
      callback.respond(options.texts.signedIn);
      return accepted;
    } catch (error) {
      const failure = asAppError(error);
      callback.respond(options.texts.failed(failure));
      throw failure;
    }
  } finally {
    server.close();
  }
}

/** @throws AppError `timedOut`, `cancelled` */
async function callbackInTime(redirect: Promise<Callback>, { clock, signal }: BrowserFlowOptions<unknown>): Promise<Callback> {
  try {
    return await withTimeout(untilAborted(redirect, signal), { clock, ms: callbackTimeout }, () => {
      throw new AppError('timedOut');
    });
  } catch (error) {
    throw signal.aborted ? new AppError('cancelled', { cause: error }) : error;
  }
}
