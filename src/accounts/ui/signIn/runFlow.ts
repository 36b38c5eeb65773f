import type { Uri } from 'vscode';
import { env } from 'vscode';
import { AppError } from '../../../base/errors.ts';
import type { SignInMethod } from '../../../oauth/flows.ts';
import type { RequestContext } from '../../../oauth/requestContext.ts';
import type { Log } from '../../../base/log.ts';
import type { LoginWish } from '../../../oauth/protocol.ts';
import type { AccountService } from '../../../oauth/service.ts';
import type { TokenSet } from '../../../oauth/tokenSet.ts';
import type { SignInProgress } from './signInPrompt.ts';
import { callbackTexts } from './callbackTexts.ts';

export interface FlowRun<T> extends RequestContext {
  readonly log: Log;
  readonly progress: SignInProgress;
  readonly wish: LoginWish;
  /** Takes the tokens of a flow that succeeds. @throws AppError */
  readonly accept: (tokens: TokenSet) => Promise<T>;
  readonly signal: AbortSignal;
}

/**
 * Runs one method after another, as the person chooses in the panel, until one succeeds or fails.
 * @param methods the first is begun, the panel offers the others
 * @throws AppError, or what `run` throws
 */
export async function runMethods<T>(
  methods: readonly SignInMethod[],
  progress: Pick<SignInProgress, 'offerOtherMethods' | 'startMethod'>,
  run: (method: SignInMethod, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  progress.offerOtherMethods(methods);
  for (let [method] = methods; method !== undefined;) {
    const step = progress.startMethod(method);
    try {
      return await run(method, step.signal);
    } catch (error) {
      // Where the person chose another method, that is no failure.
      if (step.next === undefined) throw error;
      method = step.next;
    }
  }
  throw new AppError('unexpected');
}

/** Runs one flow with the panel in front of it. Protocol code is loaded here, when somebody signs in. */
export async function runFlow<T>(id: SignInMethod, service: AccountService, run: FlowRun<T>): Promise<T> {
  switch (id) {
    case 'browser': {
      const { signInWithBrowser } = await import('../../../oauth/browserFlow.ts');
      return signInWithBrowser(service, {
        ...run,
        texts: browserTexts,
        onWaiting: wait => {
          run.progress.showBrowser(wait);
        },
        openBrowser: async url => {
          try {
            await openBrowser(url);
          } catch (error) {
            run.progress.showRequestError('browserNotOpened');
            throw new AppError('browserNotOpened', { cause: error });
          }
        },
      });
    }
    case 'deviceCode': {
      const [{ signInWithDeviceCode }, { drawQr }] = await Promise.all([import('../../../oauth/deviceFlow.ts'), import('./qr.ts')]);
      const tokens = await signInWithDeviceCode(service, {
        ...run,
        showCode: code => {
          run.progress.showCode(code, drawQr);
        },
      });
      return run.accept(tokens);
    }
  }
}

const browserTexts = {
  get signedIn() {
    return callbackTexts.signedIn();
  },
  get mismatchedState() {
    return callbackTexts.otherSignIn();
  },
  get late() {
    return callbackTexts.alreadyFinishing();
  },
  failed: callbackTexts.failed,
};

/** A string, against the typings: VS Code encodes a `Uri` again, and the URL arrives with other bytes. */
export function openBrowser(url: string): Promise<unknown> {
  return Promise.resolve(env.openExternal(url as unknown as Uri));
}
