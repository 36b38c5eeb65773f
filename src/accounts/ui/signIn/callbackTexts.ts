import { env, l10n } from 'vscode';
import type { SignInErrorCode } from '../../../base/errors.ts';
import type { LandingText } from '../../../oauth/callbackPage.ts';
import { errorText } from '../../../shell/errorTexts.ts';

export const callbackTexts = {
  signedIn: (): LandingText => landing('good', l10n.t("You're signed in"), [l10n.t('You can close this page and go back to VS Code.')]),
  failed: (code: SignInErrorCode): LandingText =>
    landing('bad', l10n.t("You're not signed in"), [
      errorText(code).sentence,
      l10n.t('Close this page, go back to VS Code, and try again.'),
    ]),
  otherSignIn: (): LandingText =>
    landing('bad', l10n.t('This page belongs to another sign-in'), [
      l10n.t('VS Code is waiting for a newer sign-in. Close this page and use the page that opened last, or start again in VS Code.'),
    ]),
  alreadyFinishing: (): LandingText =>
    landing('bad', l10n.t('VS Code is already completing this sign-in'), [l10n.t('You can close this page and go back to VS Code.')]),
} as const;

function landing(mood: LandingText['mood'], title: string, paragraphs: readonly string[]): LandingText {
  return { mood, language: env.language, title, paragraphs };
}
