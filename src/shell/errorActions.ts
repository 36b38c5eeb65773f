/** What a person can do about an error, as buttons. */
import type { ErrorCode } from '../base/errors.ts';
import { commonTexts } from './commonTexts.ts';

/** A button beside the message. */
export type ErrorAction =
  | 'retry'
  | 'openSettings'
  | 'openNetworkSettings'
  | 'openSecuritySettings'
  | 'openApiKeysPage'
  | 'addApiKey'
  | 'signInCodexCli'
  | 'reloadWindow'
  | 'updateExtension'
  | 'diagnose'
  | 'showLog';

export interface ErrorText {
  readonly message: string;
  /** Absent: only what every error offers. */
  readonly action?: ErrorAction;
}

/** The title of an action's button. */
export function actionTitle(action: ErrorAction, code: ErrorCode): string {
  switch (action) {
    case 'retry':
      return code === 'signedOut' ? commonTexts.signInAgain() : code === 'codeExpired' ? commonTexts.newCode() : commonTexts.retry();
    case 'openSettings':
    case 'openNetworkSettings':
      return commonTexts.openSettings();
    case 'openSecuritySettings':
      return commonTexts.openSecuritySettings();
    case 'openApiKeysPage':
      return commonTexts.openApiKeysPage();
    case 'addApiKey':
      return commonTexts.addApiKey();
    case 'signInCodexCli':
      return commonTexts.signInCodexCli();
    case 'reloadWindow':
      return commonTexts.reloadWindow();
    case 'updateExtension':
      return commonTexts.updateExtension();
    case 'diagnose':
      return commonTexts.diagnose();
    case 'showLog':
      return commonTexts.showLog();
  }
}
