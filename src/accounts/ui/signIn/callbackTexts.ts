import { env, l10n } from 'vscode';
import type { ErrorFacts } from '../../../base/errors.ts';
import type { CallbackPageText } from '../../../oauth/callbackPage.ts';
import { errorText } from '../../../shell/errorTexts.ts';

export const callbackTexts = {
  signedIn: (): CallbackPageText =>
    landing('good', l10n.t("You're signed in"), [l10n.t('You can close this page and go back to VS Code.')]),
  failed: (error: ErrorFacts): CallbackPageText =>
    landing('bad', l10n.t("You're not signed in"), [
      errorText(error).message,
      l10n.t('Close this page, go back to VS Code, and try again.'),
    ]),
  otherSignIn: (): CallbackPageText =>
    landing('bad', l10n.t('This page belongs to another sign-in'), [
      l10n.t('VS Code is waiting for a newer sign-in. Close this page and use the page that opened last, or start again in VS Code.'),
    ]),
  alreadyFinishing: (): CallbackPageText =>
    landing('bad', l10n.t('VS Code is already completing this sign-in'), [l10n.t('You can close this page and go back to VS Code.')]),
} as const;

function landing(mood: CallbackPageText['mood'], title: string, paragraphs: readonly string[]): CallbackPageText {
  return { mood, language: env.language, title, paragraphs };
}
