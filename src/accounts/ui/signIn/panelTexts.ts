import { l10n } from 'vscode';

export const panelTexts = {
  title: () => l10n.t('Sign in to ChatGPT'),
  preparing: () => l10n.t('Preparing the sign-in…'),
  browser: () => l10n.t('Waiting for your browser'),
  browserDetail: () => l10n.t('Sign in on the page that has opened. If none has, copy the link and open it in a browser on this machine.'),
  pasteLabel: () => l10n.t('Is your browser on another machine?'),
  pasteHint: () =>
    l10n.t('It ends on a page that cannot be shown. Copy its address from the address bar and paste it here, or use a device code.'),
  device: () => l10n.t('Enter this code on the sign-in page'),
  deviceDetail: () => l10n.t('Open the page on any device, sign in there and enter the code. This window goes on by itself.'),
  deviceCodesOff: () => l10n.t("Device codes must be switched on in ChatGPT's security settings, and a workspace may have them off."),
  deviceWarning: () =>
    l10n.t('The code is only for you, who asked for it here. Do not share it. If somebody else gave you a code, do not enter it.'),
  codeLabel: () => l10n.t('Your code'),
  pageLabel: () => l10n.t('Sign-in page:'),
  qrLabel: (address: string) => l10n.t('QR code of {0}', address),
  minutesLeft: () => l10n.t({ message: 'The code is good for {0} more minutes.', comment: '{0} is filled in later' }),
  secondsLeft: () => l10n.t({ message: 'The code is good for {0} more seconds.', comment: '{0} is filled in later' }),
  codeExpired: () => l10n.t('The code has expired.'),
  failed: () => l10n.t('You are not signed in'),
  notice: (clientId: string) =>
    l10n.t(
      "This extension is unofficial: OpenAI neither made nor endorses it. It signs in with the public client id of OpenAI's Codex CLI ({0}).",
      clientId,
    ),
  codexNotice: () =>
    l10n.t(
      'Here the Codex CLI signs in, and keeps the session where it always does. This extension asks it for access and stores nothing.',
    ),
} as const;
