import { SignInError } from '../../../base/errors.ts';
import type { FlowId } from '../../../oauth/flows.ts';
import type { Attempt } from '../../../oauth/tokenRequest.ts';
import type { Log } from '../../../base/log.ts';
import type { AccountService } from '../../../oauth/service.ts';
import type { TokenSet } from '../../../oauth/tokenSet.ts';
import { openBrowser } from './openBrowser.ts';
import type { Dialogue } from './signInPrompt.ts';
import { callbackTexts } from './callbackTexts.ts';

export interface FlowRun extends Attempt {
  readonly log: Log;
  readonly dialogue: Dialogue;
  readonly signal: AbortSignal;
}

/** Runs one flow with the panel in front of it. Protocol code is loaded here, when somebody signs in. */
export async function runFlow(id: FlowId, service: AccountService, run: FlowRun): Promise<TokenSet> {
  switch (id) {
    case 'browser': {
      const { signInWithBrowser } = await import('../../../oauth/browserFlow.ts');
      return signInWithBrowser(service, {
        ...run,
        texts: browserTexts,
        onWaiting: wait => {
          run.dialogue.showBrowser(wait);
        },
        openBrowser: async url => {
          try {
            await openBrowser(url);
          } catch (error) {
            run.dialogue.showTrouble('browserNotOpened');
            throw new SignInError('browserNotOpened', { cause: error });
          }
        },
      });
    }
    case 'deviceCode': {
      const [{ signInWithDeviceCode }, { drawQr }] = await Promise.all([import('../../../oauth/deviceFlow.ts'), import('./qr.ts')]);
      return signInWithDeviceCode(service, {
        ...run,
        showCode: code => {
          run.dialogue.showCode(code, drawQr);
        },
      });
    }
  }
}

const browserTexts = {
  get signedIn() {
    return callbackTexts.signedIn();
  },
  get stranger() {
    return callbackTexts.otherSignIn();
  },
  get late() {
    return callbackTexts.alreadyFinishing();
  },
  failed: (error: SignInError) => callbackTexts.failed(error.code),
};
