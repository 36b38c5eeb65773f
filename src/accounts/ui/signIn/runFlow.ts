import { AppError } from '../../../base/errors.ts';
import type { SignInMethod } from '../../../oauth/flows.ts';
import type { RequestContext } from '../../../oauth/requestContext.ts';
import type { Log } from '../../../base/log.ts';
import type { AccountService } from '../../../oauth/service.ts';
import type { TokenSet } from '../../../oauth/tokenSet.ts';
import { openBrowser } from './openBrowser.ts';
import type { SignInProgress } from './signInPrompt.ts';
import { callbackTexts } from './callbackTexts.ts';

export interface FlowRun extends RequestContext {
  readonly log: Log;
  readonly progress: SignInProgress;
  readonly signal: AbortSignal;
}

/** Runs one flow with the panel in front of it. Protocol code is loaded here, when somebody signs in. */
export async function runFlow(id: SignInMethod, service: AccountService, run: FlowRun): Promise<TokenSet> {
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
      return signInWithDeviceCode(service, {
        ...run,
        showCode: code => {
          run.progress.showCode(code, drawQr);
        },
      });
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
  failed: (error: AppError) => callbackTexts.failed(error.code),
};
