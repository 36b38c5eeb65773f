import { l10n } from 'vscode';

export const signInPanelTexts = {
  panelTitle: () => l10n.t('Sign in to ChatGPT'),
  panelPreparing: () => l10n.t('Preparing the sign-in…'),
  panelBrowser: () => l10n.t('Waiting for your browser'),
  panelBrowserDetail: () =>
    l10n.t('Sign in on the page that has opened. If none has, copy the link and open it in a browser on this machine.'),
  panelPasteLabel: () => l10n.t('Is your browser on another machine?'),
  panelPasteHint: () =>
    l10n.t('It ends on a page that cannot be shown. Copy its address from the address bar and paste it here, or use a device code.'),
  panelDevice: () => l10n.t('Enter this code on the sign-in page'),
  panelDeviceDetail: () => l10n.t('Open the page on any device, sign in there and enter the code. This window goes on by itself.'),
  panelDeviceSwitch: () => l10n.t("Device codes must be switched on in ChatGPT's security settings, and a workspace may have them off."),
  panelDeviceWarning: () =>
    l10n.t('The code is only for you, who asked for it here. Do not share it. If somebody else gave you a code, do not enter it.'),
  panelCodeLabel: () => l10n.t('Your code'),
  panelPageLabel: () => l10n.t('Sign-in page:'),
  panelQrLabel: (address: string) => l10n.t('QR code of {0}', address),
  panelMinutesLeft: () => l10n.t({ message: 'The code is good for {0} more minutes.', comment: '{0} is filled in later' }),
  panelSecondsLeft: () => l10n.t({ message: 'The code is good for {0} more seconds.', comment: '{0} is filled in later' }),
  panelCodeOver: () => l10n.t('The code has expired.'),
  panelFailed: () => l10n.t('You are not signed in'),
  panelNotice: (clientId: string) =>
    l10n.t(
      "This extension is unofficial: OpenAI neither made nor endorses it. It signs in with the public client id of OpenAI's Codex CLI ({0}).",
      clientId,
    ),
  panelCodexNotice: () =>
    l10n.t(
      'Here the Codex CLI signs in, and keeps the session where it always does. This extension asks it for access and stores nothing.',
    ),
} as const;
