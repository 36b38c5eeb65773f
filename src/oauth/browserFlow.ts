import type { AuthorizationRequest } from './authorizationCode.ts';
import { createAuthorizationRequest, exchangeCallbackCode } from './authorizationCode.ts';
import { asAppError, AppError } from '../base/errors.ts';
import type { RequestContext } from './tokenRequest.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { CallbackPageText } from './callbackPage.ts';
import type { Callback, LoopbackTexts } from './loopbackServer.ts';
import { LoopbackServer } from './loopbackServer.ts';
import type { AccountService } from './service.ts';
import type { TokenSet } from './tokenSet.ts';

/** What the person reads in the browser when it is over. */
export interface BrowserTexts extends LoopbackTexts {
  readonly signedIn: CallbackPageText;
  failed(error: AppError): CallbackPageText;
}

export interface BrowserFlowOptions extends RequestContext {
  readonly log: Log;
  readonly texts: BrowserTexts;
  /** Called once the wait has begun. */
  readonly onWaiting?: (wait: BrowserWait) => void;
  /** Opens the address in the person's own browser. What it answers proves nothing, so the wait goes on either way. */
  readonly openBrowser: (url: string) => Promise<unknown>;
  /** Aborted when the person cancels or the window closes. */
  readonly signal: AbortSignal;
}

/** A browser that is waited for: what else can be done to bring it back. */
export interface BrowserWait {
  /** The address that was opened, for another browser. It is no secret: without this window it leads nowhere. */
  readonly url: string;
  /** The address that the browser ended at. Returns what is wrong with it, while the wait goes on. */
  readonly submitRedirectUrl: (address: string) => 'callbackIncomplete' | 'stateMismatch' | undefined;
}

/** Longer than a password, a second factor and a consent take, shorter than a port should be held. */
const callbackTimeout = 5 * 60_000;

/**
 * Signs in through the browser, caught by a redirect to this machine.
 * @throws AppError
 */
export async function signInWithBrowser(service: AccountService, options: BrowserFlowOptions): Promise<TokenSet> {
  const { clock, log, correlationId, signal } = options;
  if (signal.aborted) throw new AppError('cancelled');
  const listener = await LoopbackServer.bind(service.redirect, options.texts);
  try {
    const request = await createAuthorizationRequest(service, listener.redirectUri);
    log.info('waiting for the browser', { flow: correlationId, port: new URL(listener.redirectUri).port });
    let strangers = 0;
    const arrival = listener.waitFor(request.state, () => {
      // Once: what knocks may knock without an end.
      if (strangers++ === 0) log.warn('a callback of another sign-in', { flow: correlationId, failure: 'stateMismatch' });
    });
    const paste = (address: string) => {
      const failure = listener.submitRedirectUrl(address);
      if (failure !== undefined) log.warn('a pasted address is not the one', { flow: correlationId, failure });
      return failure;
    };
    options.onWaiting?.({ url: request.url, submitRedirectUrl: paste });
    // Not awaited: in some hosts it answers only after a question, and the browser may be back before.
    void options.openBrowser(request.url).catch((error: unknown) => {
      log.error('the browser did not open', error, { flow: correlationId });
    });
    const callback = await first(arrival, clock, signal);
    log.info('the browser came back', { flow: correlationId });
    return await exchangeCode(service, request, callback, options);
  } finally {
    listener.close();
  }
}

async function exchangeCode(
  service: AccountService,
  request: AuthorizationRequest,
  callback: Callback,
  options: BrowserFlowOptions,
): Promise<TokenSet> {
  try {
    const tokens = await exchangeCallbackCode(service, request, callback.url, options);
    callback.respond(options.texts.signedIn);
    return tokens;
  } catch (error) {
    const failure = asAppError(error);
    callback.respond(options.texts.failed(failure));
    throw failure;
  }
}

/** The callback, unless the person or time is faster. */
async function first(arrival: Promise<Callback>, clock: Clock, signal: AbortSignal): Promise<Callback> {
  const done = new AbortController();
  const timeOut = clock.sleep(callbackTimeout, AbortSignal.any([done.signal, signal])).then(
    () => {
      throw new AppError('timedOut');
    },
    () => {
      throw new AppError('cancelled');
    },
  );
  try {
    return await Promise.race([arrival, timeOut]);
  } finally {
    done.abort();
  }
}
