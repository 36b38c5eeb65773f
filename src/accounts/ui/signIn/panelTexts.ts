import { l10n } from 'vscode';

export const panelTexts = {
  title: () => l10n.t('Sign in to ChatGPT'),
  preparing: () => l10n.t('Preparing sign-in…'),
  browser: () => l10n.t('Waiting for your browser'),
  browserDetail: () =>
    l10n.t('Sign in on the page that opened. If no page opened, copy the link and open it in a browser on this computer.'),
  pasteLabel: () => l10n.t('Is your browser on another computer?'),
  pasteHint: () =>
    l10n.t(
      "Then the sign-in ends on a page that can't be displayed. Copy its URL from the address bar and paste it here, or use a device code.",
    ),
  device: () => l10n.t('Enter this code on the sign-in page'),
  deviceDetail: () => l10n.t('Open the page on any device, sign in, and enter the code. VS Code continues automatically.'),
  deviceCodesOff: () => l10n.t("Device codes must be turned on in ChatGPT's security settings. A workspace can turn them off."),
  deviceWarning: () => l10n.t("This code is for you only. Don't share it, and never enter a code that someone else gave you."),
  codeLabel: () => l10n.t('Your code'),
  pageLabel: () => l10n.t('Sign-in page:'),
  qrLabel: (address: string) => l10n.t('QR code for {0}', address),
  minutesLeft: () => l10n.t({ message: 'The code expires in {0} minutes.', comment: '{0} is filled in later' }),
  secondsLeft: () => l10n.t({ message: 'The code expires in {0} seconds.', comment: '{0} is filled in later' }),
  codeExpired: () => l10n.t('The code has expired.'),
  failed: () => l10n.t("You're not signed in"),
  notice: (clientId: string) =>
    l10n.t(
      "This extension is unofficial: OpenAI neither made nor endorses it. It signs in with the public client ID of OpenAI's Codex CLI ({0}).",
      clientId,
    ),
  codexNotice: () =>
    l10n.t('The Codex CLI signs in and stores the session itself. This extension asks it for access tokens and stores nothing.'),
} as const;
