import { l10n } from 'vscode';

export const texts = {
  signedInAs: (label: string) => l10n.t('Signed in as {0}.', label),
  keyMissingDetail: () =>
    l10n.t(
      'Reloading helps where the window was open before the first sign-in. In another browser, after a keyring was lost, or where VS Code keeps secrets in memory only, go on here: what is saved already stays as it is.',
    ),
  secretStoreVolatileDetail: () =>
    l10n.t(
      'You can go on here, but until VS Code has a keyring to keep secrets in, you will have to do it again whenever it has been closed.',
    ),
  sessionExpired: (label: string) => l10n.t('The session of {0} is over. Sign in again to go on.', label),
  networkDrive: () =>
    l10n.t(
      'Your sign-ins lie on a network drive, where windows cannot be kept reliably from renewing the same session at once. They go on working, but may have to be repeated now and then.',
    ),
} as const;
